"""`inloop train` and `inloop evaluate`: what they print and write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inloop.cosim.verilated import library

from tests.cli.command import CLOSING, Call, files_in


def test_train_evaluate_and_resume_as_json(inloop: Call) -> None:
    answer = inloop("train", "tiny.toml", "--die", 3, "--seed", 4, "--run", "here", "--json", "--no-figures")
    assert (answer.code, answer.err) == (0, "")
    closing = answer.json
    assert closing.keys() == CLOSING
    assert (closing["die"], closing["seed"], closing["run"], closing["samples"]) == (3, 4, "here", 1000)
    assert closing["fidelity"] == "behavioral"
    assert json.loads(Path("here/result.json").read_text()) == closing
    again = inloop("evaluate", "here", "--json").json
    again["samples_per_s"] = closing["samples_per_s"]
    assert again == closing
    resumed = inloop("train", "--resume", "here", "--json", "--no-figures").json
    resumed["samples_per_s"] = closing["samples_per_s"]
    assert resumed == closing


def test_train_for_people(inloop: Call) -> None:
    answer = inloop("train", "tiny.toml", "--no-figures")
    assert (answer.code, answer.err) == (0, ""), "no progress bar where there is no terminal"
    result = json.loads(Path("runs/tiny-behavioral-die0-seed0/result.json").read_text())
    assert f"{result['test_accuracy']:.2f} %" in answer.out
    assert "epoch 1  loss" in answer.out
    assert "run folder: runs/tiny-behavioral-die0-seed0\n" in answer.out
    assert {file.name for file in Path("runs/tiny-behavioral-die0-seed0").iterdir()} == {
        "checkpoint.pt", "config.json", "metrics.csv", "result.json", "versions.json", "weights.npz",
    }  # fmt: skip
    assert "\r" not in answer.out + answer.err


def test_train_and_evaluate_say_which_fields_follow(inloop: Call, trained: Path) -> None:
    sentence = "chip.fields.weight_bits = 4: weight_lsb_per_unit follows, 30 → 7.143 (range of weights stays ±2.1)\n"
    few = ["--set", "chip.fields.weight_bits=4"]
    out = inloop("train", "tiny.toml", *few, "--epochs", 1, "--run", "few", "--no-figures").out
    assert out.index(sentence) < out.index("epoch 1")
    answer = inloop("train", "tiny.toml", *few, "--epochs", 1, "--run", "few-2", "--no-figures", "--json").json
    assert answer["followed"] == {"weight_lsb_per_unit": pytest.approx(15 / 2.1)}
    recorded = json.loads(Path("few/config.json").read_text())["chip"]["fields"]
    assert (recorded["weight_bits"], recorded["weight_lsb_per_unit"]) == (4, pytest.approx(15 / 2.1))
    assert sentence in inloop("evaluate", trained, *few).out
    both = [*few, "--set", "chip.fields.weight_lsb_per_unit=30"]
    assert "follows" not in inloop("evaluate", trained, *both).out


def test_long_and_odd_paths_are_printed_as_they_are(inloop: Call) -> None:
    run = f"[/bold]{'long' * 30}"
    answer = inloop("train", "tiny.toml", "--no-figures", "--run", run)
    assert (answer.code, answer.err) == (0, "")
    assert f"run folder: {run}\n" in answer.out


def test_figures_are_drawn_by_default(inloop: Call) -> None:
    assert inloop("train", "tiny.toml", "--run", "here", "--epochs", 1).code == 0
    assert len(list(Path("here/figures").glob("*.png"))) == 4


def test_options_and_set_reach_the_configuration(inloop: Call) -> None:
    changes = ["network.hidden=[5]", "chip.noise=off", "chip.fields.tau_mem_s=1e-5"]
    options = [word for change in changes for word in ("--set", change)]
    assert inloop("train", "tiny.toml", *options, "--epochs", 1, "--fidelity", "ideal", "--run", "here").code == 0
    config = json.loads(Path("here/config.json").read_text())
    assert config["network"]["hidden"] == [5]
    assert config["chip"]["noise"] == "off"
    assert config["chip"]["fields"]["tau_mem_s"] == 1e-5
    assert config["training"]["epochs"] == 1
    assert config["fidelity"] == "ideal"
    assert len(Path("here/metrics.csv").read_text().splitlines()) == 2


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


def test_training_on_every_level(fidelity: str, inloop: Call) -> None:
    answer = inloop("train", "tiny.toml", "--fidelity", fidelity, "--json", "--no-figures")
    assert (answer.code, answer.err, answer.json["fidelity"]) == (0, "", fidelity)
    rows = Path(answer.json["run"], "metrics.csv").read_text().splitlines()
    losses = [float(row.split(",")[rows[0].split(",").index("train_loss")]) for row in rows[1:]]
    assert losses[1] < losses[0]


def test_from_starts_with_the_weights_of_a_run(trained: Path, inloop: Call) -> None:
    rate = ("--set", "training.learning_rate=1e-12")
    answer = inloop("train", "tiny.toml", "--from", trained, "--run", "here", "--json", "--no-figures", *rate)
    assert answer.json["test_accuracy"] == inloop("evaluate", trained, "--json").json["test_accuracy"]
    fresh = inloop("train", "tiny.toml", "--json", "--no-figures", *rate)
    assert fresh.json["hidden_spikes"] != answer.json["hidden_spikes"]
