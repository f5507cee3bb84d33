"""The synapse array: what one driver pulse puts onto the synaptic lines of all neurons.

A pulse on driver d strobes its two rows, bottom 2 d and top 2 d + 1, each as excitatory, inhibitory, both or not at
all. In a strobed row the synapses whose label equals that of the pulse put their charge, weight · driver gain, times
amplitude / full amplitude, onto the excitatory or inhibitory line of their circuit. Equal synapses of a row, those
with one label, are kept as one vector over the lanes for each place that their circuits have in a neuron: lanes are
numbered as the first circuits of neurons.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...numerics.compiled import embedded
from ...numerics.vectors import add_scaled
from ..die import Die
from ..spec import ChipSpec

Array = NDArray[Any]


class SynapseArray(NamedTuple):
    """Which vectors of charges answer to a label in a row.

    begin, end: int64 (hemispheres · rows, labels), the vectors from begin to end. row, line: of each vector, its row
    and the excitatory line it feeds; the inhibitory one is next. lane: (vectors, columns), which lane a synapse of its
    row feeds, −1 where it does not belong to the vector.
    """

    begin: Any
    end: Any
    row: Any
    line: Any
    lane: Any


def synapse_array(spec: ChipSpec, labels: Array, programmed: Array, merged: tuple[Array, ...]) -> SynapseArray:
    """Sort the synapses by row and label, and by which circuit of a neuron they drive.

    labels: (hemispheres, rows, columns). programmed: the same shape, 0 where a synapse never has a weight. merged: per
    layer (neurons, circuits), the circuits of each neuron, −1 for none; the first one is its lane.
    """
    lane, place = np.full((2, spec.hemispheres * spec.columns), -1)
    for circuits in merged:
        neuron, number = np.nonzero(circuits >= 0)
        lane[circuits[neuron, number]], place[circuits[neuron, number]] = circuits[neuron, 0], number
    lane, place = (each.reshape(spec.hemispheres, spec.columns) for each in (lane, place))
    begin = np.zeros((spec.hemispheres * spec.rows, 1 << spec.synapse_label_bits), np.int64)
    end = np.zeros_like(begin)
    rows: list[int] = []
    lines: list[int] = []
    lanes: list[Array] = []
    used = programmed.reshape(-1, spec.columns) != 0
    for row, label in enumerate(labels.reshape(-1, spec.columns)):
        side = row // spec.rows
        for value in np.unique(label[used[row]]):
            hit = (label == value) & used[row]
            begin[row, value] = len(rows)
            for number in np.unique(place[side, hit]):
                rows.append(row)
                lines.append(2 * int(number))
                lanes.append(np.where(hit & (place[side] == number), lane[side], -1))
            end[row, value] = len(rows)
    index = np.int64
    return SynapseArray(
        begin, end, np.array(rows, index), np.array(lines, index), np.array(lanes, index).reshape(-1, spec.columns)
    )


def charges(
    spec: ChipSpec, die: Die, array: SynapseArray, weights: Array, dtype: np.dtype[Any], lanes: int
) -> Array:  # fmt: skip
    """Return the charge of each vector on each lane, (vectors, lanes), for weights (hemispheres, rows, columns)."""
    gain = np.repeat(die.driver_gain.reshape(-1), 2) / spec.weight_lsb_per_unit
    out = np.zeros((len(array.row), lanes + 1), dtype)  # the last one for places without a synapse
    flat = weights.reshape(-1, spec.columns)
    np.put_along_axis(out, array.lane, (flat[array.row] * gain[array.row, None]).astype(dtype), 1)
    return np.ascontiguousarray(out[:, :lanes])


@embedded
def strobe(array, charge, full_amplitude, driver, row_exc, row_inh, label, amplitude, lines):  # type: ignore[no-untyped-def]
    """Put the charge of one pulse onto lines (2 · circuits, lanes); row bits: 1 bottom, 2 top."""
    factor = charge.dtype.type(amplitude / full_amplitude)
    for side in range(2):
        row = 2 * driver + side
        for vector in range(array.begin[row, label], array.end[row, label]):
            line = array.line[vector]
            if row_exc >> side & 1:
                add_scaled(lines[line], factor, charge[vector])
            if row_inh >> side & 1:
                add_scaled(lines[line + 1], factor, charge[vector])
