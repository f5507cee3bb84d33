"""The weight gradient beyond parity with torch: finite differences, and independence of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.cosim.chip import Chip
from inloop.cosim.gradient import weight_gradients
from inloop.cosim.levels import open_level

SPEC = chip_spec("bss2")
GRID = make_grid(SPEC, 11.5e-6)
TOPOLOGY = Topology(12, (9,), 3, (True,))


def no_counts(samples: int) -> tuple[np.ndarray, ...]:
    return tuple(np.zeros((samples, n)) for n in TOPOLOGY.hidden)


@pytest.mark.parametrize("steps_per_sample", [4, 52])
def test_readout_weights_against_finite_differences(
    fidelity: str, steps_per_sample: int, manner: Any, make_weights: Any, make_spikes: Any
) -> None:
    """The readout is linear in its weights, and they do not change the spikes: the gradient is exact.

    Where spikes act in their own cycle and not on the grid of the gradient, it is off by what this time makes out.
    """
    grid = make_grid(SPEC, 11.5e-6, steps_per_sample)
    level = open_level(fidelity, TOPOLOGY, Chip(SPEC, calibration="perfect", noise="off", quantized=False), grid)
    spikes, weights = make_spikes(TOPOLOGY, grid, 6), make_weights(TOPOLOGY)
    trials = np.zeros(6, np.uint64)
    seen = level.run(spikes, weights, trials)
    grad = np.random.default_rng(0).normal(size=seen.readout.shape)
    found = weight_gradients(seen, TOPOLOGY, weights, SPEC, 20.0, grad, no_counts(6)).forward[1]
    spiking = seen.spikes[0].counts().sum(axis=0) > 0
    assert spiking.sum() >= 4
    expected = np.zeros((9, 3))
    for n, o in np.ndindex(9, 3):
        losses = []
        for shift in (1e-2, -1e-2):
            weights.forward[1][n, o] += shift
            losses.append((level.run(spikes, weights, trials).readout * grad).sum())
            weights.forward[1][n, o] -= shift
        expected[n, o] = (losses[0] - losses[1]) / 2e-2
    np.testing.assert_array_equal(found != 0, spiking[:, None] & (np.abs(expected) > 1e-9))
    if manner.on_grid:
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    else:
        time = (grid.step_s + manner.latency / SPEC.clock_hz) / SPEC.tau_mem_s
        assert 0 < np.linalg.norm(found - expected) < 2 * time * np.linalg.norm(expected)


def test_the_gradient_adds_up_over_samples(fidelity: str, make_weights: Any, make_spikes: Any) -> None:
    level = open_level(fidelity, TOPOLOGY, Chip(SPEC, die=1), GRID)
    spikes, weights = make_spikes(TOPOLOGY, GRID, 60), make_weights(TOPOLOGY)
    trials = np.arange(60, dtype=np.uint64)
    rng = np.random.default_rng(0)
    counts = rng.normal(size=(60, 9))
    seen = level.run(spikes, weights, trials)
    grad = rng.normal(size=seen.readout.shape)
    whole = weight_gradients(seen, TOPOLOGY, weights, SPEC, 20.0, grad, (counts,))
    halves = []
    for pick in (np.arange(13), np.arange(13, 60)):
        part = level.run(spikes.select(pick), weights, trials[pick])
        halves.append(weight_gradients(part, TOPOLOGY, weights, SPEC, 20.0, grad[pick], (counts[pick],)))
    for k in range(2):
        np.testing.assert_allclose(whole.forward[k], halves[0].forward[k] + halves[1].forward[k], atol=1e-10)
    assert whole.recurrent[0] is not None
    np.testing.assert_allclose(whole.recurrent[0], halves[0].recurrent[0] + halves[1].recurrent[0], atol=1e-10)
    assert np.abs(whole.recurrent[0]).max() > 0


def test_the_threads_do_not_matter(
    fidelity: str, make_weights: Any, make_spikes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    level = open_level(fidelity, TOPOLOGY, Chip(SPEC, die=1), GRID)
    weights = make_weights(TOPOLOGY)
    seen = level.run(make_spikes(TOPOLOGY, GRID, 120), weights, np.arange(120, dtype=np.uint64))
    grad = np.random.default_rng(0).normal(size=seen.readout.shape)
    results = []
    for threads in ("1", "3"):
        monkeypatch.setenv("INLOOP_THREADS", threads)
        results.append(weight_gradients(seen, TOPOLOGY, weights, SPEC, 20.0, grad, no_counts(120)))
    for one, two in zip(results[0].forward, results[1].forward, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(results[0].recurrent[0], results[1].recurrent[0])


def test_silenced_neurons_get_no_gradient(fidelity: str, make_weights: Any, make_spikes: Any) -> None:
    level = open_level(fidelity, TOPOLOGY, Chip(SPEC, die=1), GRID)
    weights, silent = make_weights(TOPOLOGY), np.zeros((30, 9), bool)
    silent[:, [2, 5]] = True
    seen = level.run(make_spikes(TOPOLOGY, GRID, 30), weights, np.zeros(30, np.uint64), (silent,))
    found = weight_gradients(seen, TOPOLOGY, weights, SPEC, 20.0, np.ones_like(seen.readout), no_counts(30))
    assert not found.forward[0][:, [2, 5]].any()
    assert not found.forward[1][[2, 5]].any()
    assert found.forward[0][:, [0, 1, 3]].any()


def test_a_steeper_surrogate_gives_smaller_gradients(fidelity: str, make_weights: Any, make_spikes: Any) -> None:
    level = open_level(fidelity, TOPOLOGY, Chip(SPEC, die=1), GRID)
    weights = make_weights(TOPOLOGY)
    seen = level.run(make_spikes(TOPOLOGY, GRID, 30), weights, np.zeros(30, np.uint64))
    grad = np.ones_like(seen.readout)
    sizes = [
        [np.abs(w).sum() for w in weight_gradients(seen, TOPOLOGY, weights, SPEC, slope, grad, no_counts(30)).forward]
        for slope in (5.0, 100.0)
    ]
    assert sizes[0][0] > 2 * sizes[1][0]
    assert sizes[0][1] == pytest.approx(sizes[1][1])  # the readout has no threshold
