"""EventProp against finite differences of an exact solver: weights of both layers, times of inputs and of spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.network.eventprop import Arrivals, Neurons, Traffic, merge, sweep

from tests.behavioral.network.exact_solver import Solver

INPUTS, NEURONS, OUTPUTS, STEP = 5, 4, 2, 1e-6
Events = list[tuple[float, int]]


def traffic_of(streams: list[Events], delays: list[float]) -> Traffic:
    room = max(1, *(len(events) for events in streams))
    shape = (len(streams), room)
    out = Traffic(
        np.array([len(events) for events in streams]), np.zeros(shape, np.int32), np.zeros(shape), np.zeros(shape),
        np.zeros(shape), np.zeros(shape), np.ones(len(streams), bool),
    )  # fmt: skip
    for s, events in enumerate(streams):
        for e, (time, unit) in enumerate(events):
            out.unit[s, e], out.time[s, e], out.arrival[s, e] = unit, time, time + delays[s]
    return out


def back(
    neurons: Neurons, traffic: Traffic, own: int, weight: np.ndarray, incoming: list[list[int]], record_s: np.ndarray,
    record_grad: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Sweep one population and return the gradient of its weights."""
    lanes, most = len(neurons.reset), traffic.unit.size
    pad = ((0, 0), (0, lanes - weight.shape[1]))
    padded, grad = np.pad(weight, pad), np.zeros((len(weight), lanes))
    arrivals = Arrivals(np.empty(most), *(np.empty(most, np.int64) for _ in range(3)))
    count = merge(traffic, np.array(incoming), arrivals)
    records = np.pad(record_grad, ((0, 0), (0, lanes - record_grad.shape[1])))
    sweep(neurons, traffic, own, padded, arrivals, count, record_s, records, grad)
    return grad[:, : weight.shape[1]]


def neurons_of(solver: Solver, lanes: int, equal: bool) -> Neurons:
    mem, syn, reset = (
        np.pad(each, (0, lanes - len(each)), constant_values=1.0)
        for each in (solver.tau_mem, solver.tau_syn, solver.reset)
    )
    return Neurons(mem, syn, reset, equal, solver.rest, 1e-9)


