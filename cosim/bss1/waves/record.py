"""One sample of a level with the digital path as a recording: what is at the ends of the paths of all chips.

chip_K.link_in     a word that the host sends: valid, word
chip_K.link_out    a word that the host takes: valid, word
chip_K.fire        the comparators of all circuits, a bit for each
neuron_N.fire      the neuron in question, counted through the layers
"""

from __future__ import annotations

from ...observation import Level
from ...trials import Subject
from ...waves.recording import Recording, Row
from ..digital import OnChips
from ..inputs import link_words


def number_of(subject: Subject, kind: str, number: int) -> int:
    """Return the number of a neuron, counted through the layers, the outputs last."""
    return number + sum(subject.topology.hidden) if kind == "output" else number


def record(level: Level, subject: Subject, kind: str, number: int) -> Recording:
    """Run the one sample of a subject."""
    assert isinstance(level, OnChips)
    seen, spec = level.run(subject.spikes, subject.weights, subject.trials), level.spec
    rows: list[Row] = [{} for _ in range(level.cycles)]
    bits: dict[str, int] = {}
    words = link_words(level.placement, level.programs, seen.inputs, level.step_cycles)
    sent = words.sent(spec)
    for k in range(len(level.programs)):
        for side in ("in", "out"):
            bits |= {f"chip_{k}.link_{side}.valid": 1, f"chip_{k}.link_{side}.word": 32}
        bits[f"chip_{k}.fire"] = spec.circuits
        for cycle, word in sent[words.first[k, 0] : words.first[k, 1]].tolist():
            _enter(rows, cycle, {f"chip_{k}.link_in.valid": 1, f"chip_{k}.link_in.word": word})
    for _, k, cycle, word in seen.raw.words().tolist():
        _enter(rows, cycle, {f"chip_{k}.link_out.valid": 1, f"chip_{k}.link_out.word": word})
    own, where = f"neuron_{number_of(subject, kind, number)}.fire", _circuit(level, kind, number)
    bits[own] = 1
    for _, k, cycle, circuit in seen.raw.spikes().tolist():
        fired = int(rows[cycle].get(f"chip_{k}.fire", 0)) | 1 << circuit
        _enter(rows, cycle, {f"chip_{k}.fire": fired, **({own: 1} if (k, circuit) == where else {})})
    return Recording(level.fidelity.name, 1 / spec.clock_hz, bits, rows)


def _enter(rows: list[Row], cycle: int, values: Row) -> None:
    if 0 <= cycle < len(rows):
        rows[cycle] |= values


def _circuit(level: OnChips, kind: str, number: int) -> tuple[int, int]:
    """Return the chip and the circuit whose comparator a neuron uses."""
    sizes = level.topology.sizes[1:]
    layer, unit = (len(sizes) - 1, number) if kind == "output" else (0, number)
    while unit >= sizes[layer]:
        layer, unit = layer + 1, unit - sizes[layer]
    for k, program in enumerate(level.programs):
        at = (program.layer == layer) & (program.unit == unit)
        if at.any():
            return k, int(program.column[at][0])
    return -1, -1
