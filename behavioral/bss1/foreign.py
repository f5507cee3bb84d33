"""Digital paths of BrainScaleS-1 behind a C interface in lock-step (`behavioral/lockstep.py`): level `verilog`.

An event at the end of a line of one chip enters another one `hop` cycles later.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from .. import lockstep
from ..numerics.compiled import borrowing
from ..numerics.foreign import Functions, call
from .fabric.stimulus import Times

LINES: Final = 1 << 32
"""What counts an event at the end of a line in the result of a cycle; a pulse counts 1."""


class Words(NamedTuple):
    """Input of a batch. first: int64 (samples + 1), the words of a sample in `rows` (arrival, word).

    lead: cycles before the run in which words may arrive.
    """

    first: Any
    rows: Any
    lead: int


class Control(NamedTuple):
    """Address of the control register, and the values that clear the state, let time run and stop it."""

    address: int
    clear: int
    run: int
    stop: int


class Lines(NamedTuple):
    """Events at the ends of the lines of a chip: rows of cycle, line, address, so far count[0]."""

    rows: Any
    count: Any


class Heard(NamedTuple):
    """What a chip hears. lines: of the chips, itself first. hop: cycles on the way.

    line: int64 (chips, lines), on which of its own lines it hears theirs, −1 for none. heads: int64 (chips), of each
    the first event that has not arrived. rows: int64 (lines, 2), line and address of what enters in a cycle.
    """

    lines: tuple[Lines, ...]
    line: Any
    heads: Any
    rows: Any
    hop: int


class Out(NamedTuple):
    """What the host gets. word_count: (samples). words: (samples, room, 2), cycle and word."""

    word_count: Any
    words: Any


class Foreign(NamedTuple):
    """A design, named by its handle. pulses: int64 (drivers, 3); shown: int64 (1), how many the next cycle has.

    registers: byte addresses of the counters to read when the path has drained; counts: (samples, registers).
    """

    functions: Functions
    handle: int
    control: Control
    link: Words
    heard: Heard
    pulses: Any
    held: tuple[()]
    shown: Any
    times: Times
    registers: Any
    counts: Any
    out: Out


@lockstep.clear.of(Foreign, borrowing)
def _clear(fabric, sample):  # type: ignore[no-untyped-def]
    """Fails if the time of the design does not start at 0."""
    fabric.heard.heads[:] = 0
    fabric.heard.lines[0].count[0] = fabric.shown[0] = 0
    link = fabric.link
    start, given = link.first[sample], link.first[sample + 1] - link.first[sample]
    pointer = link.rows.ctypes.data + start * 2 * link.rows.itemsize
    control = fabric.control
    values = (control.address, control.clear, control.run, control.stop)
    return call(fabric.functions.begin, (fabric.handle, *values, pointer, given, link.lead, fabric.times.cycles)) == 0


@lockstep.show.of(Foreign)
def _show(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return fabric.shown[0]


@lockstep.edge.of(Foreign)
def _edge(fabric, cycle, fires, count):  # type: ignore[no-untyped-def]
    heard, own = fabric.heard, fabric.heard.lines[0]
    several = len(heard.lines) > 1
    entering = _enter(heard, cycle) if several else 0
    ends = own.rows.ctypes.data + own.count[0] * own.rows.shape[1] * own.rows.itemsize
    given = (fires.ctypes.data, count, heard.rows.ctypes.data, entering, fabric.pulses.ctypes.data, ends)
    seen = call(fabric.functions.cycle, (fabric.handle, *given))
    fabric.shown[0] = seen % LINES
    if several:
        own.count[0] += seen // LINES
    return True


@borrowing
def _enter(heard, cycle):  # type: ignore[no-untyped-def]
    """Write the events of other chips that enter in this cycle to `heard.rows`; return how many."""
    count = 0
    for s in range(1, len(heard.lines)):
        source = heard.lines[s]
        while heard.heads[s] < source.count[0] and source.rows[heard.heads[s], 0] + heard.hop <= cycle:
            line = heard.line[s, source.rows[heard.heads[s], 1]]
            if line >= 0:
                heard.rows[count, 0], heard.rows[count, 1] = line, source.rows[heard.heads[s], 2]
                count += 1
            heard.heads[s] += 1
    return count


@lockstep.triggered.of(Foreign)
def _triggered(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return False


@lockstep.drain.of(Foreign, borrowing)
def _drain(fabric, sample):  # type: ignore[no-untyped-def]
    """Fails if there are more words than there is room for."""
    words, registers = fabric.out.words[sample], fabric.registers
    number = call(fabric.functions.drain, (fabric.handle, fabric.times.drain, words.ctypes.data, words.shape[0]))
    if number < 0:
        return False
    fabric.out.word_count[sample] = number
    given = (registers.ctypes.data, registers.size, fabric.counts[sample].ctypes.data)
    call(fabric.functions.read, (fabric.handle, *given))
    return True
