"""The speech experiment on made-up utterances, and what it makes of results."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from inloop.training.config import load_config
from inloop.training.experiments import speech
from inloop.training.experiments.experiment import Settings
from inloop.training.experiments.trained import configured, trained, trained_with_recurrent
from inloop.training.figures.style import draw


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """State of the files of each data set."""
    found = {"fsdd": "present", "shd": "missing"}

    class State:
        def __init__(self, name: str) -> None:
            self.state = found[name]

    monkeypatch.setattr(speech, "status", lambda name: [State(name)])
    return found


def test_trials_cover_what_is_there(states: dict[str, str]) -> None:
    full = speech.trials(Settings(fidelity="event"))
    assert len({trial.name for trial in full}) == len(full) == 3 * 2 * 2
    assert {trial.parameters["preset"] for trial in full} == {"fsdd"}
    assert {trial.parameters["epochs"] for trial in full} == {load_config("fsdd").training.epochs}
    assert {trial.parameters["level"] for trial in full} == {"event", "ideal"}
    states["shd"] = "damaged"  # it is to be run and to fail with its message
    assert {trial.parameters["preset"] for trial in speech.trials(Settings(quick=True))} == {"fsdd", "shd"}
    states["fsdd"] = "missing"
    assert {trial.parameters["preset"] for trial in speech.trials(Settings(quick=True))} == {"fsdd", "shd"}


@pytest.mark.usefixtures("fake_speech")
@pytest.mark.parametrize("preset", ["fsdd", "shd"])
@pytest.mark.parametrize("network", [speech.RECURRENT, speech.FORWARD])
def test_each_network_is_trained(preset: str, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        speech, "configured", lambda *given: load_config(preset, {**small(preset, *given), "network.hidden": [12]})
    )
    parameters = {"preset": preset, "network": network, "seed": 3, "level": "behavioral", "epochs": 1, "samples": None,
                  "chip_level": "behavioral"}  # fmt: skip
    rows = speech.run(parameters, tmp_path)
    expected = [network] if network == speech.FORWARD else [speech.RECURRENT, speech.SHUFFLED]
    assert [row["network"] for row in rows] == expected
    assert all(0 <= row["test_accuracy"] <= 100 and row["hidden_spikes"] > 0 for row in rows)


def small(preset: str, *given: object) -> dict[str, object]:
    config = configured(preset, *given[1:])  # type: ignore[arg-type]
    kept = {"fidelity": config.fidelity, "seed": config.seed, "die": config.die, "training.epochs": 1}
    kept["network.recurrent"] = config.network.recurrent
    kept["training.train_recurrent"] = config.training.train_recurrent
    return {**kept, "duration_s": 80e-6, "training.samples": 40, "network.initial_scale": 15.0}


@pytest.mark.usefixtures("fake_speech")
def test_software_weights_are_tried_on_the_chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        speech, "configured", lambda *given: load_config("fsdd", {**small("fsdd", *given), "network.hidden": [12]})
    )
    parameters = {"preset": "fsdd", "network": speech.RECURRENT, "seed": 3, "level": "ideal", "epochs": 1,
                  "samples": None, "chip_level": "behavioral"}  # fmt: skip
    software, _, transfer = speech.run(parameters, tmp_path)
    assert (transfer["implementation"], transfer["level"]) == (speech.TRANSFER, "behavioral")
    assert transfer["hidden_spikes"] != software["hidden_spikes"]


@pytest.mark.filterwarnings("ignore:hidden layer 1 never fires")
@pytest.mark.usefixtures("fake_speech")
def test_shuffled_weights_are_those_of_the_other_network_and_stay(tmp_path: Path) -> None:
    changes = {"network.hidden": [12], "duration_s": 80e-6}
    config = configured("fsdd", "behavioral", 3, 2, None, changes)
    source, _ = trained(config, tmp_path / "source")
    fixed = configured("fsdd", "behavioral", 3, 2, None, {**changes, "training.train_recurrent": False})
    trainer, result = trained_with_recurrent(fixed, tmp_path / "fixed", source.model.network, shuffle=3)
    given, own = (t.model.network.recurrent_weights[0].detach() for t in (source, trainer))
    assert not torch.equal(given, own)
    assert torch.equal(given.flatten().sort().values, own.flatten().sort().values)
    again, same = trained_with_recurrent(fixed, tmp_path / "fixed", source.model.network, shuffle=3)
    assert torch.equal(again.model.network.recurrent_weights[0], own)
    assert same.accuracy == result.accuracy
    _, other = trained_with_recurrent(fixed, tmp_path / "other", source.model.network, shuffle=3)
    assert other.accuracy == result.accuracy


def test_table_and_figure(tmp_path: Path) -> None:
    rows = [
        {"preset": preset, "implementation": implementation, "network": network, "seed": seed,
         "train_accuracy": 99.0, "test_accuracy": 90.0 + seed, "hidden_spikes": 300.0}
        for preset in ("fsdd", "shd") for implementation in ("chip", "software") for network in speech.NETWORKS
        for seed in range(3)
    ]  # fmt: skip
    parts = speech.parts(rows)
    lines = {line[:3]: line[3:] for line in parts.tables[0].rows}
    assert len(lines) == 2 * (3 + 3 + 1)
    assert lines["Spiking Heidelberg Digits", "in the loop", "recurrent"][:2] == ("80.6 ± 1.0", "91.0 ± 1.0")
    assert lines["Free Spoken Digits", "software SNN", "feed-forward"] == ("–", "91.0 ± 1.0", "99.0 ± 0.0", "300 ± 0")
    (plot,) = parts.plots
    draw(tmp_path / "figure.png", plot.height_in, plot.fill)
    draw(tmp_path / "nothing.png", plot.height_in, speech.parts([]).plots[0].fill)
