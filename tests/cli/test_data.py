"""`inloop data`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Call


def test_data(inloop: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path / "nothing"))
    answer = inloop("data", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["root"] == str(tmp_path / "nothing")
    assert answer.json["datasets"]["yin-yang"] == {"ready": True, "files": {}}
    assert answer.json["datasets"]["mnist"]["ready"] is False
    assert set(answer.json["datasets"]["mnist"]["files"].values()) == {"missing"}
    assert "inloop data fetch mnist" in inloop("data").out
