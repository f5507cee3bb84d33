"""A host at the AXI4-Lite registers of a design in MyHDL, and the simulation of one design or several."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from myhdl import block, delay, instance

from ..convert.elaboration import simulation

EFFECT = 3
"""Cycles from the handshake of a write to its effect, if the register file is idle."""

Steps = Generator[Any, None, Any]
SETTLE: Final = "settle"
"""What steps yield to see the logic behind what they set, in the middle of a cycle."""


class BusHost:
    """A host. Methods are generators, one `yield` per cycle: `yield from host.write(…)` inside a script.

    top, spec: what is behind the ports. dut: it, once it is described.
    """

    def __init__(self, top: Any, ports: Any, spec: Any) -> None:
        self.top, self.ports, self.spec = top, ports, spec
        self.dut: Any = None

    def edge(self) -> Steps:
        """Let one cycle pass; what was set before is seen at its end, what is read after belongs to the next cycle."""
        yield

    def offer(self, address: int, value: int, strobe: int = 15) -> None:
        """Offer a write on the idle bus; after the next edge, `withdraw` it."""
        a = self.ports.s_axil
        a.awaddr.next, a.awvalid.next, a.wdata.next, a.wstrb.next, a.wvalid.next = address, 1, value, strobe, 1
        a.bready.next = 1

    def withdraw(self) -> None:
        """End the offer of a write."""
        self.ports.s_axil.awvalid.next = self.ports.s_axil.wvalid.next = 0

    def write(self, address: int, value: int, strobe: int = 15) -> Steps:
        """Write a register; the response is the result. The bus is idle again when this returns."""
        a = self.ports.s_axil
        self.offer(address, value, strobe)
        yield from self.edge()
        self.withdraw()
        while not a.bvalid:
            yield from self.edge()
        response = int(a.bresp)
        yield from self.edge()
        return response

    def read(self, address: int) -> Steps:
        """Read a register; value and response are the result."""
        a = self.ports.s_axil
        a.araddr.next, a.arvalid.next, a.rready.next = address, 1, 1
        yield from self.edge()
        a.arvalid.next = 0
        while not a.rvalid:
            yield from self.edge()
        result = int(a.rdata), int(a.rresp)
        yield from self.edge()
        return result


@contextmanager
def running(hosts: Sequence[BusHost]) -> Iterator[Callable[[Steps], Any]]:
    """Simulate designs that share one clock, from behind their reset; gives a function that plays steps.

    Each `yield` of the steps is one cycle, `yield SETTLE` none: logic sees what was set. What they return is returned.
    """
    clock = hosts[0].ports.clock

    @block
    def bench() -> Any:
        for host in hosts:  # a block has to be called in the block that it is part of
            host.dut = host.top(**host.ports.connections(host.spec))

        @instance
        def go_on() -> Any:
            while True:  # a simulation ends when nothing is to come
                yield delay(1 << 40)

        return [host.dut for host in hosts], go_on

    with simulation(bench) as pass_time:
        pass_time(1)  # what is set before a simulation begins is lost

        def play_steps(steps: Steps) -> Any:
            while True:
                try:
                    wanted = next(steps)
                except StopIteration as end:
                    return end.value
                pass_time(1)
                if wanted is not SETTLE:
                    for level in (1, 0):
                        clock.next = level
                        pass_time(1)

        play_steps(_reset(hosts))
        yield play_steps


def _reset(hosts: Sequence[BusHost]) -> Steps:
    for value, cycles in ((1, 3), (0, 1)):
        for host in hosts:
            host.ports.reset.next = value
        for _ in range(cycles):
            yield


def play(hosts: Sequence[BusHost], script: Callable[[], Steps]) -> None:
    """Run a script from reset to its end, on designs that share one clock."""
    with running(hosts) as play_steps:
        play_steps(script())
