"""Level `rtl`: the analog core in lock-step with the MyHDL simulation of the design. For a handful of samples."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.analog.core import AnalogConstants, analog_state, begin, finish, move, pulse, sample, settle
from ...behavioral.bss2.fabric.wiring import quiet_cycles
from ...behavioral.bss2.lockstep import WORD_SUM
from ...rtl.bss2.driver import Driver
from ...rtl.bss2.register_map import control_write, register_map
from ...rtl.lib.bus_host import EFFECT
from .digital import SENT, Array, LinkEvents, Measured, OnChip


class RtlLevel(OnChip):
    """The design itself. One simulation runs all samples of a batch, one after the other."""

    fidelity = "rtl"

    def simulate(
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Measured
    ) -> dict[str, int]:
        """See `OnChip.simulate`."""
        state, words = analog_state(analog), link.words
        counters = dict.fromkeys((*self.counted, *SENT), 0)

        def script(host: Driver) -> Generator[Any, None, None]:
            yield from host.configure(self.program.fabric)
            for b in range(len(active)):
                begin(analog, state, active[b], trials[b])
                parts = pairwise(link.first[b].tolist())
                stream = _Streams(host, [deque(words[first:stop].tolist()) for first, stop in parts], counters)
                yield from self._sample(host, stream, analog, state, seen, b)
                yield from self._finish(host, stream, max(int(link.last[b]) + 1 - self.cycles, 0), counters)

        Driver(self.spec).play(script)
        return counters

    def _sample(
        self, host: Driver, stream: _Streams, analog: Any, state: Any, seen: Measured, b: int
    ) -> Generator[Any, None, None]:
        """Run one sample from clear to its last cycle."""
        ports = host.ports
        yield from host.write(*control_write(self.spec, clear=True))
        for _ in range(self.spec.link_in_depth + 2):
            yield from stream.edge()
        host.offer(*control_write(self.spec, run=True))
        yield from stream.edge()
        host.withdraw()
        for _ in range(EFFECT - 1):
            yield from stream.edge()
        spikes, number = 0, 0
        for cycle in range(self.cycles):
            for row in host.pulses():
                pulse(analog, state, *row)
            settle(analog, state)
            move(analog, state, cycle, self._bits(ports.clamp), self._bits(ports.refractory))
            fired = sum(int(word) << 64 * w for w, word in enumerate(state.fired))
            for lane in (n for n in range(self.spec.columns) if fired >> n & 1):
                seen.spike_cycle[b, spikes], seen.spike_lane[b, spikes] = cycle, lane
                spikes += 1
            ports.fire.next = fired
            self.look(host, stream.handed_over(), state)
            yield from stream.edge()
            if ports.cadc_trigger:
                sample(analog, state, number, seen.records[b, number])
                number += 1
        finish(analog, state, seen.records[b])
        seen.spike_count[b] = spikes
        ports.fire.next = 0

    def _finish(
        self, host: Driver, stream: _Streams, left: int, counters: dict[str, int]
    ) -> Generator[Any, None, None]:
        """Let everything arrive, `left` cycles until the links from the host are empty, and read the counters."""
        for _ in range(left):
            yield from stream.edge()
        idle, quiet = 0, quiet_cycles(self.spec)
        while idle < quiet:
            idle = 0 if stream.busy() else idle + 1
            yield from stream.edge()
        for name, bank in self.counted.items():
            for n in range(register_map(self.spec).bank(bank).count):
                value, _ = yield from host.read(register_map(self.spec).address(bank, n))
                counters[name] += value

    def look(self, host: Driver, words: list[int | None], state: Any) -> None:
        """Do nothing; whoever wants to see a cycle before its clock edge overrides this.

        words: what the host hands over to each link in this cycle.
        """

    def _bits(self, port: Any) -> NDArray[np.uint64]:
        """Return the neurons of hemisphere 0, 64 per word."""
        value = int(port) & ((1 << self.spec.columns) - 1)
        return np.array([value >> 64 * w & 0xFFFFFFFFFFFFFFFF for w in range(self.lanes // 64)], np.uint64)


class _Streams:
    """The host's side of the links: it offers its words as early as the FIFOs take them, and always listens."""

    def __init__(self, host: Driver, queues: list[deque[int]], counters: dict[str, int]) -> None:
        self.host, self.queues, self.counters = host, queues, counters

    def busy(self) -> bool:
        """Return whether words wait on either side."""
        return any(self.queues) or any(self.host.ports.m_axis[k].tvalid for k in range(len(self.queues)))

    def handed_over(self) -> list[int | None]:
        """Return the word that each link takes in this cycle."""
        streams = self.host.ports.s_axis
        return [queue[0] if queue and streams[k].tready else None for k, queue in enumerate(self.queues)]

    def edge(self) -> Generator[Any, None, None]:
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
