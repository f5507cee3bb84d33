"""`inloop evaluate`: what a trained network is worth elsewhere, and on every level."""

from __future__ import annotations

from pathlib import Path

import pytest
from inloop.cosim.verilated import library

from tests.cli.command import Call, files_in


def test_run_keeps_its_chip_when_the_preset_changes(
    trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inloop.behavioral.bss2 import spec

    before = inloop("evaluate", trained, "--json").json
    other = spec.PRESETS["bss2"].with_fields(threshold_lsb=100.0, readout_gain=0.3)
    monkeypatch.setitem(spec.PRESETS, "bss2", other)
    after = inloop("evaluate", trained, "--json").json
    assert after["test_accuracy"] == before["test_accuracy"]
    assert after["hidden_spikes"] == before["hidden_spikes"]
    changed = inloop("evaluate", trained, "--set", "chip.preset=bss2", "--json").json
    assert changed["hidden_spikes"] > 1.1 * before["hidden_spikes"]


def test_evaluate_elsewhere(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    own = inloop("evaluate", trained, "--json").json
    other = inloop("evaluate", trained, "--die", 5, "--samples", 300, "--json").json
    ideal = inloop("evaluate", trained, "--fidelity", "ideal", "--set", "training.loss=sum-over-time", "--json").json
    assert (other["die"], other["samples"], ideal["fidelity"]) == (5, 300, "ideal")
    assert len({round(result["hidden_spikes"], 6) for result in (own, other, ideal)}) == 3
    assert files_in(trained) == before, "an evaluation writes nothing"


@pytest.mark.parametrize(
    "levels",
    [
        ("ideal", "behavioral", "event", "verilog"),
        pytest.param(("ideal", "behavioral", "event", "rtl", "verilog"), marks=pytest.mark.slow),
    ],
    ids=len,
)
def test_evaluate_on_every_level(
    levels: tuple[str, ...], trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inloop.training import every_level

    assert len(every_level.FIDELITIES) == 5
    monkeypatch.setattr(every_level, "FIDELITIES", levels)
    before = files_in(trained)
    answer = inloop("evaluate", trained, "--fidelity", "all", "--samples", 60, "--die", 2, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["run"], answer.json["die"]) == (str(trained), 2)
    rows = {row.pop("fidelity"): row for row in answer.json["levels"]}
    assert list(rows) == list(levels)
    assert [row["samples"] for row in rows.values()] == [5 if level == "rtl" else 60 for level in levels]
    for level in ("ideal", "behavioral", "event", "verilog"):
        alone = inloop("evaluate", trained, "--fidelity", level, "--samples", 60, "--die", 2, "--json").json
        for key in ("test_accuracy", "hidden_spikes", "chip_time_s"):
            assert alone[key] == rows[level][key]
        assert rows[level]["counters"]["input_events"] == 60 * 25
        assert rows[level]["samples_per_s"] > 0
    for key in ("test_accuracy", "hidden_spikes", "counters"):
        assert rows["event"][key] == rows["verilog"][key]
    assert rows["event"]["counters"]["late"] > 0
    assert files_in(trained) == before


def test_evaluate_on_the_levels_whose_tools_are_there(
    trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from inloop.training import every_level

    monkeypatch.setenv("INLOOP_CACHE", str(tmp_path / "no builds"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(every_level, "FIDELITIES", ("event", "verilog"))
    library.functions.cache_clear()
    answer = inloop("evaluate", trained, "--fidelity", "all", "--samples", 60)
    assert (answer.code, answer.err) == (0, "")
    assert "verilog did not run: g++ was not found and this needs it: install the system's package g++" in answer.out
    event, verilog = inloop("evaluate", trained, "--fidelity", "all", "--samples", 60, "--json").json["levels"]
    assert event["samples"] == 60
    assert verilog.keys() == {"fidelity", "not_run"}
    assert not (tmp_path / "no builds").exists()
