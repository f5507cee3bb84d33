"""The clock of the CADC beside that of the spikes: a shift for all trials, and a jitter from one to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.bss2.analog.cadc import delay
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.torch_behavioral import run_torch_behavioral
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Observation

SPEC = chip_spec("tiny")
GRID = make_grid(SPEC, 15e-6)
NETWORK = Topology(4, (6,), 3, (True,))
PERIOD_S = SPEC.cadc_period_s


@pytest.fixture
def run(fidelity: str, make_weights: Any, make_spikes: Any) -> Any:
    if fidelity == "ideal":
        pytest.skip("the ideal model has no CADC")

    def run(samples: int = 5, noise: str = "off", level: str = fidelity, **fields: float) -> Observation:
        chip = Chip(SPEC.with_fields(**fields), die=1, noise=noise)
        weights = make_weights(NETWORK, dtype=np.float32)
        spikes = make_spikes(NETWORK, GRID, samples)
        return open_level(level, NETWORK, chip, GRID).run(spikes, weights, np.arange(samples, dtype=np.uint64))

    return run


def same_spikes(one: Observation, two: Observation) -> None:
    np.testing.assert_array_equal(one.spikes[0].dense(), two.spikes[0].dense())


@pytest.mark.parametrize("periods", [-2, -1, 1, 3])
def test_whole_periods_move_the_records(periods: int, run: Any) -> None:
    """Positive: late, so a record shows what a later one would have; beyond the window the edge is seen again."""
    usual, moved = run(), run(cadc_shift_s=periods * PERIOD_S)
    same_spikes(usual, moved)
    for one, two in ((usual.membrane(0), moved.membrane(0)), (usual.readout, moved.readout)):
        late = one[:, periods:], two[:, : one.shape[1] - periods]
        early = one[:, :periods], two[:, -periods:]
        np.testing.assert_array_equal(*(late if periods > 0 else early))
        edge = (
            two[:, one.shape[1] - periods :] - one[:, -1:] if periods > 0 else np.diff(two[:, : -periods - 1], axis=1)
        )
        assert not edge.any()


def test_a_shift_of_a_step_shows_the_membrane_a_step_later(fidelity: str) -> None:
    if fidelity == "ideal":
        pytest.skip("the ideal model has no CADC")
    fine = chip_spec("tiny").with_fields(cadc_period_cycles=52, cadc_shift_s=0.416e-6)
    spikes = SpikeBatch.from_events([0], [0], [1e-6], samples=1, units=1)
    topology, records = Topology(1, (1,), 1, (False,)), []
    for spec in (fine, fine.with_fields(cadc_shift_s=0.0)):
        chip = Chip(spec, calibration="perfect", noise="off", quantized=False)
        weights = NetworkWeights((np.ones((1, 1)), np.ones((1, 1))), (None,))
        level = open_level(fidelity, topology, chip, make_grid(spec, 8e-6, 1))
        records.append(level.run(spikes, weights, np.zeros(1, np.uint64)).membrane(0)[0, :, 0])
    np.testing.assert_array_equal(records[0][:-1], records[1][1:])
    assert records[0].max() > 0.3


def test_jitter_moves_the_records_of_each_trial_by_its_own_draw(run: Any) -> None:
    steady, jittered = (run(40, "typical", cadc_jitter_s=jitter) for jitter in (0.0, 1e-6))
    same_spikes(steady, jittered)
    differ = (steady.readout != jittered.readout).any(axis=(1, 2))
    assert 0.3 < differ.mean() < 1  # some draws come to no step


def test_the_draws_have_the_spread_asked_for_and_need_noise() -> None:
    chip = Chip(SPEC.with_fields(cadc_shift_s=-1.6e-6, cadc_jitter_s=0.8e-6))
    level = open_level("event", NETWORK, chip, GRID)
    cadc = level.circuits(np.dtype(np.float32)).cadc  # type: ignore[attr-defined]
    late = np.array([delay(cadc, np.uint64(chip.noise_key), np.uint64(k)) for k in range(4000)])
    assert late.mean() == pytest.approx(-200, abs=5)
    assert late.std() == pytest.approx(100, rel=0.03)
    assert {delay(cadc, np.uint64(0), np.uint64(k)) for k in range(9)} == {-200}


@pytest.mark.parametrize("name", ["rtl", "verilog"])
@pytest.mark.parametrize("shift_s", [-1.3e-6, 0.5e-6])
def test_digital_levels_agree(name: str, shift_s: float, run: Any, fidelity: str) -> None:
    if fidelity != name:
        pytest.skip("compared once")
    samples = 1 if name == "rtl" else 8
    one, two = (run(samples, "typical", level, cadc_shift_s=shift_s, cadc_jitter_s=0.4e-6) for level in ("event", name))
    same_spikes(one, two)
    np.testing.assert_array_equal(one.membrane(0), two.membrane(0))
    np.testing.assert_array_equal(one.readout, two.readout)


def test_the_torch_twin_is_late_alike(make_weights: Any, make_spikes: Any) -> None:
    chip = Chip(SPEC.with_fields(cadc_shift_s=-2e-6, cadc_jitter_s=0.8e-6), die=1)
    level: Any = open_level("behavioral", NETWORK, chip, GRID)
    weights, spikes, trials = make_weights(NETWORK), make_spikes(NETWORK, GRID, 12), np.arange(12, dtype=np.uint64)
    seen = level.run(spikes, weights, trials)
    inputs = torch.from_numpy(seen.inputs.dense().transpose(1, 0, 2).copy())
    record = run_torch_behavioral(level, inputs, weights, trials, (torch.ones(12, 6, dtype=torch.float64),))
    np.testing.assert_allclose(seen.readout, record.readout, rtol=0, atol=1e-12)
