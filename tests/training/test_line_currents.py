"""How far the synaptic lines of trained networks go beyond their limit, and what the limit does to the answers.

docs/modelling-choices.md states the figures.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.random_subject import random_subject
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.errors import DataError
from inloop.training.config import load_config
from inloop.training.decision import decide, decisive
from inloop.training.evaluate import TEST_TRIALS
from inloop.training.in_the_loop import InTheLoop
from inloop.training.loop import Trainer, build_model
from inloop.training.problem import Problem
from inloop.training.run_folder import RunFolder

from tests.cosim.line_currents import largest_currents

NO_LIMIT = 1e6
BATCH = 500
Bounds = tuple[float, float]


def with_limit(chip: Chip, limit: float) -> Chip:
    spec = chip.spec.with_fields(synaptic_saturation=limit)
    return Chip(spec, chip.die.seed, chip.die.calibration, chip.noise, chip.noise_seed, chip.quantized)


@pytest.mark.parametrize("recurrent", [False, True])
def test_the_currents_are_those_of_the_chip(recurrent: bool) -> None:
    """A limit just above the largest current changes nothing; below it, it does."""
    subject = random_subject(20, recurrent)
    run = partial(_run, subject)
    level, free = run(NO_LIMIT)
    largest = [float(layer.max()) for layer in largest_currents(level, subject.weights, free)]
    _, just_above = run(1.001 * max(largest))
    np.testing.assert_array_equal(just_above.readout, free.readout)
    for layer in just_above.recorded.membranes:
        assert layer.shape[0] == 20
    hidden_below = run(0.9 * largest[0])[1]
    assert any((a != b).any() for a, b in zip(hidden_below.recorded.membranes, free.recorded.membranes, strict=True))


def _run(subject: Any, limit: float) -> Any:
    level = open_level("behavioral", subject.topology, with_limit(subject.chip, limit), subject.grid)
    return level, level.run(subject.spikes, subject.weights, subject.trials)


class Found(NamedTuple):
    """currents: per layer, of `largest_currents`. changed: share of decisions that fall otherwise without a limit."""

    limit: float
    currents: tuple[Any, ...]
    changed: float

    def beyond(self, layer: int) -> float:
        """Share of the lines of a layer, over all samples, that go beyond the limit."""
        return float((self.currents[layer] > self.limit).mean())


def found(preset: str, epochs: int, samples: int, folder: Path) -> Found:
    """Train on die 0 with seed 0, then run test samples with the limit and without."""
    torch.set_num_threads(1)
    config = load_config(preset, {"die": 0, "seed": 0, "training.epochs": epochs})
    try:
        problem = Problem(config)
    except DataError as missing:
        pytest.skip(str(missing))
    model = build_model(config, problem.inputs, problem.classes)
    Trainer(config, problem, model, RunFolder.create(config, folder / "run")).fit()
    model.eval()
    chip, grid, topology = model.chip, model.grid, model.network.topology
    data, currents, answers = problem.split("test", samples), [], []
    for limit in (chip.spec.synaptic_saturation, NO_LIMIT):
        model.level = open_level("behavioral", topology, with_limit(chip, limit), grid)
        decided = []
        for start in range(0, data.spikes.samples, BATCH):
            index = np.arange(start, min(start + BATCH, data.spikes.samples))
            with torch.no_grad():
                observed = model(data.spikes.select(index), (index + TEST_TRIALS).astype(np.uint64))
            decided.append(decide(decisive(observed, config.training), config.training.loss))
            if limit != NO_LIMIT:
                currents.append(largest_currents(model.level, _weights(model), observed.observation))
        answers.append(torch.cat(decided))
    layers = tuple(np.concatenate(parts) for parts in zip(*currents, strict=True))
    return Found(chip.spec.synaptic_saturation, layers, float((answers[0] != answers[1]).float().mean()))


def _weights(model: InTheLoop) -> NetworkWeights:
    forward = tuple(weight.detach().numpy() for weight in model.network.forward_weights)
    return NetworkWeights(forward, (None,) * (len(forward) - 1))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("preset", "epochs", "samples", "hidden", "readout"),
    [("mnist-plain", 30, 2000, (2.5, 0.005), (1.6, 0.005)), ("yin-yang", 80, 1000, (1.25, 0.005), (1.6, 0.25))],
)
def test_the_limit_acts_and_decides_nothing(
    preset: str, epochs: int, samples: int, hidden: Bounds, readout: Bounds, tmp_path: Path
) -> None:
    """hidden, readout: bounds of the largest current in limits, and of the share of lines beyond the limit."""
    seen = found(preset, epochs, samples, tmp_path)
    for layer, (largest, share) in enumerate((hidden, readout)):
        assert seen.currents[layer].max() < largest * seen.limit
        assert seen.beyond(layer) < share
    assert seen.beyond(0) + seen.beyond(1) > 0
    assert seen.changed < 2e-3
