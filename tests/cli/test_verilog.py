"""`inloop verilog`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import Call, refused


def test_the_files_of_a_design(inloop: Call) -> None:
    answer = inloop("verilog", "--chip", "tiny", "--out", "hw", "--set", "link_in_depth=32", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["top"] == "inloop_tiny"
    assert sorted(path.name for path in Path("hw").iterdir()) == answer.json["files"]
    assert "[0:32-1]" in Path("hw", "inloop_tiny_link_in.v").read_text()


def test_what_cannot_be_built_or_written(inloop: Call) -> None:
    refused(inloop("verilog", "--chip", "tiny", "--out", "hw", "--set", "rows=24"), "rows")
    refused(inloop("verilog", "--chip", "tiny", "--out", "hw", "--set", "bananas=1"), "unknown chip field 'bananas'")
    assert not Path("hw").exists()
    Path("file").write_text("")
    refused(inloop("verilog", "--chip", "tiny", "--out", "file"), "cannot write file")
