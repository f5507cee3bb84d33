"""Which neuron circuits of the chip each neuron of a network is made of.

Circuit n = hemisphere · columns + column. Circuits merge within a column, and across neighbouring columns: a neuron is
one circuit, or all circuits of one or more columns. Each circuit brings the synapse drivers of its hemisphere within
reach, so a neuron of c circuits has c times as many inputs as one circuit. It is compared, reset and read at its first
circuit.

Neurons take the columns in order, layer by layer, the readout last. Where the columns suffice, neurons of one circuit
lie in hemisphere 0, else in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.network.topology import Topology
from ...errors import ConfigError, DoesNotFitError

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """Neurons start:stop of a layer, made of circuits in the same places.

    column: first column of each. places: hemisphere of each circuit, and its column, counted from the first.
    """

    start: int
    stop: int
    column: Index
    places: tuple[tuple[int, int], ...]

    def circuits(self, spec: ChipSpec) -> Index:
        """Return the circuits of each neuron, (neurons, circuits), the first one first."""
        hemisphere, offset = np.array(self.places).T
        return np.asarray(hemisphere * spec.columns + self.column[:, None] + offset)


Blocks = tuple[Block, ...]


def take_circuits(topology: Topology, spec: ChipSpec) -> tuple[Blocks, ...]:
    """Return the blocks of each layer, the readout last. Raises `DoesNotFitError` if there are too few circuits."""
    runs = [_runs(topology, spec, layer) for layer in range(len(topology.hidden) + 1)]
    singles = sum(count for each in runs for count, circuits in each if circuits == 1)
    others = sum(count * -(-circuits // spec.hemispheres) for each in runs for count, circuits in each if circuits > 1)
    sides = 1 if singles + others <= spec.columns or spec.hemispheres == 1 else spec.hemispheres
    needed = others + -(-singles // sides)
    if needed > spec.columns:
        raise DoesNotFitError(_too_few(topology, spec, runs, needed))
    free = np.ones((spec.hemispheres, spec.columns), bool)
    told_first = sorted(range(len(runs)), key=lambda layer: topology.wiring[layer].columns is None)
    placed = {layer: _layer(topology, spec, layer, runs[layer], free, sides) for layer in told_first}
    return tuple(placed[layer] for layer in range(len(runs)))


def _too_few(topology: Topology, spec: ChipSpec, runs: list[list[tuple[int, int]]], needed: int) -> str:
    """Return what a network needs too much of: neurons, or columns for the inputs of some."""
    if topology.neurons > spec.columns and all(circuits != 1 for each in runs for _, circuits in each):
        return (
            f"network {topology} needs {topology.neurons} neurons, chip {spec.name!r} has {spec.columns} columns "
            f"for signed inputs; make the hidden layers {topology.neurons - spec.columns} neurons smaller"
        )
    widest = max(range(len(runs)), key=lambda layer: max((circuits for _, circuits in runs[layer]), default=0))
    inputs = -(-rows_needed(topology, widest, slice(None)) // 2)
    room = spec.drivers * spec.hemispheres
    more = f"remove {inputs - room} sources or use fewer neurons" if inputs > room else "use fewer neurons"
    return (
        f"network {topology} needs {needed} columns for {topology.neurons} neurons, chip {spec.name!r} has "
        f"{spec.columns}: layer {widest + 1} needs {inputs} signed inputs per neuron, a column has {room} synapse "
        f"drivers; {more}"
    )


def _runs(topology: Topology, spec: ChipSpec, layer: int) -> list[tuple[int, int]]:
    """Return runs of neurons of equally many circuits; where it is left open, as few columns as their inputs need."""
    wiring = topology.wiring[layer]
    given, out, start = wiring.circuits or ((topology.sizes[layer + 1], 0),), [], 0
    for count, circuits in given:
        if circuits == 0:
            needed = rows_needed(topology, layer, slice(start, start + count))
            columns = max(1, -(-needed // (spec.rows * spec.hemispheres)))
            circuits = columns * spec.hemispheres
        elif circuits != 1 and circuits % spec.hemispheres:
            raise ConfigError(
                f"layer {layer + 1} of network {topology}: {circuits} circuits of a neuron must be 1 or a multiple of "
                f"{spec.hemispheres}, those of a column of chip {spec.name!r}"
            )
        out.append((count, circuits))
        start += count
    return out


def rows_needed(topology: Topology, layer: int, neurons: slice) -> int:
    """Return the synapse rows that the inputs of the neuron with most of them take: two for a signed one, else one."""
    wiring, fan_in = topology.wiring[layer], topology.fan_in(layer)
    rows = np.full(fan_in, 2) if wiring.signs is None else np.where(np.array(wiring.signs) == 0, 2, 1)
    if wiring.mask is None:
        return int(rows.sum())
    return int((rows[:, None] * wiring.mask.array[:, neurons]).sum(axis=0).max(initial=0))


def _layer(
    topology: Topology, spec: ChipSpec, layer: int, runs: list[tuple[int, int]], free: NDArray[np.bool_], sides: int
) -> Blocks:
    blocks: list[Block] = []
    start, told = 0, topology.wiring[layer].columns
    for count, circuits in runs:
        if circuits == 1 and spec.hemispheres > 1:
            shares: list[int] = _sides(count, sides, free)
            all_places: list[tuple[tuple[int, int], ...]] = [((side, 0),) for side in range(sides)]
        else:
            shares, width = [count], max(1, circuits // spec.hemispheres)
            all_places = [tuple((side, offset) for offset in range(width) for side in range(spec.hemispheres))]
        for share, places in zip(shares, all_places, strict=True):
            if share:
                wanted = None if told is None else np.array(told[start : start + share])
                columns = _columns(share, places, free, wanted, f"layer {layer + 1} of network {topology}")
                blocks.append(Block(start, start + share, columns, places))
                start += share
    return tuple(blocks)


def _sides(count: int, sides: int, free: NDArray[np.bool_]) -> list[int]:
    """Share neurons of one circuit out among hemispheres: the first ones fill up the fuller sides last."""
    if sides == 1:
        return [count]
    room = free.sum(axis=1)
    first = int(np.clip((count + room[0] - room[1] + 1) // 2, 0, min(count, room[0])))
    return [first, count - first]


def _columns(
    count: int, places: tuple[tuple[int, int], ...], free: NDArray[np.bool_], wanted: Index | None, what: str
) -> Index:
    """Take the circuits of so many neurons, at the wanted columns or the first that are free; return their columns."""
    out = []
    width = max(offset for _, offset in places) + 1
    for n in range(count):
        told = -1 if wanted is None else int(wanted[n])
        candidates = range(free.shape[1] - width + 1) if told < 0 else [told]
        for column in candidates:
            at = [(side, column + offset) for side, offset in places]
            if 0 <= column <= free.shape[1] - width and all(free[place] for place in at):
                for place in at:
                    free[place] = False
                out.append(column)
                break
        else:
            if told >= 0:
                raise ConfigError(f"{what}: the circuits at column {told} are taken, or are not there")
            raise DoesNotFitError(f"{what} finds no {width} free columns side by side; place fewer neurons by hand")
    return np.array(out, np.int64)
