"""The training loop: repeatable, resumable bit for bit, and able to correct a die."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inloop.errors import CheckpointError, ConfigError, DoesNotFitError, SpikeError
from inloop.training.checkpoint import load_checkpoint
from inloop.training.datasets.data_set import DataSet
from inloop.training.evaluate import evaluate
from inloop.training.in_the_loop import Observed
from inloop.training.loop import Trainer, build_model, learning_rate, loss_of
from inloop.training.problem import Problem
from inloop.training.run_folder import RunFolder
from torch import Tensor

Make = Callable[..., Any]

CASES = {
    "dropout and noise": {"training.dropout": 0.2},
    "ideal": {"fidelity": "ideal"},
    "recurrent": {"network.recurrent": True, "network.hidden": [10, 8]},
    "best": {"training.keep": "best", "training.schedule": "constant"},
    "regularised": {
        "training.loss": "sum-over-time", "training.readout_amplitude": 1e-3, "training.burst": 1e-3,
        "training.homeostatic": 1e-4, "training.homeostatic_target": 5.0,
    },
}  # fmt: skip


class Stopped(Exception):  # noqa: N818
    """Ends a run, as an interruption would."""


def stop_after(epochs: int) -> Callable[[dict[str, float]], None]:
    def report(row: dict[str, float]) -> None:
        if row["epoch"] == epochs:
            raise Stopped

    return report


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, item in value.items() for k, v in flat(item, f"{path}/{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for key, item in enumerate(value) for k, v in flat(item, f"{path}/{key}").items()}
    return {path: value}


def assert_same_state(one: Trainer, two: Trainer) -> None:
    """Weights, trials, optimiser, metrics: in memory and on disk."""
    for a, b in (
        (one.model.state_dict(), two.model.state_dict()),
        (one.optimizer.state_dict(), two.optimizer.state_dict()),
        (vars(checkpoint_of(one)), vars(checkpoint_of(two))),
    ):
        left, right = flat(a), flat(b)
        assert left.keys() == right.keys()
        for key, value in left.items():
            same = torch.equal(value, right[key]) if isinstance(value, Tensor) else value == right[key]
            assert same, key
    assert (one.run.path / "metrics.csv").read_bytes() == (two.run.path / "metrics.csv").read_bytes()


def checkpoint_of(trainer: Trainer) -> Any:
    return load_checkpoint(trainer.run.checkpoint, str(trainer.model.network.topology))


def reopened(folder: Path) -> Trainer:
    run, config = RunFolder.open(folder)
    data = Problem(config)
    trainer = Trainer(config, data, build_model(config, data.inputs, data.classes), run)
    trainer.resume()
    return trainer


def same_result(one: Any, two: Any) -> bool:
    return dataclasses.replace(one, samples_per_s=0) == dataclasses.replace(two, samples_per_s=0)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stop", [1, 2])
def test_resume_equals_a_straight_run(case: str, stop: int, make_trainer: Make, tmp_path: Path) -> None:
    options = {"training.epochs": 3, **CASES[case]}
    straight = make_trainer(tmp_path / "straight", **options)
    result = straight.fit()
    with pytest.raises(Stopped):
        make_trainer(tmp_path / "parts", **options).fit(stop_after(stop))
    resumed = reopened(tmp_path / "parts")
    assert resumed.epochs_done == resumed.epochs_saved == stop
    assert same_result(resumed.fit(), result)
    assert_same_state(straight, resumed)


@pytest.mark.usefixtures("fake_images")
def test_resume_with_rotation_and_dropout(make_trainer: Make, tmp_path: Path) -> None:
    options = {"training.epochs": 3, "training.rotation_deg": 20, "training.dropout": 0.3}
    straight = make_trainer(tmp_path / "straight", "mnist", **options)
    result = straight.fit()
    with pytest.raises(Stopped):
        make_trainer(tmp_path / "parts", "mnist", **options).fit(stop_after(1))
    resumed = reopened(tmp_path / "parts")
    assert same_result(resumed.fit(), result)
    assert_same_state(straight, resumed)


@pytest.mark.usefixtures("fake_images")
def test_each_epoch_has_its_own_rotation_and_order(make_config: Make) -> None:
    turned = Problem(make_config("mnist", training__rotation_deg=20, training__samples=None))
    still = Problem(make_config("mnist", training__rotation_deg=0, training__samples=None))
    first, second = turned.train_spikes(0), turned.train_spikes(1)
    assert first.units == second.units == turned.inputs == 256
    assert first.offsets.tolist() != second.offsets.tolist()
    np.testing.assert_array_equal(turned.train_spikes(0).time_s, first.time_s)
    assert still.train_spikes(0) is still.train_spikes(1)
    assert still.train_spikes(0).offsets.tolist() != first.offsets.tolist()
    orders = [still.order(0), still.order(1)]
    assert orders[0].tolist() != orders[1].tolist()
    assert sorted(orders[0].tolist()) == sorted(orders[1].tolist()) == list(range(60))


@pytest.mark.usefixtures("fake_speech")
def test_resume_with_jitter_of_channels(make_trainer: Make, tmp_path: Path) -> None:
    options = {"training.epochs": 3}
    straight = make_trainer(tmp_path / "straight", "fsdd", **options)
    result = straight.fit()
    with pytest.raises(Stopped):
        make_trainer(tmp_path / "parts", "fsdd", **options).fit(stop_after(1))
    resumed = reopened(tmp_path / "parts")
    assert same_result(resumed.fit(), result)
    assert_same_state(straight, resumed)


@pytest.mark.usefixtures("fake_speech")
def test_each_epoch_has_its_own_jitter_and_the_test_split_none(make_config: Make) -> None:
    moved, still = (Problem(make_config("fsdd", training__channel_jitter=width)) for width in (2.0, 0.0))
    first, second = moved.train_spikes(0), moved.train_spikes(1)
    assert first.units == moved.inputs == 70
    assert first.unit.tolist() != second.unit.tolist()
    np.testing.assert_array_equal(moved.train_spikes(0).unit, first.unit)
    assert still.train_spikes(0) is still.train_spikes(1)
    for split in ("test", "validation"):
        np.testing.assert_array_equal(moved.split(split).spikes.unit, still.split(split).spikes.unit)


@pytest.mark.usefixtures("fake_speech")
def test_heidelberg_digits_are_reduced_to_the_published_channels(make_config: Make) -> None:
    changes = {"dataset": "shd", "encoding": {"kind": "ear-channels"}, "duration_s": 80e-6}
    problem = Problem(make_config("fsdd", **changes))
    assert (problem.inputs, problem.classes) == (70, 20)
    assert float(problem.split("test").spikes.time_s.max()) <= 0.15 / 2000


@pytest.mark.usefixtures("fake_speech")
@pytest.mark.parametrize("trained", [True, False])
def test_recurrent_weights_may_stay_as_they_were_drawn(trained: bool, make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", "fsdd", training__train_recurrent=trained)
    before = {name: value.clone() for name, value in trainer.model.network.state_dict().items()}
    trainer.fit()
    after = trainer.model.network.state_dict()
    assert torch.equal(before["recurrent_weights.0"], after["recurrent_weights.0"]) is not trained
    assert not torch.equal(before["forward_weights.0"], after["forward_weights.0"])
    assert not torch.equal(before["forward_weights.1"], after["forward_weights.1"])


@pytest.mark.usefixtures("fake_speech")
def test_the_sum_over_time_does_not_depend_on_the_number_of_records(make_config: Make) -> None:
    config = make_config("fsdd").training
    readout, labels = torch.randn(6, 5, 10), torch.arange(6)
    counts = (torch.ones(6, 4),)
    often, seldom = (Observed(values, None, counts) for values in (readout.repeat_interleave(3, dim=1), readout))
    assert float(loss_of(config, often, labels)) == pytest.approx(float(loss_of(config, seldom, labels)), rel=1e-5)


@pytest.mark.usefixtures("fake_speech", "fake_images")
@pytest.mark.parametrize(
    ("experiment", "changes", "message"),
    [
        ("fsdd", {"training.rotation_deg": 5}, "rotation_deg needs images, data set is 'fsdd'"),
        ("mnist", {"training.channel_jitter": 1.0}, "channel_jitter needs speech, data set is 'mnist'"),
        ("fsdd", {"dataset": "shd"}, "encoding 'inner-ear' does not fit data set 'shd'"),
        ("fsdd", {"encoding.ear.highest_hz": 5000}, "half the sampling rate"),
    ],
)
def test_what_does_not_fit_speech(
    experiment: str, changes: dict[str, Any], message: str, make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inloop.training.encodings.ear import hear
    from inloop.training.encodings.inner_ear import InnerEarEncoding

    monkeypatch.setattr(InnerEarEncoding, "prepared", lambda encoding, _: hear([], 8000, encoding.ear))
    with pytest.raises(ConfigError, match=message):
        Problem(make_config(experiment, **changes))


def test_metrics_survive_the_loss_of_their_last_row(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run")
    trainer.fit()
    file = tmp_path / "run" / "metrics.csv"
    whole = file.read_bytes()
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    assert same_result(reopened(tmp_path / "run").fit(), trainer.fit())
    assert file.read_bytes() == whole


def test_same_seed_same_run_and_another_seed_or_die_another(make_trainer: Make, tmp_path: Path) -> None:
    one, same, seed, die = (
        make_trainer(tmp_path / str(k), **{"training.dropout": 0.1, **changes})
        for k, changes in enumerate(({}, {}, {"seed": 1}, {"die": 1}))
    )
    for trainer in (one, same, seed, die):
        trainer.fit()
    assert_same_state(one, same)
    for other in (seed, die):
        assert other.metrics != one.metrics
        for a, b in zip(one.model.network.parameters(), other.model.network.parameters(), strict=True):
            assert not torch.equal(a, b)


def test_seed_streams_are_told_apart(make_trainer: Make, tmp_path: Path) -> None:
    one, die = make_trainer(tmp_path / "a"), make_trainer(tmp_path / "b", die=1)
    assert torch.equal(one.model.network.forward_weights[0], die.model.network.forward_weights[0])
    assert one.problem.order(0).tolist() == die.problem.order(0).tolist()
    seed = make_trainer(tmp_path / "c", seed=1)
    assert one.problem.order(0).tolist() != seed.problem.order(0).tolist()
    np.testing.assert_array_equal(one.model.chip.die.threshold_lsb, seed.model.chip.die.threshold_lsb)
    assert one.model.chip.noise_key != seed.model.chip.noise_key


def test_threads_change_nothing(
    fidelity: str, make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainers = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("INLOOP_THREADS", threads)
        trainer = make_trainer(
            tmp_path / threads, fidelity=fidelity, **{"training.batch": 200, "network.recurrent": True}
        )
        trainers.append((trainer, trainer.fit()))
    for trainer, result in trainers[1:]:
        assert_same_state(trainers[0][0], trainer)
        assert same_result(result, trainers[0][1])


def test_training_in_the_loop_learns(fidelity: str, make_trainer: Make, tmp_path: Path) -> None:
    options = {"training.epochs": 6, "training.samples": 1500, "network.hidden": [40], "fidelity": fidelity}
    trainer = make_trainer(tmp_path / "run", **options)
    before = evaluate(trainer.model, trainer.problem.split("test"), trainer.config.training, meter=False).accuracy
    assert trainer.fit().accuracy > max(before, 40) + 20
    assert trainer.metrics[-1]["train_loss"] < 0.8 * trainer.metrics[0]["train_loss"]


def test_the_loop_repairs_what_a_die_breaks(make_trainer: Make, tmp_path: Path) -> None:
    options = {"training.epochs": 6, "training.samples": 1500, "network.hidden": [40]}
    software = make_trainer(tmp_path / "software", fidelity="ideal", **options)
    trained = software.fit().accuracy
    chip = make_trainer(tmp_path / "chip", **{**options, "training.epochs": 4})
    chip.model.network.load_state_dict(software.model.network.state_dict())
    transferred = evaluate(chip.model, chip.problem.split("test"), chip.config.training, meter=False).accuracy
    repaired = chip.fit().accuracy
    assert transferred < trained - 20
    assert repaired > transferred + 20


def test_best_is_chosen_by_validation_alone(
    make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str, bool]] = []

    def watched(data_set: DataSet, split: str, hold_out: bool = False) -> Any:
        seen.append((data_set.name, split, hold_out))
        return data_set.read(split, hold_out)

    monkeypatch.setattr(DataSet, "load", watched)
    options = {"training.keep": "best", "training.epochs": 8, "training.learning_rate": 0.3}
    trainer = make_trainer(tmp_path / "run", **options, **{"training.schedule": "constant"})
    during: list[list[str]] = []
    result = trainer.fit(lambda _: during.append([split for _, split, _ in seen]))
    assert seen[0] == ("yin-yang", "train", True)
    assert "test" not in during[-1]
    assert seen[-1][1] == "test"
    accuracies = [row["validation_accuracy"] for row in trainer.metrics]
    best = int(np.argmax(accuracies))
    assert best < len(accuracies) - 1, "the case must be one where the last epoch is not the best"
    kept = load_checkpoint(trainer.run.best, str(trainer.model.network.topology))
    assert (kept.epochs_done, kept.best) == (best + 1, max(accuracies))
    assert all(torch.equal(a, kept.model[name]) for name, a in trainer.model.state_dict().items())
    test, validation = (trainer.problem.split(name) for name in ("test", "validation"))
    assert same_result(evaluate(trainer.model, test, trainer.config.training, meter=False), result)
    found = evaluate(trainer.model, validation, trainer.config.training, meter=False)
    assert found.accuracy == max(accuracies)


def test_without_best_no_validation_data_is_read(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run")
    trainer.fit()
    assert "validation_accuracy" not in trainer.metrics[0]
    assert not trainer.run.best.exists()


def test_evaluation_neither_draws_nor_changes_anything(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.dropout": 0.5})
    data = trainer.problem.split("test", 120)
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    one = evaluate(trainer.model.train(), data, meter=False)
    assert trainer.model.training
    assert all(torch.equal(before[name], value) for name, value in trainer.model.state_dict().items())
    small = evaluate(trainer.model.eval(), data, batch=7, meter=False)
    assert not trainer.model.training
    assert same_result(one, dataclasses.replace(small, chip_time_s=one.chip_time_s))
    assert small.chip_time_s == pytest.approx(one.chip_time_s) == 120 * trainer.model.grid.duration_s
    assert one.samples == 120


def test_learning_rate(make_config: Make) -> None:
    cosine = make_config(training__learning_rate=0.01).training
    assert [learning_rate(cosine, x) for x in (0, 0.5, 1)] == pytest.approx([0.01, 0.005, 0])
    constant = make_config(training__learning_rate=0.01, training__schedule="constant").training
    assert learning_rate(constant, 0.9) == 0.01


@pytest.mark.parametrize("option", ["readout_amplitude", "burst", "homeostatic"])
def test_regularisers_join_the_loss(option: str, make_config: Make, make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run")
    observed = trainer.model(trainer.problem.split("test", 50).spikes)
    labels = trainer.problem.split("test", 50).labels
    base = loss_of(trainer.config.training, observed, labels).item()
    more = loss_of(make_config(**{f"training__{option}": 3.0}).training, observed, labels).item()
    double = loss_of(make_config(**{f"training__{option}": 6.0}).training, observed, labels).item()
    assert more > base
    assert double - base == pytest.approx(2 * (more - base), rel=1e-4)


def test_hidden_weights_stay_within_what_the_chip_can_hold(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.learning_rate": 2.0})
    trainer.fit()
    hidden = trainer.model.network.forward_weights[0].detach()
    assert float(hidden.abs().max()) == pytest.approx(63 / 30)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"network.hidden": [10**9]}, DoesNotFitError, "needs 1000000003 neurons"),
        ({"network.hidden": [254]}, DoesNotFitError, "1 neurons smaller"),
        ({"network.hidden": [200], "network.recurrent": True, "encoding.repetitions": 15}, DoesNotFitError, "drivers"),
        ({"duration_s": 12e-6}, ConfigError, "duration_s = 1.2e-05 ends before the last input spike"),
        ({"duration_s": 20e-6, "encoding.bias_time_s": 20e-6}, ConfigError, "ends before the last input spike"),
        ({"duration_s": 2.0}, ConfigError, "between 0 and 1 s"),
        ({"encoding.t_early_s": 12e-6}, ConfigError, "t_early_s < t_late_s"),
        ({"encoding": {"kind": "latency"}}, ConfigError, "'latency' does not fit data set 'yin-yang'"),
        ({"training.rotation_deg": 5}, ConfigError, "rotation_deg needs images"),
        ({"steps_per_sample": 7}, ConfigError, "does not divide"),
        ({"fidelity": "quantum"}, ConfigError, "unknown fidelity"),
        ({"chip.preset": "bss9"}, ConfigError, "unknown chip preset"),
        ({"chip.calibration": "wishful"}, ConfigError, "wishful"),
        ({"chip.noise": "deafening"}, ConfigError, "deafening"),
        ({"chip.fields": {"collumns": 4}}, ConfigError, "unknown chip field 'collumns'"),
        ({"chip.fields": {"tau_mem_s": -1}}, ConfigError, "tau_mem_s"),
        ({"network.initial_mean": float("nan")}, ConfigError, "mean = nan"),
    ],
)
def test_experiments_that_cannot_be_leave_no_folder(
    changes: dict[str, Any], error: type[Exception], message: str, make_trainer: Make, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        make_trainer(tmp_path / "run", **changes)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("fake_images")
def test_window_before_the_first_spike_of_an_image(make_config: Make) -> None:
    with pytest.raises(ConfigError, match=r"ends before the first input spike at 8.9"):
        Problem(make_config("mnist", duration_s=0.8e-6))
    times = Problem(make_config("mnist", duration_s=2.5e-6)).train_spikes(0).time_s
    assert len(times) > 100
    assert times.max() < 2.5e-6


def test_spikes_after_the_window_name_sample_and_channel(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run")
    data = trainer.problem.split("test", 3).spikes
    data.time_s[data.offsets[1] + 4] = 25e-6
    with pytest.raises(SpikeError, match=r"2.5e-05 s \(sample 1, channel 4\)"):
        trainer.model(data)


def test_nothing_to_resume(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run")
    with pytest.raises(CheckpointError, match=r"no checkpoint .*checkpoint.pt; train first"):
        trainer.resume()
