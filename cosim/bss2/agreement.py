"""What agreement means for BrainScaleS-2: spikes, CADC samples and counters bit for bit; the ideal model is a limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...behavioral.network.weights import NetworkWeights
from ..differences import codes_exactly, counters_exactly
from ..observation import Observation
from ..quantities import Difference
from ..spike_differences import spikes_exactly
from ..trials import PAIRED, Agreement, Subject
from .chip import Bss2Chip
from .digital import ALL_COUNTED

APART: Final = 4  # cycles between two events of uncongested input
SPIKE_LATENCY: Final = 5  # cycles from the end of the one in which a spike is found to the synapses of others


def exactly(one: Observation, two: Observation) -> list[Difference]:
    """Compare two levels with the digital path."""
    return [spikes_exactly(one, two), codes_exactly(one, two), counters_exactly(one, two)]


def without_limits(subject: Subject) -> Subject:
    """Return the subject in double precision on a perfect chip without noise and rounding, its limits out of reach."""
    assert isinstance(subject.chip, Bss2Chip)
    spec, far = subject.chip.spec, 1e6
    fields = {
        "leak_lsb": far, "reset_lsb": far + spec.reset_lsb - spec.leak_lsb, "threshold_lsb": far + spec.swing_lsb,
        "membrane_floor_lsb": 1.0, "membrane_ceiling_lsb": 10 * far, "synaptic_saturation": far,
    }  # fmt: skip
    chip = Bss2Chip(spec.with_fields(**fields), calibration="perfect", noise="off", quantized=False)
    weights = NetworkWeights(
        tuple(w.astype(np.float64) for w in subject.weights.forward),
        tuple(None if w is None else w.astype(np.float64) for w in subject.weights.recurrent),
    )
    return replace(subject, chip=chip, weights=weights)


AGREEMENT: Final = Agreement(exactly, SPIKE_LATENCY, APART, without_limits, PAIRED, ("late", "dropped"), ALL_COUNTED)
