"""`inloop chip` and `inloop data`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Call, files_in, refused


def test_chip(inloop: Call) -> None:
    answer = inloop("chip", "tiny", "--die", 3, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json.keys() == {"chip", "die", "calibration", "spread"}
    assert answer.json["chip"]["columns"] == 16
    assert answer.json["spread"]["tau_mem"].keys() == {"mean", "std"}
    assert inloop("chip", "tiny", "--calibration", "perfect", "--json").json["spread"]["tau_mem"]["std"] == 0
    wafer = inloop("chip", "bss1", "--die", 3, "--json").json
    assert wafer["calibration"] == "calibrated"
    assert wafer["spread"]["tau_mem_s"]["std"] > 0.1e-6
    assert "reversal_exc_v" in inloop("chip", "bss1").out
    assert "as a table only" in inloop("chip", "bss1", "--figure", "x.png").err
    people = inloop("chip", "--figure", "die.png")
    assert people.code == 0
    assert "threshold_lsb" in people.out
    assert "spread of the die: die.png" in people.out
    assert Path("die.png").stat().st_size > 1000


def test_chip_says_what_follows(inloop: Call) -> None:
    sentence = "weight_bits = 4: weight_lsb_per_unit follows, 30 → 7.143 (range of weights stays ±2.1)\n"
    assert sentence in inloop("chip", "tiny", "--set", "weight_bits=4").out
    answer = inloop("chip", "tiny", "--set", "weight_bits=4", "--json").json
    assert answer["followed"] == {"weight_lsb_per_unit": pytest.approx(15 / 2.1)}
    assert answer["chip"]["weight_lsb_per_unit"] == answer["followed"]["weight_lsb_per_unit"]
    assert "followed" not in inloop("chip", "tiny", "--set", "rows=32", "--json").json
    assert inloop("chip", "bss1", "--set", "clock_hz=100e6", "--json").json["followed"]["hop_cycles"] == 2
    assert "range of weights stays" in inloop("chip", "map", "8-5r-3", "--set", "weight_bits=4").out
    refused(inloop("chip", "tiny", "--set", "weight_bit=4"), "unknown chip field 'weight_bit'")


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


def test_data(inloop: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path / "nothing"))
    answer = inloop("data", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["root"] == str(tmp_path / "nothing")
    assert answer.json["datasets"]["yin-yang"] == {"ready": True, "files": {}}
    assert answer.json["datasets"]["mnist"]["ready"] is False
    assert set(answer.json["datasets"]["mnist"]["files"].values()) == {"missing"}
    assert "inloop data fetch mnist" in inloop("data").out
