"""Class C: on a perfect die without noise and quantisation, `behavioral` is `ideal`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Observation

# Without limits in reach, weights may be of any size.
UNLIMITED = chip_spec("bss2").with_fields(
    leak_lsb=1e6, reset_lsb=1e6, threshold_lsb=1e6 + 70, membrane_floor_lsb=1.0, membrane_ceiling_lsb=1e7,
    synaptic_saturation=1e6,
)  # fmt: skip


def both(spec: ChipSpec, topology: Topology, spikes: Any, weights: Any, steps: int) -> tuple[Observation, Observation]:
    chip = Chip(spec, calibration="perfect", noise="off", quantized=False)
    grid = make_grid(spec, 20e-6, steps)
    trials = np.zeros(spikes.samples, np.uint64)
    ideal, behavioral = (open_level(name, topology, chip, grid) for name in ("ideal", "behavioral"))
    return ideal.run(spikes, weights, trials), behavioral.run(spikes, weights, trials)


def assert_agree(ideal: Observation, behavioral: Observation, rtol: float = 1e-5) -> None:
    period = behavioral.period
    for k, (one, two) in enumerate(zip(ideal.spikes, behavioral.spikes, strict=True)):
        np.testing.assert_array_equal(one.dense(), two.dense())
        sampled = ideal.membrane(k)[:, period - 1 :: period]
        np.testing.assert_allclose(behavioral.membrane(k), sampled, rtol=0, atol=rtol * np.abs(sampled).max())
    sampled = ideal.readout[:, period - 1 :: period]
    np.testing.assert_allclose(behavioral.readout, sampled, rtol=0, atol=rtol * np.abs(sampled).max())


@pytest.mark.parametrize("steps_per_sample", [1, 4])
@pytest.mark.parametrize("hidden", [((30,), (False,)), ((30,), (True,)), ((20, 15), (True, True))], ids=str)
def test_behavioral_is_ideal_without_limits(
    hidden: Any, steps_per_sample: int, make_weights: Any, make_spikes: Any
) -> None:
    topology = Topology(20, hidden[0], 5, hidden[1])
    spikes = make_spikes(topology, make_grid(UNLIMITED, 20e-6), 30)
    ideal, behavioral = both(UNLIMITED, topology, spikes, make_weights(topology), steps_per_sample)
    assert ideal.counters["hidden_spikes"] > 500
    assert_agree(ideal, behavioral)


@settings(max_examples=15, deadline=None)
@given(
    hidden=st.integers(1, 70), inputs=st.integers(1, 30), own=st.booleans(), seed=st.integers(0, 2**16),
    tau_mem_s=st.sampled_from([6e-6, 3e-6, 20e-6]), refractory_s=st.sampled_from([0.0, 1e-6, 2e-6]),
    size=st.sampled_from([0.3, 2.0]),
)  # fmt: skip
def test_behavioral_is_ideal_for_any_network(
    make_weights: Any, make_spikes: Any, hidden: int, inputs: int, own: bool, seed: int, tau_mem_s: float,
    refractory_s: float, size: float,
) -> None:  # fmt: skip
    spec = UNLIMITED.with_fields(tau_mem_s=tau_mem_s, refractory_s=refractory_s)
    topology = Topology(inputs, (hidden,), 3, (own,))
    spikes = make_spikes(topology, make_grid(spec, 20e-6), 5, seed=seed)
    assert_agree(*both(spec, topology, spikes, make_weights(topology, seed, spread=size), 4))


def test_behavioral_is_ideal_on_the_real_operating_point(make_weights: Any, make_spikes: Any) -> None:
    spec, topology = chip_spec("bss2").with_fields(readout_gain=0.05), Topology(20, (40,), 5, (False,))
    spikes = make_spikes(topology, make_grid(spec, 20e-6), 30, per_sample=20)
    weights = make_weights(topology, mean=0.3, spread=0.15)
    weights.forward[1][:] -= weights.forward[1].mean()  # the readout has rails, too
    ideal, behavioral = both(spec, topology, spikes, weights, 4)
    assert ideal.counters["hidden_spikes"] > 200
    assert ideal.membrane(0).min() > -0.7  # above the lower rail
    assert_agree(ideal, behavioral)


@pytest.mark.parametrize("limit", [{"synaptic_saturation": 0.5}, {"membrane_floor_lsb": 79.0}])
def test_the_limits_of_the_chip_make_a_difference(limit: dict[str, float], make_weights: Any, make_spikes: Any) -> None:
    spec, topology = chip_spec("bss2").with_fields(**limit), Topology(20, (40,), 5, (False,))
    spikes = make_spikes(topology, make_grid(spec, 20e-6), 10)
    ideal, behavioral = both(spec, topology, spikes, make_weights(topology), 4)
    assert (ideal.spikes[0].counts() != behavioral.spikes[0].counts()).any()
