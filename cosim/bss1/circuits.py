"""What the circuits of a wafer make of the neurons and synapses placed on them, at every level.

The circuits of a neuron share their charge. Leak conductances and capacitances add up, so 1/τ_m is the mean over the
circuits and the leak potential the mean weighted by 1/τ_m; reversal potentials and synaptic time constants are taken
as means; comparator, reset and refractory time are those of the first circuit.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.neuron import Membranes, membranes
from .chip import Bss1Chip

Array = NDArray[np.float64]

MEANS: Final = ("tau_syn_exc_s", "tau_syn_inh_s", "reversal_exc_v", "reversal_inh_v")
FIRST: Final = ("reset_v", "threshold_v", "refractory_s")


def merged(wafer: Bss1Chip, chip: NDArray[Any], column: NDArray[Any], step_s: float) -> Membranes:
    """Return the neurons whose first columns on their chips are given, as constants of one step."""
    width = wafer.spec.neuron_columns
    parts: dict[str, list[float]] = {name: [] for name in ("tau_mem_s", "leak_v", *MEANS, *FIRST)}
    for number, first in zip(chip.tolist(), column.tolist(), strict=True):
        circuits, here = wafer.circuits(number), np.s_[:, first : first + width]
        leaks = 1 / circuits.tau_mem_s[here]
        values = {
            "tau_mem_s": 1 / leaks.mean(),
            "leak_v": (circuits.leak_v[here] * leaks).sum() / leaks.sum(),
            **{name: getattr(circuits, name)[here].mean() for name in MEANS},
            **{name: getattr(circuits, name)[0, first] for name in FIRST},
        }
        for name, value in values.items():
            parts[name].append(float(value))
    return membranes(step_s, **parts)


def synapse_gains(wafer: Bss1Chip, chip: int) -> Array:
    """Return what mismatch makes of each synapse of a chip, (sides, rows, columns): bottom rows are excitatory."""
    circuits = wafer.circuits(chip)
    gains = wafer.die(chip).synapse.copy()
    gains[:, 0::2] *= circuits.input_exc[:, None, :]
    gains[:, 1::2] *= circuits.input_inh[:, None, :]
    return gains
