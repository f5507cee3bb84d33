"""A fabric of BrainScaleS-2 behind a C interface in lock-step (`behavioral/lockstep.py`): level `verilog`.

Pulses, clamps, refractory bits and the trigger of the CADC are ports of the design.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from .. import lockstep
from ..numerics.compiled import borrowing
from ..numerics.foreign import Functions, call
from .analog.core import Held

TRIGGER: Final = 1 << 32
"""What the design adds to the number of pulses in a cycle in which it triggers the CADC."""


class Words(NamedTuple):
    """Input of a batch. first: int64 (samples, links + 1), the words of a sample and link in `words`.

    last: int64 (samples), cycle in which the last word leaves its link. depth: of the FIFOs, which fill before a run.
    """

    first: Any
    words: Any
    last: Any
    depth: int


class Control(NamedTuple):
    """Address of the control register, and the values that clear the state and let time run."""

    address: int
    clear: int
    run: int


class Rest(NamedTuple):
    """How long a fabric is given to come to rest.

    cycles: of a sample. quiet: cycles without an event at a link after which nothing is under way, see
    `wiring.quiet_cycles`. most: cycles after which it never will.
    """

    cycles: int
    quiet: int
    most: int


class Foreign(NamedTuple):
    """A design, named by its handle. pulses: int64 (drivers, 5). shown: int64 (2), pulses of the next cycle, trigger.

    registers: byte addresses of the counters to read when the path has drained. counts: (samples, registers). sent:
    (samples, 2), words to the host and their sum modulo 2^32.
    """

    functions: Functions
    handle: int
    control: Control
    link: Words
    rest: Rest
    pulses: Any
    held: Held
    shown: Any
    registers: Any
    counts: Any
    sent: Any


@lockstep.clear.of(Foreign, borrowing)
def _clear(fabric, sample):  # type: ignore[no-untyped-def]
    """Fails if the time of the design does not start at 0."""
    fabric.held.clamped[:] = 0
    fabric.held.refractory[:] = 0
    fabric.shown[:] = 0
    control, link = fabric.control, fabric.link
    given = (control.address, control.clear, control.run, link.words.ctypes.data, link.first[sample].ctypes.data)
    return call(fabric.functions.begin, (fabric.handle, *given, link.depth)) == 0


@lockstep.show.of(Foreign)
def _show(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return fabric.shown[0]


@lockstep.edge.of(Foreign)
def _edge(fabric, cycle, fires, count):  # type: ignore[no-untyped-def]  # noqa: ARG001
    held = fabric.held
    pointers = (fabric.pulses.ctypes.data, held.clamped.ctypes.data, held.refractory.ctypes.data)
    seen = call(fabric.functions.cycle, (fabric.handle, fires.ctypes.data, count, *pointers))
    fabric.shown[0], fabric.shown[1] = seen % TRIGGER, seen // TRIGGER
    return True


@lockstep.triggered.of(Foreign)
def _triggered(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return fabric.shown[1] != 0


@lockstep.drain.of(Foreign, borrowing)
def _drain(fabric, sample):  # type: ignore[no-untyped-def]
    """Fails if the links never come to rest."""
    rest, registers = fabric.rest, fabric.registers
    left = max(fabric.link.last[sample] + 1 - rest.cycles, 0)
    if not call(fabric.functions.drain, (fabric.handle, left, rest.quiet, rest.most, fabric.sent[sample].ctypes.data)):
        return False
    call(
        fabric.functions.read,
        (fabric.handle, registers.ctypes.data, registers.size, fabric.counts[sample].ctypes.data),
    )
    return True
