"""The digital path of a HICANN stepped through in each cycle, register by register, straight from its contract.

docs/bss1-spike-path.md is that contract. Slow and plain; the twin is compared with it on random configurations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from inloop.behavioral.bss1.fabric.config import DECODERS, FabricConfig
from inloop.behavioral.bss1.fabric.result import LOSSES
from inloop.behavioral.bss1.fabric.stimulus import Stimulus
from inloop.behavioral.bss1.fabric.wiring import (
    ENCODERS,
    MERGERS,
    SOURCES,
    TREE,
    WRITTEN,
    background_merger,
    encoder_place,
    line_of,
)
from inloop.behavioral.bss1.spec import Bss1Spec

Address = int | None
"""Of an event in a register; None in an empty one."""


class Plain:
    """State and records of one run. Records have the names, rows and meaning that they have in `FabricResult`."""

    def __init__(self, spec: Bss1Spec, config: FabricConfig, given: Stimulus, fires: Iterable[Iterable[int]]) -> None:
        self.spec, self.config, self.given = spec, config, given
        self.fires: dict[int, list[int]] = {}
        for cycle, neuron in fires:
            self.fires.setdefault(int(cycle), []).append(int(neuron))
        words = zip(given.arrival, given.channel, given.address, given.stamp, strict=True)
        self.words = {int(at): (int(k), int(address), int(stamp)) for at, k, address, stamp in words}
        self.foreign: dict[int, dict[int, int]] = {}
        for at, line, address in zip(given.foreign_cycle, given.line, given.foreign_address, strict=True):
            self.foreign.setdefault(int(at), {})[int(line)] = int(address)
        self.places = [tuple(map(int, encoder_place(spec, circuit))) for circuit in range(spec.circuits)]
        self.latches = [[False] * spec.block_circuits for _ in range(ENCODERS)]
        self.encoder: list[Address] = [None] * ENCODERS
        self.counter, self.armed = [0] * ENCODERS, [False] * ENCODERS
        self.shift_register = [int(state) or 1 for state in config.shift_registers.state]
        self.generator: list[Address] = [None] * ENCODERS
        self.slots: list[list[tuple[int, int] | None]] = [[None] * spec.buffer_slots for _ in range(ENCODERS)]
        self.spare: list[Address] = [None] * ENCODERS
        self.served = [False] * ENCODERS
        self.release: list[Address] = [None] * ENCODERS
        self.kept: list[list[Address]] = [[None, None] for _ in range(MERGERS)]
        self.last, self.rest = [1] * MERGERS, [0] * MERGERS
        self.out: list[Address] = [None] * MERGERS  # of a DNC merger: at the DNC output, for one cycle
        self.reader: dict[int, int] = {}  # merger that reads an output register in this cycle, by whose it is
        self.lines = [deque([None] * spec.line_cycles) for _ in range(ENCODERS)]
        self.for_link: list[tuple[int, int] | None] = [None] * ENCODERS
        self.turn = 0
        self.fifo: deque[tuple[int, int, int]] = deque()
        self.outputs: list[tuple[int, ...]] = []
        self.pulses: list[tuple[int, ...]] = []
        self.sent: list[tuple[int, ...]] = []
        self.losses = {name: [0] * ENCODERS for name in LOSSES}
        self.fired, self.generated, self.released = [0] * ENCODERS, [0] * ENCODERS, [0] * ENCODERS
        self.for_host = 0

    def run(self, cycles: int) -> Plain:
        """Do all clock edges from the first word, which may come before cycle 0, to that of cycle `cycles` − 1."""
        for c in range(min([0, *self.words]), cycles):
            self.edge(c, c >= 0, max(c, 0))
        return self

    @property
    def waiting(self) -> int:
        """Events that have entered the tree and are still in it."""
        inside = [*self.encoder, *self.out[:TREE], *(event for inputs in self.kept for event in inputs)]
        return sum(map(sum, self.latches)) + sum(event is not None for event in inside)

    def edge(self, c: int, run: bool, time: int) -> None:
        """Do the clock edge of a cycle: what is read is as it was before, so blocks at the end come first."""
        self.drivers(c)
        self.link_out(c, time)
        self.mergers(c)
        self.encoders(c)
        for g in range(ENCODERS):
            self.generator[g] = self.background(g) if run and self.config.background.enable[g] else None
        for k in range(ENCODERS):
            word = self.words.get(c)
            self.link_in(k, run, time, word[1:] if word is not None and word[0] == k else None)

    def drivers(self, c: int) -> None:
        """Show events at the ends of the lines to the drivers, and move the lines on."""
        ends: dict[int, int] = dict(self.foreign.get(c, {}))
        for k in range(ENCODERS):
            n = line_of(k)
            event = self.lines[n].popleft()
            if event is not None:
                ends[n] = event
            self.lines[n].append(self.out[TREE + k] if self.config.lines.enable[n] else None)
        own, low = self.config.drivers, self.spec.synapse_decoder_bits
        for d in range(len(own.line)):
            address = ends.get(int(own.line[d]))
            if address is None or not own.enable[d]:
                continue
            strobe = sum(1 << bit for bit, name in enumerate(DECODERS) if getattr(own, name)[d] == address >> low)
            if strobe:
                self.pulses.append((c + 1, d, strobe, address % (1 << low)))

    def link_out(self, c: int, time: int) -> None:
        """Hand over a word, grant a register, and keep what is at the DNC outputs."""
        room = len(self.fifo) < self.spec.link_out_depth
        if self.fifo and self.given.ready[c % len(self.given.ready)]:
            self.sent.append((*self.fifo.popleft(), c))
        ring = [(self.turn + n) % ENCODERS for n in range(ENCODERS)]
        granted = next((k for k in ring if self.for_link[k] is not None), None)
        if room and granted is not None:
            address, stamp = self.for_link[granted]  # type: ignore[misc]
            self.fifo.append((granted, address, stamp))
            self.for_link[granted], self.turn = None, (granted + 1) % ENCODERS
        channels = self.config.channels
        for k in range(ENCODERS):
            event = self.out[TREE + k]
            if event is None or not channels.enable[k] or channels.to_chip[k]:
                continue
            self.for_host += 1
            if self.for_link[k] is None:
                self.for_link[k] = event, time % (1 << self.spec.stamp_bits)
            else:
                self.losses["out_lost"][k] += 1

    def mergers(self, c: int) -> None:
        """Move events from outputs to inputs and from inputs to outputs.

        Whether an output register is read decides whether its merger may move, so the last mergers come first; a DNC
        merger, which is behind the tree, is asked before the tree.
        """
        self.reader, before = {}, list(self.out)
        for m in reversed(range(MERGERS)):
            kept = self.kept[m]
            free = m >= TREE or before[m] is None or m in self.reader
            ready = [n for n in (1 - self.last[m], self.last[m]) if kept[n] is not None and self.counts(m, n)]
            moving = ready[0] if ready and free and not self.rest[m] else None
            room = [kept[n] is None or moving == n for n in range(2)]
            if free:
                self.out[m] = None if moving is None else kept[moving]
            self.rest[m] = max(self.rest[m] - 1, 0)
            if moving is not None:
                kept[moving], self.last[m] = None, moving
                self.rest[m] = self.spec.slow_cycles - 1 if self.config.mergers.slow[m] else 0
                if m >= TREE:
                    self.outputs.append((c + 1, m - TREE, self.out[m] or 0))
            for n, source in enumerate(SOURCES[m]):
                offered = source != WRITTEN and before[source] is not None and source not in self.reader
                if offered and self.counts(m, n) and room[n]:
                    kept[n], self.reader[source] = before[source], m
            self.enter(m, room)

    def enter(self, m: int, room: list[bool]) -> None:
        """Let a merger take what comes from outside the tree: it does not wait."""
        if m >= TREE and self.release[m - TREE] is not None and self.counts(m, 1):
            self.released[m - TREE] += 1
            if room[1]:
                self.kept[m][1] = self.release[m - TREE]
            else:
                self.losses["link_refused"][m - TREE] += 1
        if m < ENCODERS:
            encoder = next(e for e in range(ENCODERS) if background_merger(e) == m)
            self.generated[m] += self.generator[m] is not None and self.counts(m, 1)
            for n, event in enumerate((self.encoder[encoder], self.generator[m])):
                if event is not None and self.counts(m, n):
                    self.losses[("encoder_overwritten", "background_overwritten")[n]][m] += not room[n]
                    self.kept[m][n] = event

    def counts(self, m: int, n: int) -> bool:
        """Return whether an input of a merger counts."""
        return bool(self.config.mergers.merge[m]) or int(self.config.mergers.select[m]) == n

    def encoders(self, c: int) -> None:
        """Send what encoders hold or choose among their latches; then take the fires."""
        neurons = self.config.neurons
        for e, latches in enumerate(self.latches):
            if self.encoder[e] is not None:
                self.encoder[e] = None
            elif any(latches):
                index = latches.index(True)
                latches[index] = False
                self.encoder[e] = int(neurons.address[self.places.index((e, index))])
        for circuit in self.fires.get(c, []):
            if neurons.enable[circuit]:
                e, index = self.places[circuit]
                self.fired[e] += 1
                self.losses["encoder_lost"][e] += self.latches[e][index]
                self.latches[e][index] = True

    def background(self, g: int) -> Address:
        """Return the event of a generator in a cycle in which it runs."""
        own, bits = self.config.background, self.spec.period_bits
        if own.random[g]:
            fed = (self.shift_register[g] & self.spec.lfsr_taps).bit_count() % 2
            self.shift_register[g] = (self.shift_register[g] << 1 | fed) % (1 << bits)
            above = self.shift_register[g] > own.period[g]
            event, self.armed[g] = above and self.armed[g], not above
        else:
            event = self.counter[g] >= own.period[g]
            self.counter[g] = 0 if event else self.counter[g] + 1
        return int(own.address[g]) if event else None

    def link_in(self, k: int, run: bool, time: int, word: tuple[int, int] | None) -> None:
        """Release what is due in a channel, then keep the word that arrives, address and stamp."""
        slots, losses, low = self.slots[k], self.losses, 1 << self.spec.compare_bits
        empty = [n for n, slot in enumerate(slots) if slot is None]
        due = [n for n, slot in enumerate(slots) if run and slot is not None and (slot[1] - time) % low == 0]
        queue: deque[int] = deque(slots[n][0] for n in due)  # type: ignore[index]
        if self.spare[k] is not None:
            queue.appendleft(self.spare[k])
        self.release[k] = queue.popleft() if run and queue and not self.served[k] else None
        self.served[k] = self.release[k] is not None
        self.spare[k] = queue.popleft() if queue else None
        losses["link_collided"][k] += len(queue)
        for n in due:
            slots[n] = None
        if word is None:
            return
        address, stamp = word
        ahead, period = stamp - time, 1 << self.spec.stamp_bits
        if not (self.config.channels.enable[k] and self.config.channels.to_chip[k]):
            losses["link_closed"][k] += 1
        elif not 0 < ahead % period < period // 2:
            losses["link_expired"][k] += 1
        elif not empty:
            losses["link_full"][k] += 1
        else:
            slots[empty[0]] = address, stamp
