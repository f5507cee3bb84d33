"""The synapse array: what one driver pulse puts onto the synaptic lines of all neurons.

A pulse on driver d strobes its two rows, bottom 2 d and top 2 d + 1, each as excitatory, inhibitory, both or not at
all. In a strobed row the synapses whose label equals that of the pulse put their charge, weight · driver gain, times
amplitude / full amplitude, onto the excitatory or inhibitory line of their circuit. Equal synapses of a row, those
with one label, are kept as one vector over the columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...numerics.compiled import embedded
from ...numerics.vectors import add_scaled, padded
from ..die import Die
from ..spec import ChipSpec

Array = NDArray[Any]


class SynapseArray(NamedTuple):
    """Which vector of charges answers to a label in a row.

    vector: int64 (hemispheres · rows, labels), −1 where no synapse answers. row, select: of each vector, its row and
    (vectors, columns) the synapses that belong to it. drivers: per hemisphere.
    """

    vector: Any
    row: Any
    select: Any
    drivers: int


def synapse_array(spec: ChipSpec, labels: Array, programmed: Array) -> SynapseArray:
    """Sort the synapses by row and label.

    labels: (hemispheres, rows, columns). programmed: the same shape, 0 where a synapse never has a weight.
    """
    vector = np.full((spec.hemispheres * spec.rows, 1 << spec.synapse_label_bits), -1, np.int64)
    rows: list[int] = []
    selects: list[Array] = []
    used = programmed.reshape(-1, spec.columns) != 0
    for row, label in enumerate(labels.reshape(-1, spec.columns)):
        for value in np.unique(label[used[row]]):
            vector[row, value] = len(rows)
            rows.append(row)
            selects.append((label == value) & used[row])
    select = np.array(selects).reshape(-1, spec.columns)
    return SynapseArray(vector, np.array(rows, np.int64), select, spec.drivers)


def charges(spec: ChipSpec, die: Die, array: SynapseArray, weights: Array, dtype: np.dtype[Any]) -> Array:
    """Return the charge of each vector on each column, (vectors, lanes), for weights (hemispheres, rows, columns)."""
    gain = np.repeat(die.driver_gain.reshape(-1), 2) / spec.weight_lsb_per_unit
    out = np.zeros((len(array.row), padded(spec.columns)), dtype)
    flat = weights.reshape(-1, spec.columns)
    out[:, : spec.columns] = np.where(array.select, flat[array.row] * gain[array.row, None], 0)
    return out


@embedded
def strobe(array, charge, full_amplitude, driver, row_exc, row_inh, label, amplitude, lines):  # type: ignore[no-untyped-def]
    """Put the charge of one pulse onto lines (2 · hemispheres, lanes); row bits: 1 bottom, 2 top."""
    hemisphere = driver // array.drivers
    factor = charge.dtype.type(amplitude / full_amplitude)
    for side in range(2):
        vector = array.vector[2 * driver + side, label]
        if vector >= 0:
            if row_exc >> side & 1:
                add_scaled(lines[2 * hemisphere], factor, charge[vector])
            if row_inh >> side & 1:
                add_scaled(lines[2 * hemisphere + 1], factor, charge[vector])
