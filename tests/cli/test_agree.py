"""`inloop agree` on runs and on built-in networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inloop.cosim.waves.window import Shown

from tests.cli.command import Call, files_in


def test_agree_on_a_run(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    answer = inloop("agree", trained, "--levels", "behavioral,ideal", "--samples", 40, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["agrees"] is True
    (comparison,) = answer.json["comparisons"]
    assert (comparison["levels"], comparison["class"]) == (["ideal", "behavioral"], "C")
    assert (comparison["network"], comparison["samples"]) == (str(trained), 40)
    spikes, traces = comparison["quantities"]
    assert (spikes["figure"], spikes["tolerance"], spikes["agrees"]) == (0, 0, True)
    assert spikes["compared"] > 100
    assert 0 < traces["figure"] < 1e-5 == traces["tolerance"]
    assert comparison["first_difference"] is None
    assert files_in(trained) == before


def test_agree_without_a_run_for_people(inloop: Call) -> None:
    answer = inloop("agree", "--levels", "behavioral,event", "--samples", 5, "--figure", "spikes.png")
    assert (answer.code, answer.err) == (0, "")
    for word in ("64-120-10", "class B", "≥ 99.5", "agree", "spikes.png"):
        assert word in answer.out
    assert Path("spikes.png").read_bytes()[:4] == b"\x89PNG"


def test_agree_writes_waves_on_demand(trained: Path, inloop: Call) -> None:
    options = ("agree", trained, "--levels", "behavioral,event", "--samples", 6, "--steps-per-sample", 4)
    chosen = ("--waves", "signals", "--wave-sample", 3, "--wave-cycles", "100:400")
    answer = inloop(*options, *chosen, "--json")
    assert answer.err == ""
    files = [comparison["waves"] for comparison in answer.json["comparisons"]]
    assert len(set(files)) == 2
    assert {str(file) for file in Path("signals").iterdir()} == set(files)
    for file in files:
        assert Path(file).name.endswith("sample3-cycles100-400.vcd")
        assert "$scope module event $end" in Path(file).read_text()
        assert "$scope module behavioral $end" in Path(file).read_text()
    people = inloop(*options, *chosen)
    assert f"for Surfer or GTKWave: {files[0]}" in people.out
    assert inloop(*options, "--json").json["comparisons"][1]["waves"] is None


def test_levels_that_disagree(trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.cosim import agree

    real = agree.open_level

    def broken(fidelity: str, topology: Any, chip: Any, *rest: Any) -> Any:
        """Behavioral neurons whose membranes decay too slowly."""
        if fidelity == "behavioral":
            chip.spec = chip.spec.with_fields(tau_mem_s=1.01 * chip.spec.tau_mem_s)
        return real(fidelity, topology, chip, *rest)

    monkeypatch.setattr(agree, "open_level", broken)
    options = ("agree", trained, "--levels", "ideal,behavioral", "--samples", 40)
    people = inloop(*options, "--figure", "spikes.png")
    assert (people.code, people.err) == (1, "")
    assert "differ" in people.out
    assert "first difference of ideal and behavioral" in people.out
    (waves,) = Path("waves").iterdir()
    assert f"waves of ideal and behavioral, for Surfer or GTKWave: {waves}" in people.out
    assert Path("spikes.png").stat().st_size > 1000
    answer = inloop(*options, "--json")
    assert answer.code == 1
    assert answer.json["agrees"] is False
    assert answer.json["comparisons"][0]["first_difference"]["quantity"] == "spike"


def test_agree_for_a_wafer(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Level verilog is another one of the same level here, so that no compiler is needed; then one that errs."""
    from inloop.cosim import agree
    from inloop.cosim.bss1.event import EventLevel

    class Wrong(EventLevel):
        def simulate(self, *given: Any) -> None:
            super().simulate(*given)
            given[-1].word[:] += 1

    for level, code in ((EventLevel, 0), (Wrong, 1)):
        monkeypatch.setattr(
            agree, "open_level", lambda name, *on, level=level: (level, EventLevel)[name == "event"](*on[:3])
        )
        monkeypatch.setattr("inloop.training.agreement.write_waves", lambda *_: Shown(Path("w.vcd"), None))
        answer = inloop("agree", "--chip", "bss1-tiny", "--levels", "verilog,event", "--samples", 2)
        assert (answer.code, answer.err) == (code, "")
        for word in ("random network 12-9-3", "class A", "words to the host that differ"):
            assert word in answer.out
    assert "first difference of event and verilog" in answer.out
    assert "sample 0, cycle" in answer.out


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--chip", "bss1", "--levels", "ideal,event"), "'ideal' can be compared with 'behavioral' alone"),
        (("--chip", "bss9", "--levels", "event,verilog"), "unknown chip preset 'bss9'"),
        (("runs/a", "--chip", "bss1", "--levels", "event,verilog"), "a run has its chip; --chip is for the built-in"),
    ],
)
def test_what_cannot_be_compared_on_a_chip(options: tuple[str, ...], problem: str, inloop: Call) -> None:
    answer = inloop("agree", *options)
    assert answer.code == 2
    assert problem in answer.err