class Case:
    """A network with an input, and a loss that is linear in the readout and in the times of its spikes."""

    def __init__(self, seed: int, tau: Any, rest: float, recurrent: bool) -> None:
        rng = np.random.default_rng(seed)
        self.equal = np.ndim(tau[0]) == 0
        mem, syn = (np.broadcast_to(each, NEURONS).astype(float) for each in tau)
        self.solver = Solver(mem, syn, np.full(NEURONS, -0.2), rest, 0.3, (6.0, 6.0), 20.0)
        self.weight = rng.normal(1.5, 1.5, (INPUTS + NEURONS, NEURONS))
        self.weight[INPUTS:] = rng.normal(0, 1, (NEURONS, NEURONS)) if recurrent else 0
        self.read = rng.normal(size=(NEURONS, OUTPUTS))
        self.inputs = sorted((rng.random() * 12, int(rng.integers(INPUTS))) for _ in range(10))
        self.times = np.array([5.0, 10.0, 15.0, 20.0])
        self.readout_grad = rng.normal(size=(4, OUTPUTS))
        self.spikes = self.solver.spikes(self.weight, self.inputs)
        self.time_grad = rng.normal(size=len(self.spikes)) * 0.1

    def loss(self, weight: np.ndarray, read: np.ndarray, inputs: Events) -> float:
        spikes = self.solver.spikes(weight, inputs)
        assert [n for _, n in spikes] == [n for _, n in self.spikes]
        readout = self.solver.readout(read, spikes, self.times)
        times = np.array([time for time, _ in spikes])
        return float((readout * self.readout_grad).sum() + (times * self.time_grad).sum())

    def gradients(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        traffic = traffic_of([self.inputs, self.spikes], [0.0, self.solver.delay])
        traffic.grad[1, : len(self.spikes)] = self.time_grad
        reader = Neurons(np.full(16, 6.0), np.full(16, 6.0), np.zeros(16), True, 0.0, 1e-9)
        read = back(reader, traffic, -1, self.read, [[1, 0]], self.times, self.readout_grad)
        weight = back(
            neurons_of(self.solver, 64, self.equal), traffic, 1, self.weight, [[0, 0], [1, INPUTS]], np.empty(0),
            np.empty((0, 64)),
        )  # fmt: skip
        return weight, read, traffic.grad[0, : len(self.inputs)]


def differences(function: Any, values: np.ndarray) -> np.ndarray:
    out = np.zeros(values.shape)
    for place in np.ndindex(values.shape):
        ends = []
        for sign in (STEP, -STEP):
            moved = values.copy()
            moved[place] += sign
            ends.append(function(moved))
        out[place] = (ends[0] - ends[1]) / (2 * STEP)
    return out


@pytest.mark.parametrize(
    ("tau", "rest", "recurrent"),
    [
        ((6.0, 6.0), 1.3, False),
        ((10.0, 4.0), 0.0, True),
        ((np.array([6.0, 8.0, 10.0, 12.0]), np.array([6.0, 4.0, 3.0, 9.0])), 2.0, True),
    ],
)
def test_gradients_are_finite_differences_of_the_exact_solution(tau: Any, rest: float, recurrent: bool) -> None:
    case = Case(1, tau, rest, recurrent)
    assert len(case.spikes) > 5
    weight, read, times = case.gradients()
    numeric = differences(lambda values: case.loss(values, case.read, case.inputs), case.weight)
    np.testing.assert_allclose(weight, numeric, atol=1e-7)
    assert np.abs(numeric).max() > 0.05
    np.testing.assert_allclose(
        read, differences(lambda values: case.loss(case.weight, values, case.inputs), case.read), atol=1e-7
    )
    moved = differences(
        lambda values: case.loss(
            case.weight, case.read, [(time, c) for time, (_, c) in zip(values, case.inputs, strict=True)]
        ),
        np.array([time for time, _ in case.inputs]),
    )
    np.testing.assert_allclose(times, moved, atol=1e-7)


def test_a_spike_that_grazes_moves_no_further_than_told() -> None:
    case = Case(1, (6.0, 6.0), 1.3, False)
    traffic = traffic_of([case.inputs, case.spikes], [0.0, 0.3])
    traffic.grad[1, : len(case.spikes)] = 1.0
    neurons = neurons_of(case.solver, 64, True)
    grads = []
    for graze in (1e-9, 1e3, 1e6):
        again = traffic._replace(grad=traffic.grad.copy())
        grads.append(
            back(
                neurons._replace(graze=graze), again, 1, case.weight, [[0, 0], [1, INPUTS]], np.empty(0),
                np.empty((0, 64)),
            )
        )  # fmt: skip
    assert np.abs(grads[0]).max() > 100 * np.abs(grads[1]).max() > 0
    np.testing.assert_allclose(grads[1], 1e3 * grads[2], rtol=1e-2)


def test_streams_are_merged_by_time() -> None:
    rng = np.random.default_rng(0)
    streams = [sorted((float(rng.random()), int(rng.integers(9))) for _ in range(k)) for k in (7, 0, 5)]
    traffic = traffic_of(streams, [0.0, 0.5, 0.25])
    arrivals = Arrivals(np.empty(21), *(np.empty(21, np.int64) for _ in range(3)))
    count = merge(traffic, np.array([[0, 0], [1, 9], [2, 18]]), arrivals)
    expected = sorted(
        (time + late, first + unit, stream, e)
        for stream, (events, late, first) in enumerate(zip(streams, (0.0, 0.5, 0.25), (0, 9, 18), strict=True))
        for e, (time, unit) in enumerate(events)
    )
    assert count == 12
    assert [tuple(each) for each in zip(*(part[:count].tolist() for part in arrivals), strict=True)] == expected
