"""One block in MyHDL simulation under a script, cycle by cycle."""

from __future__ import annotations

from collections.abc import Callable, Generator
from inspect import signature
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


def play(kind: Any, connections: dict[str, Any], script: Script) -> None:
    """Run `script`, which yields once per cycle, on a block with a clock and what else it is connected to.

    What the script sets before a yield is seen by the clock edge there; what it reads after shows the next cycle.
    """
    clock = bit()

    @block
    def bench() -> Any:
        dut = kind(**({"clock": clock} if "clock" in signature(kind.func).parameters else {}), **connections)

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
