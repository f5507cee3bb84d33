"""Level `rtl`: the MyHDL simulation of the bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from inloop.cosim import fidelity
from inloop.rtl.lib.bus_host import SETTLE, BusHost, Steps, running

from .digital import Bus, Ints, OnRing
from .hardware import make_ports, top


class Simulated(Bus):
    """The design in simulation. play: plays steps."""

    def __init__(self, sent: list[Ints], host: BusHost, play: Callable[[Steps], Any]) -> None:
        super().__init__(sent)
        self.host, self.play = host, play

    def reset(self) -> None:
        """See `Bus`."""
        self.host.ports.reset.next = 1
        self.play(self.host.edge())
        self.host.ports.reset.next = 0

    def edge(self, fires: list[int], offered: int) -> tuple[bool, int]:
        """See `Bus`."""
        return self.play(self._edge(fires, offered))  # type: ignore[no-any-return]

    def _edge(self, fires: list[int], offered: int) -> Steps:
        ports = self.host.ports
        ports.fire.next = sum(1 << n for n in fires)
        ports.in_valid.next, ports.in_address.next = offered >= 0, max(offered, 0)
        yield SETTLE
        taken = offered >= 0 and bool(ports.in_ready)
        yield
        return taken, int(ports.bus_address) if ports.bus_valid else -1

    def lost_fires(self) -> int:
        """See `Bus`."""
        return int(self.host.ports.lost)


class RtlLevel(OnRing):
    """The design itself."""

    fidelity = replace(fidelity.RTL, has_die=False, membranes=False)

    @contextmanager
    def bus(self, sent: list[Ints]) -> Iterator[Any]:
        """See `OnRing`."""
        host = BusHost(top, make_ports(self.spec), self.spec)
        with running([host]) as play:
            yield Simulated(sent, host, play)
