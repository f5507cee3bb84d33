"""The gradient by EventProp of what levels observe, against automatic differentiation of closed forms."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.chip import Chip
from inloop.cosim.exact_gradient import exact_weight_gradients
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Observation

from tests.cosim.torch_eventprop import Events, Membrane, layer, readout

SAMPLES, GRAZE = 2, 0.15


def spikes_of(seen: Observation, population: int, sample: int) -> Events:
    """Spikes of a hidden layer, or of the input, -1."""
    events, step_s = seen.inputs if population < 0 else seen.spikes[population], seen.grid.step_s
    b, step, unit = events.table()
    own = b == sample
    late = 0.0 if population < 0 else 1.0 - events.ages()[own]
    time, arrival = (step[own] + late) * step_s, (step[own] + (population >= 0)) * step_s
    order = np.argsort(time, kind="stable")
    unit_, time_, arrival_ = (each.tolist() for each in (unit[own][order], time[order], arrival[order]))
    return Events(unit_, time_, arrival_, [torch.tensor(t, dtype=torch.float64) for t in time_])


class Case:
    """A network on a level and the gradients of a loss."""

    def __init__(
        self, hidden: tuple[int, ...], fidelity: str, seed: int, recurrent: bool = True, **options: Any
    ) -> None:
        rng = np.random.default_rng(seed)
        self.topology = Topology(6, hidden, 3, (recurrent,) * len(hidden))
        self.spec = chip_spec("bss2").with_fields(reset_lsb=70.0, **options.pop("fields", {}))
        self.grid = make_grid(self.spec, 18e-6, 4, options.pop("place_crossings", True))
        sizes = self.topology.sizes
        self.weights = NetworkWeights(
            tuple(rng.normal(4.0 / n, 3 / n**0.5, (n, m)) for n, m in pairwise(sizes)),
            tuple(rng.normal(0, 0.5, (n, n)) if recurrent else None for n in hidden),
        )
        level = open_level(fidelity, self.topology, Chip(self.spec, die=seed % 9, noise="off"), self.grid)
        count = 12 * SAMPLES
        spikes = SpikeBatch.from_events(
            rng.integers(0, SAMPLES, count), rng.integers(0, 6, count), rng.random(count) * 14e-6,
            samples=SAMPLES, units=6,
        )  # fmt: skip
        self.seen = level.run(spikes, self.weights, np.arange(SAMPLES, dtype=np.uint64))
        self.readout_grad = rng.normal(size=self.seen.readout.shape)
        self.count_grads = tuple(rng.normal(size=(SAMPLES, n)) * 0.1 for n in hidden)

    def compiled(self) -> NetworkWeights:
        return exact_weight_gradients(
            self.seen, self.topology, self.weights, self.spec, GRAZE, self.readout_grad, self.count_grads
        )  # fmt: skip

    def automatic(self) -> list[Any]:
        given = (*self.weights.forward, *self.weights.recurrent)
        leaves = [None if w is None else torch.tensor(w, requires_grad=True) for w in given]
        layers = len(self.weights.forward)
        loss = sum((w * 0).sum() for w in leaves if w is not None)
        spec = self.spec
        rest_s = spec.refractory_s
        if not self.grid.place_crossings:
            rest_s = round(rest_s / self.grid.step_s) * self.grid.step_s
        membrane = Membrane(spec.tau_mem_s, spec.tau_syn_s, spec.reset_unit, rest_s, spec.start_unit, GRAZE)
        times = (np.arange(self.seen.readout.shape[1]) + 1) * self.seen.period * self.grid.step_s
        for b in range(SAMPLES):
            below = spikes_of(self.seen, -1, b)
            for k in range(layers - 1):
                counted = torch.tensor(self.count_grads[k][b])
                below, extra = layer(
                    membrane,
                    below,
                    leaves[k],
                    leaves[layers + k],
                    spikes_of(self.seen, k, b),
                    counted,  # type: ignore[arg-type]
                )
                loss = loss + extra
            loss = (
                loss + (readout(membrane, below, leaves[layers - 1], times) * torch.tensor(self.readout_grad[b])).sum()
            )  # type: ignore[arg-type]
        loss.backward()
        return [None if w is None else w.grad.numpy() for w in leaves]

    def error(self) -> float:
        found, worst = self.compiled(), 0.0
        for mine, theirs in zip((*found.forward, *found.recurrent), self.automatic(), strict=True):
            assert (mine is None) == (theirs is None)
            if theirs is not None:
                worst = max(worst, float(np.abs(mine - theirs).max() / max(np.abs(theirs).max(), 1e-12)))
        return worst


@pytest.mark.parametrize("level", ["ideal", "behavioral", "event"])
@pytest.mark.parametrize("hidden", [(8,), (6, 5)])
def test_the_sweep_is_the_derivative_of_closed_forms(level: str, hidden: tuple[int, ...]) -> None:
    case = Case(hidden, level, 3)
    assert min(len(layer.table()[0]) for layer in case.seen.spikes) > 5
    assert case.error() < 1e-6


@pytest.mark.parametrize(
    "options",
    [
        {"fields": {"tau_mem_s": 9e-6, "tau_syn_s": 4e-6}},
        {"fields": {"refractory_s": 0.0}},
        {"fields": {"refractory_s": 8e-6}, "recurrent": False},
        {"place_crossings": False, "recurrent": False},
    ],
)
def test_other_constants(options: Any) -> None:
    assert Case((8,), "behavioral", 4, **options).error() < 1e-6


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), hidden=st.lists(st.integers(1, 6), min_size=1, max_size=3), loops=st.booleans())
def test_random_networks(seed: int, hidden: list[int], loops: bool) -> None:
    assert Case(tuple(hidden), "ideal", seed, loops).error() < 1e-6
