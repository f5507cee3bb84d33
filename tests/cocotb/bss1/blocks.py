"""Blocks of the path of a HICANN as they stand in it: what each sees and shows in every cycle of a storm.

The plain model says both: its registers are the outputs of the blocks, and the inputs of those behind them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from inloop.behavioral.bss1.fabric.config import DECODERS
from inloop.behavioral.bss1.fabric.result import LOSS_BITS
from inloop.behavioral.bss1.fabric.wiring import ENCODERS, SOURCES, TAPS, TREE, background_merger, line_of
from inloop.behavioral.bss1.fabric.words import packed
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.rtl.bss1.register_map import register_map
from inloop.rtl.lib.host import bank_words

from tests.behavioral.bss1.fabric.plain import Address, Plain
from tests.behavioral.bss1.fabric.storms import storm

Values = dict[str, int]
Seen = tuple[Values, dict[str, Address]]
"""Inputs of a block in a cycle, and its outputs; an address without an event is None: it may be anything."""

COUNTS = {"closed": "link_closed", "expired": "link_expired", "full_count": "link_full", "collided": "link_collided"}


@dataclass
class Script:
    """What a block sees and shows, cycle by cycle. words: its configuration by index; idle: inputs that stay."""

    words: list[tuple[int, int]]
    idle: Values
    seen: list[Seen] = field(default_factory=list)


class Watched(Plain):
    """A plain model in a storm, watched at the ports of its blocks. Instances are numbered as the parts of the top."""

    def __init__(self, spec: Bss1Spec, seed: int, cycles: int) -> None:
        case = storm(spec, seed, cycles)
        super().__init__(spec, case.config, case.stimulus(spec), case.fires)
        self.held = 0  # synapse addresses of all drivers

    def script(self, block: str, number: int, cycles: int) -> Script:
        """Run, and return what an instance of a block sees and shows."""
        words, idle = getattr(self, f"_{block}_settings")(number)
        script = Script(words, idle)
        for c in range(min([0, *self.words]), cycles):
            inputs, outputs = getattr(self, f"_{block}")(number, c)
            registers = list(self.out)
            self.edge(c, c >= 0, max(c, 0))
            if block.endswith("merger"):  # with what goes through it within the cycle
                more, at_once = self._through(number, registers)
                inputs, outputs = inputs | more, outputs | at_once
            script.seen.append((inputs, outputs))
        return script

    def _priority_encoder_settings(self, e: int) -> tuple[list[tuple[int, int]], Values]:
        words = bank_words(register_map(self.spec).bank("neurons"), self.config.neurons)[:, 0]
        return [(place, int(words[n])) for n, (encoder, place) in enumerate(self.places) if encoder == e], {"fire": 0}

    def _priority_encoder(self, e: int, c: int) -> Seen:
        fired = [place for encoder, place in (self.places[n] for n in self.fires.get(c, [])) if encoder == e]
        fire = sum(1 << place for place in fired)
        return {"fire": fire}, event("event", self.encoder[e]) | {"lost_count": self.losses["encoder_lost"][e]}

    def _background_settings(self, g: int) -> tuple[list[tuple[int, int]], Values]:
        own = {
            name: int(getattr(self.config.background, name)[g]) for name in ("enable", "random", "address", "period")
        }
        return [], own | {"start": int(self.config.shift_registers.state[g]), "run": 0}

    def _background(self, g: int, c: int) -> Seen:
        return {"run": int(c >= 0)}, event("event", self.generator[g])

    def _release_buffer_settings(self, k: int) -> tuple[list[tuple[int, int]], Values]:
        own = {name: int(getattr(self.config.channels, name)[k]) for name in ("enable", "to_chip")}
        return [], own | {"channel": k, "run": 0, "now": 0, "word": 0, "word_valid": 0}

    def _release_buffer(self, k: int, c: int) -> Seen:
        word = packed(self.spec, *self.words[c]) if c in self.words else 0
        inputs = {"run": int(c >= 0), "now": self._time(c), "word": word, "word_valid": int(c in self.words)}
        return inputs, event("event", self.release[k]) | {name: self.losses[lost][k] for name, lost in COUNTS.items()}

    def _merger_settings(self, m: int) -> tuple[list[tuple[int, int]], Values]:
        return [], {name: int(getattr(self.config.mergers, name)[m]) for name in ("merge", "select", "slow")}

    _background_merger_settings = _tree_merger_settings = _dnc_merger_settings = _merger_settings

    def _background_merger(self, m: int, _: int) -> Seen:
        lost = {name: self.losses[f"{name}_overwritten"][m] for name in ("encoder", "background")}
        counts = {"encoder_overwritten": lost["encoder"], "generator_overwritten": lost["background"]}
        encoder = next(e for e in range(ENCODERS) if background_merger(e) == m)
        inputs = given("encoder", self.encoder[encoder]) | given("generator", self.generator[m])
        return inputs, event("event", self.out[m]) | counts

    def _tree_merger(self, m: int, _: int) -> Seen:
        return {}, event("event", self.out[m])

    def _dnc_merger(self, m: int, _: int) -> Seen:
        k = m - TREE
        counts = {"refused": self.losses["link_refused"][k], "event_count": sum(row[1] == k for row in self.outputs)}
        return given("release", self.release[k]), event("event", self.out[m]) | counts

    def _through(self, m: int, out: list[Address]) -> Seen:
        """Return what is offered to a merger and what it takes, and whether it is read."""
        if m >= TREE:
            tap = TAPS[m - TREE]
            offer = {"offered": int(out[tap] is not None), "address": out[tap] or 0}
            return offer, {"taken": int(self.reader.get(tap) == m)}
        inputs: Values = {"read": int(m in self.reader)}
        if m < ENCODERS:
            return inputs, {}
        left = [out[source] if self.reader.get(source, 0) < TREE else None for source in SOURCES[m]]  # by DNC mergers
        inputs["offered"] = sum((address is not None) << n for n, address in enumerate(left))
        inputs["first_address"], inputs["second_address"] = (address or 0 for address in left)
        taken = [self.reader.get(source) == m for source in SOURCES[m]]
        return inputs, {"taken": taken[0] + 2 * taken[1]}

    def _line_settings(self, n: int) -> tuple[list[tuple[int, int]], Values]:
        return [], {"enable": int(self.config.lines.enable[n])}

    def _line(self, n: int, _: int) -> Seen:
        return given("event", self.out[TREE + line_of(n)]), event("end", self.lines[n][0])

    def _link_out_settings(self, _: int) -> tuple[list[tuple[int, int]], Values]:
        own = {name: side_by_side(getattr(self.config.channels, name), 1) for name in ("enable", "to_chip")}
        return [], own | {"now": 0, "tready": 0, "events_valid": 0, "events": 0}

    def _link_out(self, _: int, c: int) -> Seen:
        dnc, word = self.out[TREE:], packed(self.spec, *self.fifo[0]) if self.fifo else None
        inputs = {"now": self._time(c), "tready": int(self.given.ready[c % len(self.given.ready)])}
        inputs["events_valid"] = side_by_side([address is not None for address in dnc], 1)
        inputs["events"] = side_by_side([address or 0 for address in dnc], self.spec.address_bits)
        lost = side_by_side(self.losses["out_lost"], LOSS_BITS)
        return inputs, {"tvalid": int(bool(self.fifo)), "tdata": word, "lost_counts": lost}

    def _drivers_settings(self, _: int) -> tuple[list[tuple[int, int]], Values]:
        words = bank_words(register_map(self.spec).bank("drivers"), self.config.drivers)[:, 0]
        return list(enumerate(map(int, words))), {"line_valid": 0, "line_addresses": 0}

    def _drivers(self, _: int, c: int) -> Seen:
        ends = {n: self.lines[n][0] for n in range(ENCODERS)} | self.foreign.get(c, {})
        on_line = [ends.get(n) for n in range(self.spec.lines)]
        inputs = {"line_valid": side_by_side([address is not None for address in on_line], 1)}
        inputs["line_addresses"] = side_by_side([address or 0 for address in on_line], self.spec.address_bits)
        bits, strobe = self.spec.synapse_decoder_bits, 0
        for _, driver, strobes, address in (row for row in self.pulses if row[0] == c):
            strobe |= strobes << len(DECODERS) * driver
            self.held = self.held & ~((1 << bits) - 1 << bits * driver) | address << bits * driver
        return inputs, {"strobe": strobe, "synapse_address": self.held}

    def _time(self, c: int) -> int:
        return max(c, 0) % (1 << self.spec.stamp_bits)


def event(name: str, address: Address) -> dict[str, Address]:
    """Return what the outputs of an event show."""
    return {f"{name}_valid": int(address is not None), f"{name}_address": address}


def given(name: str, address: Address) -> Values:
    """Return an event as it is at the inputs."""
    return {f"{name}_valid": int(address is not None), f"{name}_address": address or 0}


def side_by_side(values: object, bits: int) -> int:
    """Return numbers as a vector, the first one in the lowest bits."""
    return sum(int(value) << bits * n for n, value in enumerate(values))  # type: ignore[arg-type]
