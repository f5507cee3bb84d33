"""What deviates of a membrane is its leak conductance and its capacitance: PSPs on every level with a chip."""

from __future__ import annotations

import numpy as np
import pytest
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level

FACTORS = (0.7, 1.0, 1.3)


def psp(fidelity: str, **deviations: float) -> tuple[np.ndarray, float]:
    """Return the membrane after one spike of weight 1, and the time between its records in µs."""
    chip = Chip("tiny", calibration="perfect", noise="off", quantized=False)
    shape = chip.die.leak_conductance.shape
    chip.die = chip.die.with_deviations(**{name: np.full(shape, value) for name, value in deviations.items()})
    grid = make_grid(chip.spec.with_fields(cadc_period_cycles=4), 60e-6, 1)
    chip.spec = chip.spec.with_fields(cadc_period_cycles=4)
    spikes = SpikeBatch.from_events([0], [0], [1.6e-6], samples=1, units=1)
    weights = NetworkWeights((np.ones((1, 1)), np.ones((1, 1))), (None,))
    seen = open_level(fidelity, Topology(1, (1,), 1, (False,)), chip, grid).run(spikes, weights, np.zeros(1, np.uint64))
    return seen.membrane(0)[0, :, 0], 1e6 * grid.step_s


@pytest.fixture
def mismatched(fidelity: str) -> str:
    if fidelity == "ideal":
        pytest.skip("the ideal model has no die")
    return fidelity


def test_a_smaller_leak_conductance_makes_psps_longer_and_larger(mismatched: str) -> None:
    """C dV/dt = −g V + I: the charge of a spike raises all alike at first; the area is that charge over g."""
    traces = [psp(mismatched, tau_mem=factor) for factor in FACTORS]
    peaks, areas = [trace.max() for trace, _ in traces], [trace.sum() * step for trace, step in traces]
    np.testing.assert_allclose(peaks, [0.3046, 0.3679, 0.4171], atol=2e-4)
    np.testing.assert_allclose(np.array(areas) / areas[1], FACTORS, rtol=2e-3)
    begin = np.flatnonzero(traces[1][0])[0] + 2  # 0.1 µs after the spike
    np.testing.assert_allclose([trace[begin] / traces[1][0][begin] for trace, _ in traces], 1, atol=6e-3)


def test_a_larger_capacitance_makes_psps_longer_and_flatter(mismatched: str) -> None:
    traces = [psp(mismatched, capacitance=factor) for factor in FACTORS]
    peaks, areas = np.array([trace.max() for trace, _ in traces]), [trace.sum() * step for trace, step in traces]
    assert (np.diff(peaks) < -0.03).all()
    np.testing.assert_allclose(np.array(areas) / areas[1], 1, rtol=3e-3)
    begin = np.flatnonzero(traces[1][0])[0] + 2
    first = np.array([trace[begin] for trace, _ in traces])
    np.testing.assert_allclose(first / first[1], 1 / np.array(FACTORS), rtol=0.02)
