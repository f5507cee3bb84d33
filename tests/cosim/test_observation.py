from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from inloop.behavioral.events import GridEvents
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.reconstruct import TraceScale
from inloop.cosim.observation import Observation, Recorded
from inloop.errors import ConfigError

GRID = TimeGrid(step_s=1e-6, steps=4, sample_steps=2)


@pytest.fixture
def observation() -> Observation:
    # sample 0: neuron 2 in step 0, neurons 0 and 1 in step 3; room unused; sample 1: neuron 1 in step 2
    first = np.array([[0, 1, 1, 1, 3], [6, 6, 6, 7, 7]])
    unit = np.array([2, 0, 1, -1, -1, -1, 1, -1], np.int32)
    membranes = np.full((2, 2, 16), 115, np.uint8)
    membranes[1, 0, 2] = 45
    membranes[..., 3:] = 0
    active = np.ones((2, 16))
    active[1, 2] = 0
    events = GridEvents(first, unit, 3)
    return Observation(
        grid=GRID, inputs=events, spikes=(events,), readout=np.zeros((2, 2, 1)),
        recorded=Recorded((membranes,), TraceScale(np.float32(80), np.float32(1 / 70), 2, np.float32(0)), (active,)),
        counters={}, chip_time_s=8e-6,
    )  # fmt: skip


def test_membranes_in_software_units_without_padding(observation: Observation) -> None:
    membrane = observation.membrane(0)
    expected = np.full((2, 2, 3), 0.5)
    expected[1, 0, 2] = -0.5
    assert membrane.dtype == np.float32
    np.testing.assert_allclose(membrane, expected, rtol=1e-6)


def test_plain_forms_share_memory_with_what_was_recorded(observation: Observation) -> None:
    codes = observation.codes(0)
    assert codes.shape == (2, 2, 3)
    assert np.shares_memory(codes, observation.recorded.membranes[0])
    assert observation.silenced(0).tolist() == [[False, False, False], [False, False, True]]
    assert observation.period == 2


def test_what_was_not_recorded_says_so(observation: Observation) -> None:
    with pytest.raises(ConfigError, match="layer 0 were not recorded; call the model with record_membranes=True"):
        observation.without_membranes.membrane(0)


def test_spikes_in_seconds_at_the_end_of_their_step(observation: Observation) -> None:
    batch = observation.spike_batch(0)
    assert batch.offsets.tolist() == [0, 3, 4]
    assert batch.unit.tolist() == [2, 0, 1, 1]
    np.testing.assert_allclose(batch.time_s, [1e-6, 4e-6, 4e-6, 3e-6])
    assert batch.units == 3


def test_spikes_in_seconds_where_they_were_placed_in_their_step(observation: Observation) -> None:
    (events,) = observation.spikes
    age = np.array([0.25, 0.0, 0.5, 9, 9, 9, 0.75, 9], np.float32)
    aged = Observation(**{**vars(observation), "spikes": (replace(events, age=age),)})
    np.testing.assert_allclose(aged.spike_batch(0).time_s, [0.75e-6, 4e-6, 3.5e-6, 2.25e-6])
    dense = aged.spikes[0].dense_ages()
    assert (dense[0, 0, 2], dense[0, 3, 0], dense[0, 3, 1], dense[1, 2, 1], dense.sum()) == (0.25, 0, 0.5, 0.75, 1.5)


def test_spikes_in_seconds_at_the_end_of_their_cycle_where_it_is_known(observation: Observation) -> None:
    cycles = (np.array([3, 390, 401, 250]),)
    known = Observation(**{**vars(observation), "cycles": cycles, "cycle_s": 8e-9})
    batch = known.spike_batch(0)
    np.testing.assert_allclose(batch.time_s, np.array([4, 391, 402, 251]) * 8e-9)
    assert batch.unit.tolist() == [2, 0, 1, 1]


def test_no_spikes_give_an_empty_batch(observation: Observation) -> None:
    events = GridEvents(np.zeros((2, 5), np.int64), np.empty(4, np.int32), 3)
    silent = Observation(**{**vars(observation), "spikes": (events,)})
    batch = silent.spike_batch(0)
    assert (batch.samples, len(batch.unit), len(batch.time_s)) == (2, 0, 0)
