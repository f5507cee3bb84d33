"""Level `rtl`: the analog core in lock-step with the MyHDL simulation of the design. For a handful of samples.

One simulation runs all samples of a batch, one after the other. The host offers its words as early as the FIFOs take
them, and always listens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral import lockstep
from ...behavioral.bss2.analog.core import AnalogConstants, core, nothing_held
from ...behavioral.bss2.fabric.wiring import neurons, quiet_cycles
from ...behavioral.bss2.twin import WORD_SUM
from ...behavioral.lockstep import Chip, Seen, step_lockstep
from ...behavioral.numerics.vectors import LANES, padded
from ...rtl.bss2.driver import Driver
from ...rtl.bss2.register_map import control_write, register_map
from ...rtl.lib.bus_host import EFFECT, Steps, running
from ..fidelity import RTL
from .digital import SENT, Array, LinkEvents, OnChip


class RtlLevel(OnChip):
    """The design itself."""

    fidelity = RTL

    def simulate(
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Seen
    ) -> dict[str, int]:
        """See `OnChip.simulate`."""
        with self.simulated(link) as fabric:
            chips = (Chip(fabric, core(analog, active, trials)),)
            failed = step_lockstep(range(len(active)), self.run_of, chips, seen)
        assert failed < 0, f"the design lost step with the analog core in sample {failed}"
        return fabric.counters

    @contextmanager
    def simulated(self, link: LinkEvents) -> Iterator[Simulated]:
        """Simulate the design, configured, with these inputs."""
        host = Driver(self.spec)
        with running([host]) as play:
            play(host.configure(self.program.fabric))
            yield Simulated(host, play, link, self.cycles, self.counted)


class Simulated:
    """The design in simulation as what runs in lock-step. counters: by name, see `OnChip`, so far."""

    def __init__(
        self, host: Driver, play: Callable[[Steps], Any], link: LinkEvents, cycles: int, counted: Mapping[str, str]
    ) -> None:
        self.host, self.play, self.link, self.cycles, self.counted = host, play, link, cycles, counted
        self.words, self.queues = link.words, [deque[int]() for _ in range(host.spec.link_channels)]
        self.counters = dict.fromkeys((*counted, *SENT), 0)
        self.pulses: NDArray[np.int64] = np.empty((0, 5), np.int64)
        self.held = nothing_held(padded(neurons(host.spec)))

    def handed_over(self) -> list[int | None]:
        """Return the word that each link takes in this cycle."""
        streams = self.host.ports.s_axis
        return [queue[0] if queue and streams[k].tready else None for k, queue in enumerate(self.queues)]

    def edge(self) -> Steps:
        """Let one cycle pass."""
        ports, taken = self.host.ports, self.handed_over()
        for k, queue in enumerate(self.queues):
            stream = ports.s_axis[k]
            stream.tvalid.next = bool(queue)
            if queue:
                stream.tdata.next = queue[0]
            ports.m_axis[k].tready.next = 1
            if ports.m_axis[k].tvalid:
                self.counters["sent"] += 1
                self.counters["sent_words"] = self.counters["sent_words"] + int(ports.m_axis[k].tdata) & WORD_SUM
        yield from self.host.edge()
        for queue, gone in zip(self.queues, taken, strict=True):
            if gone is not None:
                queue.popleft()

    def begin(self, sample: int) -> Steps:
        """Clear the state, let the FIFOs fill, and go to cycle 0."""
        spec, first = self.host.spec, self.link.first[sample].tolist()
        yield from self.host.write(*control_write(spec, clear=True))
        self.queues = [deque(self.words[a:b].tolist()) for a, b in pairwise(first)]
        for _ in range(spec.link_in_depth + 2):
            yield from self.edge()
        self.host.offer(*control_write(spec, run=True))
        yield from self.edge()
        self.host.withdraw()
        for _ in range(EFFECT - 1):
            yield from self.edge()

    def end(self, sample: int) -> Steps:
        """Let everything arrive, first until the links from the host are empty, and read the counters."""
        spec, streams = self.host.spec, self.host.ports.m_axis
        self.host.ports.fire.next = 0
        for _ in range(int(self.link.last[sample]) + 1 - self.cycles):
            yield from self.edge()
        idle, quiet = 0, quiet_cycles(spec)
        while idle < quiet:
            waiting = any(self.queues) or any(streams[k].tvalid for k in range(spec.link_channels))
            idle = 0 if waiting else idle + 1
            yield from self.edge()
        registers = register_map(spec)
        for name, bank in self.counted.items():
            for n in range(registers.bank(bank).count):
                value, _ = yield from self.host.read(registers.address(bank, n))
                self.counters[name] += value


@lockstep.clear.of(Simulated)
def _clear(fabric: Simulated, sample: int) -> bool:
    fabric.play(fabric.begin(sample))
    return int(fabric.host.ports.system_time) == 0


@lockstep.show.of(Simulated)
def _show(fabric: Simulated, cycle: int) -> int:  # noqa: ARG001
    ports = fabric.host.ports
    fabric.pulses = np.array(fabric.host.pulses(), np.int64).reshape(-1, 5)
    for bits, port in zip(fabric.held, (ports.clamp, ports.refractory), strict=True):
        bits[:] = _words(port, len(bits))
    return len(fabric.pulses)


@lockstep.edge.of(Simulated)
def _edge(fabric: Simulated, cycle: int, fires: NDArray[np.int32], count: int) -> bool:  # noqa: ARG001
    fabric.host.ports.fire.next = sum(1 << n for n in fires[:count].tolist())
    fabric.play(fabric.edge())
    return True


@lockstep.triggered.of(Simulated)
def _triggered(fabric: Simulated, cycle: int) -> bool:  # noqa: ARG001
    return bool(fabric.host.ports.cadc_trigger)


@lockstep.drain.of(Simulated)
def _drain(fabric: Simulated, sample: int) -> bool:
    fabric.play(fabric.end(sample))
    return True


def _words(port: Any, count: int) -> NDArray[np.uint64]:
    """Return the bits of a port in words."""
    value = int(port)
    return np.array([value >> LANES * w & ((1 << LANES) - 1) for w in range(count)], np.uint64)
