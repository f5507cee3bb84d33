"""`inloop train`: what it prints and writes, and that `inloop evaluate` gives the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import CLOSING, Call


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
