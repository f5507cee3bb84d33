"""What a table says of its figures: repetitions, test samples, epochs, loss; differences seed by seed."""

from __future__ import annotations

import pytest
from inloop.training.config import load_config
from inloop.training.experiments import design, estimators, latency, robustness
from inloop.training.experiments.conditions import conditions
from inloop.training.experiments.experiment import Row, Table
from inloop.training.experiments.report import markdown
from inloop.training.experiments.statistics import change, paired


def test_conditions_are_those_that_trials_noted() -> None:
    rows: list[Row] = [{"seed": seed, "epochs": 7, "loss": "sum-over-time", "tested": 2000} for seed in range(3)]
    assert conditions(rows, "mnist") == "n = 3 seeds, 2,000 test samples, 7 epochs, loss sum-over-time"
    assert conditions([*rows, {**rows[0], "tested": 50}], "mnist").startswith("n = 3 seeds, 50 or 2,000 test samples")
    assert conditions([], "mnist") == ""


def test_trials_that_noted_none_are_those_of_their_preset() -> None:
    training = load_config("yin-yang").training
    words = f"n = 1 seed, 1,000 test samples, {training.epochs} epochs, loss {training.loss}"
    assert conditions([{"seed": 0}], "yin-yang") == words
    ending = f"9 test samples, {training.epochs} epochs, loss x"
    assert conditions([{"seed": 0}], "yin-yang", loss="x", tested=9).endswith(ending)


def test_differences_are_of_the_same_seed() -> None:
    one, other = [{"seed": 1, "y": 3.0}, {"seed": 2, "y": 5.0}], [{"seed": 2, "y": 1.0}, {"seed": 1, "y": 1.0}]
    assert paired(one, other, "y") == [2.0, 4.0]
    assert change([2.0, 4.0]) == "+3.00 ± 1.41"
    assert change([-0.5]) == "-0.50"
    assert (paired(one, [{"seed": 3, "y": 1.0}], "y"), change([])) == ([], "")


def notes(tables: list[Table]) -> dict[str, str]:
    return {table.title: table.note for table in tables}


def test_a_sweep_says_what_it_was_trained_with() -> None:
    common = {"seed": 0, "level": "behavioral", "epochs": 5, "test_accuracy": 90.0}
    rows = [{**common, "sweep": "cadc_bits", "value": 3.0}, {**common, "sweep": "cadc_period_us", "value": 1.664}]
    found = notes(list(design.parts(rows).tables))
    for title in ("CADC period (MNIST)", "CADC resolution (MNIST)"):
        assert found[title].endswith("5 epochs, loss max-from-rest.")


def test_estimators_compare_both_tests_on_the_same_images() -> None:
    common = {"seed": 0, "variant": "measured, 4 steps", "event_samples": 2000}
    rows: list[Row] = [
        {**common, "epoch": 1, "train_loss": 1.0, "train_accuracy": 99.0},
        {**common, "test_accuracy": 97.0, "first_accuracy": 96.0, "event_accuracy": 95.5},
    ]
    (table,) = estimators.parts(rows).tables
    assert table.columns[2:] == ("test, own grid (%)", "first 2,000, own grid (%)", "first 2,000, cycle by cycle (%)")
    assert table.rows[0][2:] == ("97.00", "96.00", "95.50")
    assert "the first 2,000 test images" in table.note


def test_latency_compares_with_the_end_of_the_window() -> None:
    """A network that is trained to decide early is judged then in training, so that is not the whole window."""
    rows: list[Row] = [
        {"seed": 0, "allowed_us": 8.0, "sampling": "published", "time_us": time, "test_accuracy": accuracy}
        for time, accuracy in ((8.0, 97.0), (10.0, 96.5), (11.0, 96.0))
    ] + [
        {
            "seed": 0,
            "allowed_us": 8.0,
            "sampling": "whole",
            "test_accuracy": 97.0,
            "input_events": 1,
            "hidden_spikes": 1,
        }
    ]
    table = latency.parts(rows).tables[0]
    assert [line[3] for line in table.rows] == ["+0.50", "+1.00"]


@pytest.mark.parametrize("draws", [1, 2])
def test_silenced_neurons_are_judged_seed_by_seed(draws: int) -> None:
    rows: list[Row] = [
        {"seed": seed, "measure": "silenced", "network": "plain", "dropout": 0.0, "x": x, "draw": draw,
         "test_accuracy": 100 - error * (seed + 1)}
        for seed in range(2) for draw in range(draws) for x, error in ((0.0, 1.0), (0.15, 2.0))
    ]  # fmt: skip
    table = robustness.parts(rows).tables[0]
    assert table.rows[0][1:4] == ("1.50 ± 0.71", "3.00 ± 1.41", "100 ± 0")
    assert f"the mean of {draws} choices" in table.note
    assert markdown(table).count("\n") == 3
