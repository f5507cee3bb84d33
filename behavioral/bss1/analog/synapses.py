"""The synapse array of one HICANN: what a driver's strobe puts onto which neuron.

Row 2 · driver of a side is the driver's bottom row, the next one its top row. A synapse takes a strobe of its row and
of the parity of its column if its decoder holds the low bits of the event's address; it then puts

    weight · strength of the row · gain · code_rate_hz / circuits per neuron

onto the conductance of its neuron, in 1/s: code_rate_hz is stated for the weakest strength, one circuit. Bottom rows
are excitatory, top rows inhibitory [choice of the placement; on the chip each row can be either].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...numerics.compiled import embedded
from ...numerics.simd import load, store
from ...numerics.vectors import NARROW, padded
from ..fabric.config import DECODERS
from ..spec import Bss1Spec
from .neuron import DTYPE

Array = NDArray[Any]
STROBES: Final = len(DECODERS)


@dataclass(frozen=True, eq=False)
class SynapseArray:
    """What is written into the array. weight, decoder: codes (sides, 2 · drivers, columns). strength: (sides, 2 ·
    drivers), V_gmax over divider of each row.
    """

    weight: NDArray[np.int64]
    decoder: NDArray[np.int64]
    strength: NDArray[np.float64]


class Synapses(NamedTuple):
    """The array in compiled form. place: int64 (drivers, strobes, decoder codes), the row of `jumps` that a strobe
    with this address adds, −1 if it meets no synapse. jumps: (rows, lanes), conductances per step.
    """

    place: Any
    jumps: Any


def code_conductance(spec: Bss1Spec, strength: Any) -> Any:
    """Return what code 1 in a row of this strength puts onto a merged neuron, in 1/s."""
    weakest = spec.floating_gate_max / spec.gmax_div_max  # where `code_rate_hz` is stated
    return spec.code_rate_hz * strength / weakest / spec.circuits_per_neuron


def synapses(spec: Bss1Spec, array: SynapseArray, gain: Array, lane: Array, step_s: float) -> Synapses:
    """Compile an array. gain: of each synapse, like `weight`. lane: (columns), the neuron of a column, −1 for none."""
    side, row, column = np.nonzero((array.weight > 0) & (lane >= 0))
    driver, top = side * spec.drivers + row // 2, row % 2
    codes = 1 << spec.synapse_decoder_bits
    key = ((driver * STROBES) + 2 * top + column % 2) * codes + array.decoder[side, row, column]
    used, number = np.unique(key, return_inverse=True)
    place = np.full(spec.sides * spec.drivers * STROBES * codes, -1, np.int64)
    place[used] = np.arange(len(used))
    jump = code_conductance(spec, array.strength[side, row]) * step_s * array.weight[side, row, column]
    jumps = np.zeros((len(used), padded(int(lane.max(initial=0)) + 1, NARROW)))
    np.add.at(jumps, (number, lane[column]), jump * gain[side, row, column])
    return Synapses(place.reshape(-1, STROBES, codes), jumps.astype(DTYPE))


@embedded
def strobe(synapses, state, driver, strobes, address):  # type: ignore[no-untyped-def]
    """Let the strobes of a driver act. state: (4, N) as in `membrane.advance`."""
    lanes = state.shape[1]
    for kind in range(STROBES):
        if strobes >> kind & 1:
            row = synapses.place[driver, kind, address]
            if row >= 0:
                conductance = (1 + kind // 2) * lanes
                for n in range(0, lanes, NARROW):
                    at = conductance + n
                    store(state, at, load(state, at, NARROW) + load(synapses.jumps, row * lanes + n, NARROW))
