"""`inloop chip map`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import Call, files_in


def test_chip_map(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    answer = inloop("chip", "map", trained, "--out", "map.png", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["network"], answer.json["chip"], answer.json["figure"]) == ("25-12-3", "bss2", "map.png")
    assert answer.json["used"]["columns"] == {"used": 15, "available": 256}
    assert Path("map.png").read_bytes()[:4] == b"\x89PNG"
    assert files_in(trained) == before
    same = inloop("chip", "map", "tiny.toml", "--json").json
    assert (same["used"], same["buses"]) == (answer.json["used"], answer.json["buses"])
    people = inloop("chip", "map", "70-186r-20")
    assert (people.code, people.err) == (0, "")
    for word in ("synapse drivers", "labels on the fullest bus", "bottom 3", "placement: chip-map.png"):
        assert word in people.out
    small = inloop("chip", "map", "8-5r-3", "--chip", "tiny", "--set", "rows=32", "--json").json
    assert small["used"]["synapse rows"]["available"] == 64
