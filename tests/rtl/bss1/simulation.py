"""Sessions of the path of a HICANN in MyHDL."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.rtl.bss1.ports import Ports, make_ports
from inloop.rtl.bss1.top import top
from inloop.rtl.convert.elaboration import simulate
from myhdl import StopSimulation, block, delay, instance

from tests.cocotb.bss2.session import Steps


def signal(ports: Ports, name: str) -> Any:
    """Return a port by its name in Verilog."""
    for bundle in ("s_axil", "s_axis", "m_axis"):
        if name.startswith(f"{bundle}_"):
            return getattr(getattr(ports, bundle), name.removeprefix(f"{bundle}_"))
    return getattr(ports, name)


def run(spec: Bss1Spec, steps: Steps) -> Any:
    """Play a session; return its result."""
    ports, results = make_ports(spec), []

    def host() -> Generator[Any, None, None]:
        answer: Any = None
        while True:
            try:
                drive, watch = steps.send(answer)
            except StopIteration as stop:
                results.append(stop.value)
                return
            for name, value in drive.items():
                signal(ports, name).next = value
            yield delay(1)
            answer = tuple(int(signal(ports, name)) for name in watch)
            ports.clock.next = 1
            yield delay(1)
            ports.clock.next = 0
            yield delay(1)

    @block
    def bench() -> Any:
        dut = top(**ports.connections(spec))

        @instance
        def drive() -> Any:
            yield from host()
            raise StopSimulation

        return dut, drive

    simulate(bench)
    return results[0]
