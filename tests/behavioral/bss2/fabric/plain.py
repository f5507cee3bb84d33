"""The digital spike path stepped through in each cycle, register by register, straight from docs/spike-path.md.

Slow and plain; the twin is compared with it on random designs and configurations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from inloop.behavioral.bss2.fabric import counters, wiring
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.stimulus import Stimulus
from inloop.behavioral.bss2.spec import ChipSpec

AT_REST = 255  # of the refractory counter
DRAWN_BITS = 8  # of a generator: compared with the rate; as many more replace label bits


class Plain:
    """State and records of one run."""

    def __init__(self, spec: ChipSpec, config: FabricConfig, given: Stimulus, fires: Iterable[Iterable[int]]) -> None:
        self.spec, self.config, self.given = spec, config, given
        self.fires: dict[int, list[int]] = {}
        for cycle, neuron in fires:
            self.fires.setdefault(int(cycle), []).append(int(neuron))
        self.nodes = wiring.crossbar_nodes(spec)
        outputs, buses = wiring.crossbar_outputs(spec), wiring.buses(spec)
        self.waiting = [deque(np.flatnonzero(given.channel == k)) for k in range(spec.link_channels)]
        self.link_in: list[deque[int]] = [deque() for _ in range(spec.link_channels)]
        self.input: list[int | None] = [None] * wiring.crossbar_inputs(spec)
        self.node: list[int | None] = [None] * len(self.nodes)
        self.pointer = [0] * outputs
        self.last_grant = [-100] * outputs
        self.output: list[int | None] = [None] * outputs
        self.bus: list[int | None] = [None] * buses
        self.link_out: list[deque[tuple[int, int]]] = [deque() for _ in range(spec.link_channels)]
        self.stp = [0] * len(config.drivers.stp)
        count = wiring.neurons(spec)
        self.counter, self.clamp, self.pending = [AT_REST] * count, [0] * count, [False] * count
        self.turn = [0] * spec.event_outputs
        self.lfsr = [int(s) or 1 for s in config.background.state]
        self.period = [int(p) for p in config.background.period]
        self.cadc = 0
        self.pulses: list[tuple[int, ...]] = []
        self.sent: list[tuple[int, ...]] = []
        self.spikes: list[tuple[int, int]] = []
        self.clamp_edges: list[tuple[int, int, int]] = []
        self.triggers: list[int] = []
        self.accepted, self.released = {}, {}
        self.late = [0] * spec.link_channels
        self.drops = [0] * len(self.input)
        self.events = [0] * outputs
        self.lost = [0] * spec.event_outputs
        self.spike_count, self.spike_overflow = [0] * count, [False] * count

    def run(self, cycles: int) -> Plain:
        for c in range(min([0, *self.given.offered.tolist()]), cycles):
            self.edge(c, c >= 0, max(c, 0))
        return self

    def edge(self, c: int, run: bool, time: int) -> None:
        self.drivers(c, run, time)
        buses = self.buses(c)
        room = [len(fifo) for fifo in self.link_out]
        self.links_out(c, time)
        outputs, granted = self.grants(c, room)
        self.take(granted)
        self.bus, self.output = buses, outputs
        self.input = [*self.backend(c, run, time), *self.links_in(c, run, time), *self.background(run)]
        if run and self.config.cadc.enable[0]:
            self.cadc += 1
            if self.cadc >= self.config.cadc.period[0]:
                self.cadc = 0
                self.triggers.append(c + 1)

    def drivers(self, c: int, run: bool, time: int) -> None:
        s, d, r = self.spec, self.config.drivers, self.config.recovery
        top_label, amplitude_max = 1 << s.synapse_label_bits - 1, (1 << s.amplitude_bits) - 1
        for n in range(len(d.receiver)):
            h, local = divmod(n, s.drivers)
            bus, index = wiring.driver_bus(s, local)
            scale = (1 << int(r.recovery_scale[h])) - 1
            if run and r.recovery_enable[h] and time & scale == scale:
                self.stp[n] -= self.stp[n] * (int(d.recovery[n]) + 1) >> 8
            event = self.bus[h * s.padi_buses + bus]
            if event is None or not d.receiver[n]:
                continue
            select = event >> s.synapse_label_bits & (1 << s.row_select_bits) - 1
            if (select ^ index) & d.compare_mask[n]:
                continue
            amplitude = amplitude_max
            if d.stp[n]:
                self.stp[n] += ((1 << s.stp_state_bits) - 1 - self.stp[n]) * int(d.utilization[n]) >> 4
                level = self.stp[n] >> s.stp_state_bits - s.amplitude_bits
                level = amplitude_max - level if d.depressing[n] else level
                amplitude = min(max(level + int(d.offset[n]) - 8, 0), amplitude_max)
            label = event & (2 * top_label - 1 if d.address_out[n] else top_label)
            exc, inh = d.exc_bottom[n] + 2 * d.exc_top[n], d.inh_bottom[n] + 2 * d.inh_top[n]
            self.pulses.append((c + 1, n, int(exc), int(inh), label, amplitude))

    def buses(self, c: int) -> list[int | None]:
        g = self.given
        following: list[int | None] = []
        for bus, spl1 in enumerate(self.config.buses.enable_spl1):
            h, local = divmod(bus, self.spec.padi_buses)
            event = self.output[bus] if spl1 else None
            for e in np.flatnonzero((g.software_cycle == c) & (g.hemisphere == h)):
                if not spl1 and g.fire_bus[e] >> local & 1:
                    event = int(g.row_select[e]) << self.spec.synapse_label_bits | int(g.synapse_label[e])
            following.append(event)
        return following

    def links_out(self, c: int, time: int) -> None:
        for k, fifo in enumerate(self.link_out):
            ready = self.given.ready[k, c % self.given.ready.shape[1]]
            if fifo and ready:
                self.sent.append((k, *fifo.popleft(), c))
            event = self.output[len(self.bus) + k]
            if event is not None:
                fifo.append((time, event))

    def grants(self, c: int, room: list[int]) -> tuple[list[int | None], set[int]]:
        following: list[int | None] = []
        granted = set()
        for o in range(len(self.output)):
            mine = [n for n, node in enumerate(self.nodes) if node.target == o]
            link = o - len(self.bus)
            free = True
            if link >= 0:
                free = room[link] + (self.output[o] is not None) < self.spec.link_out_depth
                free &= not self.config.links.slow[link] or c - self.last_grant[o] >= self.spec.slow_cycles
            ring = mine[self.pointer[o] :] + mine[: self.pointer[o]]
            full = [n for n in ring if self.node[n] is not None]
            if not (full and free):
                following.append(None)
                continue
            following.append(self.node[full[0]])
            granted.add(full[0])
            self.pointer[o] = (mine.index(full[0]) + 1) % len(mine)
            self.last_grant[o] = c
            self.events[o] = (self.events[o] + int(self.config.outputs.count_events[o])) % (1 << counters.EVENT_BITS)
        return following, granted

    def take(self, granted: set[int]) -> None:
        nodes = self.config.nodes
        for n, node in enumerate(self.nodes):
            if n in granted:
                self.node[n] = None
            event = self.input[node.source]
            if event is None or event & nodes.mask[n] != nodes.target[n]:
                continue
            if self.node[n] is None:
                self.node[n] = event
            elif nodes.count_drops[n]:
                self.drops[node.source] = min(self.drops[node.source] + 1, (1 << counters.DROP_BITS) - 1)

    def backend(self, c: int, run: bool, time: int) -> list[int | None]:
        s, cfg = self.spec, self.config.neurons
        following: list[int | None] = []
        for o in range(s.event_outputs):
            mine = [wiring.neuron_at(s, o, i) for i in range(len(self.pending) // s.event_outputs)]
            ring = mine[self.turn[o] :] + mine[: self.turn[o]]
            asking = [n for n in ring if self.pending[n]]
            following.append(o << s.address_bits | int(cfg.address[asking[0]]) if asking else None)
            if asking:
                self.pending[asking[0]] = False
                self.turn[o] = (mine.index(asking[0]) + 1) % len(mine)
        fired = set(self.fires.get(c, []))
        for n in range(len(self.pending)):
            o, _ = wiring.event_output(s, n)
            half = o * len(self.config.clocks.slow_scale) // s.event_outputs
            scale = self.config.clocks.fast_scale[half] if cfg.fast_clock[n] else self.config.clocks.slow_scale[half]
            low = (1 << int(scale)) - 1
            if n in fired and self.counter[n] == AT_REST:
                self.spikes.append((c, n))
                self.counter[n] = AT_REST - int(cfg.refractory_time[n])
                if not self.clamp[n]:
                    self.clamp_edges.append((c + 1, n, 1))
                self.clamp[n] = 1
                self.spike_count[n] = (self.spike_count[n] + 1) % (1 << counters.SPIKE_BITS)
                self.spike_overflow[n] |= self.spike_count[n] == 0
                if cfg.enable[n]:
                    self.lost[o] = min(self.lost[o] + self.pending[n], (1 << counters.LOST_BITS) - 1)
                    self.pending[n] = True
                continue
            if run and self.counter[n] != AT_REST and time & low == low:
                self.counter[n] += 1
            if self.clamp[n] and self.counter[n] in (AT_REST, 0xE0 + 2 * int(cfg.reset_holdoff[n])):
                self.clamp[n] = 0
                self.clamp_edges.append((c + 1, n, 0))
        return following

    def links_in(self, c: int, run: bool, time: int) -> list[int | None]:
        following: list[int | None] = []
        for k, fifo in enumerate(self.link_in):
            space, head = len(fifo) < self.spec.link_in_depth, fifo[0] if fifo else None
            if run and head is not None and self.given.stamp[head] <= time:
                following.append(int(self.given.label[head]))
                self.released[fifo.popleft()] = c
                self.late[k] = min(self.late[k] + (self.given.stamp[head] < time), (1 << counters.LATE_BITS) - 1)
            else:
                following.append(None)
            if space and self.waiting[k] and self.given.offered[self.waiting[k][0]] <= c:
                fifo.append(self.waiting[k].popleft())
                self.accepted[fifo[-1]] = c
        return following

    def background(self, run: bool) -> list[int | None]:
        b, following = self.config.background, []
        for g in range(self.spec.background_sources):
            event = None
            if run and b.enable[g]:
                self.period[g] -= self.spec.background_ticks_per_cycle
                if self.period[g] <= 0:
                    self.period[g] += max(int(b.period[g]), self.spec.background_ticks_per_cycle)
                    event = int(b.label[g])
                    if b.random[g]:
                        for _ in range(self.spec.background_lfsr_steps):
                            lsb = self.lfsr[g] & 1
                            self.lfsr[g] = self.lfsr[g] >> 1 ^ lsb * self.spec.background_lfsr_mask
                        mask = int(b.mask[g])
                        event = event & ~mask | self.lfsr[g] >> DRAWN_BITS & mask
                        if self.lfsr[g] % (1 << DRAWN_BITS) > b.rate[g]:
                            event = None
            following.append(event)
        return following
