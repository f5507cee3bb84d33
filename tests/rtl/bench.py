"""One block in MyHDL simulation under a script, cycle by cycle."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from inloop.rtl.convert.elaboration import simulate
from myhdl import Signal, StopSimulation, block, delay, instance, intbv, modbv

Script = Callable[[], Generator[Any, None, None]]


def bit() -> Any:
    return Signal(False)


def vector(bits: int) -> Any:
    return Signal(intbv(0)[bits:])


def wrapping(bits: int) -> Any:
    return Signal(modbv(0)[bits:])


def play(kind: Any, arguments: tuple[Any, ...], script: Script) -> None:
    """Run `script`, which yields once per cycle, on a block whose first argument is the clock.

    What the script sets before a yield is seen by the clock edge there; what it reads after shows the next cycle.
    """
    clock = arguments[0]

    @block
    def bench() -> Any:
        dut = kind(*arguments)

        @instance
        def drive() -> Any:
            for _ in script():
                yield delay(1)
                clock.next = 1
                yield delay(1)
                clock.next = 0
                yield delay(1)
            raise StopSimulation

        return dut, drive

    simulate(bench)
