"""Outputs that spike: the host's filter, and the gradient through it, against the graph of torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from inloop.behavioral.bss1.spec import PRESETS
from inloop.behavioral.events import GridEvents, SpikeBatch
from inloop.behavioral.grid import TimeGrid, make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.chip import Chip
from inloop.cosim.filtered import filtered, own_readouts
from inloop.cosim.further import Further
from inloop.cosim.gradient import weight_gradients
from inloop.cosim.levels import open_level
from inloop.cosim.torch_ideal import run_torch_ideal
from inloop.errors import ConfigError
from inloop.training.in_the_loop import InTheLoop
from inloop.training.network import Network

SPEC = PRESETS["bss1-tiny"]
GRID = make_grid(SPEC, 8e-6)
NETWORK = Topology(12, (9,), 3, (False,))


def inputs(samples: int = 6) -> SpikeBatch:
    rng = np.random.default_rng(3)
    events = 40 * samples
    time_s = rng.uniform(0, GRID.duration_s, events)
    return SpikeBatch.from_events(
        np.repeat(np.arange(samples), 40), rng.integers(0, 12, events), time_s, samples=samples, units=12
    )


def weights() -> NetworkWeights:
    rng = np.random.default_rng(5)
    return NetworkWeights(tuple(rng.normal(2.5, 2, shape) for shape in ((12, 9), (9, 3))), (None,))


def trials(samples: int = 6) -> np.ndarray:
    return np.arange(samples, dtype=np.uint64)


def test_a_spike_leaves_a_potential_of_height_1() -> None:
    grid = TimeGrid(0.02e-6, 300, 1)
    first = np.full((1, 301), 1)
    first[0, :11] = 0  # output 2 spikes in step 10
    course = filtered(GridEvents(first, np.array([2], np.int32), 3), SPEC, grid, np.dtype(np.float64))[0]
    time_s = (np.arange(300) - 10) * grid.step_s  # it acts at the beginning of step 11
    psp = np.where(time_s > 0, np.exp(-time_s / SPEC.tau_mem_s) - np.exp(-time_s / SPEC.tau_syn_s), 0.0)
    np.testing.assert_allclose(course[:, 2], psp / psp.max(), atol=2e-4)
    assert not course[:, :2].any()


def test_the_gradient_is_that_of_the_graph_with_one_more_layer() -> None:
    level, slope = open_level("ideal", NETWORK, Chip("bss1-tiny"), GRID), 10.0
    seen = level.run(inputs(), weights(), trials())
    assert seen.outputs is not None
    assert seen.outputs.counts().sum() > 20
    forward = [torch.tensor(each, requires_grad=True) for each in weights().forward]
    fixed = torch.from_numpy(own_readouts(3, SPEC, np.dtype(np.float64)))
    dense = torch.from_numpy(seen.inputs.dense()).permute(1, 0, 2).contiguous()
    actives = tuple(torch.ones(6, size, dtype=torch.float64) for size in (9, 3))
    readout, spikes, _ = run_torch_ideal(
        dense, (*forward, fixed), (None, None), SPEC, GRID, slope, actives, readout_start=0.0
    )
    np.testing.assert_allclose(readout.detach().numpy(), seen.readout, atol=1e-9)
    given = torch.from_numpy(np.random.default_rng(1).normal(size=seen.readout.shape))
    on_trains = np.random.default_rng(2).normal(size=(6, GRID.steps, 9))
    trains = (spikes[0] * torch.from_numpy(on_trains).permute(1, 0, 2)).sum()
    ((readout * given).sum() + 0.1 * spikes[0].sum() + trains).backward()  # type: ignore[no-untyped-call]
    hidden, further = np.full((6, 9), 0.1), Further({0: on_trains})
    found = weight_gradients(
        seen.without_membranes, NETWORK, weights(), SPEC, slope, given.numpy(), (hidden,), further=further
    )
    assert len(found.forward) == 2
    for mine, theirs in zip(found.forward, forward, strict=True):
        assert theirs.grad is not None
        np.testing.assert_allclose(mine, theirs.grad.numpy(), rtol=1e-6, atol=1e-9)


def test_a_network_on_a_wafer_learns_what_it_is_shown() -> None:
    network = Network(12, 9, 3, seed=1, mean=30.0, readout_mean=22.0)
    model = InTheLoop(network, Chip("bss1-tiny", die=2), duration_s=8e-6)
    optimizer, labels, losses = torch.optim.Adam(model.parameters(), lr=0.1), torch.arange(6) % 3, []
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(3 * model(inputs()).readout.amax(1), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        network.clip_hidden(model.level.weight_limit, outputs=True)
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    assert max(float(weight.detach().abs().max()) for weight in network.forward_weights) <= model.level.weight_limit


def test_a_wafer_has_no_membranes_and_says_so() -> None:
    seen = open_level("behavioral", NETWORK, Chip("bss1-tiny"), GRID).run(inputs(), weights(), trials())
    with pytest.raises(ConfigError, match="are not recorded: BrainScaleS-1 has no converter"):
        seen.membrane(0)
    assert seen.readout.shape == (6, GRID.samples, 3)
    assert seen.spike_batch(0).samples == 6


def test_silenced_neurons_of_a_wafer_never_spike(fidelity: str) -> None:
    silent = np.random.default_rng(0).random((2, 9)) < 0.5
    level = open_level(fidelity, NETWORK, Chip("bss1-tiny", die=1), GRID)
    counts, free = (level.run(inputs(2), weights(), trials(2), each).counts()[0] for each in ((silent,), None))
    assert not counts[silent].any()
    assert free[silent].any()
    assert counts[~silent].any()
