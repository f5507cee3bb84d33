"""A converter of fewer or more bits covers the same range in coarser or finer codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.layer import membrane_scale
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level

TOPOLOGY, SAMPLES = Topology(20, (30,), 5, (False,)), 4


@pytest.mark.parametrize("bits", [3, 6, 8, 10])
@pytest.mark.parametrize("level", ["behavioral", "event"])
def test_samples_are_within_half_a_code(bits: int, level: str, make_weights: Any, make_spikes: Any) -> None:
    spec = chip_spec("bss2").with_fields(cadc_bits=bits)
    grid = make_grid(spec, 11.6e-6)
    weights, spikes = make_weights(TOPOLOGY, spread=0.3), make_spikes(TOPOLOGY, grid, SAMPLES, 20)
    exact, coded = (
        open_level(level, TOPOLOGY, Chip(spec, 2, noise="off", quantized=True), grid).run(
            spikes, weights, np.arange(SAMPLES, dtype=np.uint64)
        )
        for spec in (spec.with_fields(cadc_bits=15), spec)
    )
    step_lsb, top = 2.0 ** (8 - bits), 2**bits - 1
    assert coded.codes(0).dtype == (np.uint8 if bits <= 8 else np.float64)
    codes = coded.codes(0)
    assert codes.min() >= 0
    assert codes.max() <= top
    inside = (codes > 0) & (codes < top)
    error_lsb = np.abs(coded.membrane(0) - exact.membrane(0)) * spec.swing_lsb
    assert inside.mean() > 0.8
    assert error_lsb[inside].max() <= step_lsb / 2 + 2**-7
    lsb = np.abs(coded.readout - exact.readout).max() / np.abs(exact.readout).max()
    assert (lsb < 0.02) == (bits >= 8)
    scale = membrane_scale(spec, np.dtype(np.float64), 4)
    assert scale.leak * step_lsb == spec.leak_lsb
