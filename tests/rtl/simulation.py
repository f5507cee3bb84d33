"""The whole design in MyHDL, driven like a chip: registers by AXI4-Lite, spikes by AXI4-Stream, and fires."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from inloop.behavioral.fabric import wiring
from inloop.behavioral.fabric.config import FabricConfig
from inloop.behavioral.fabric.stimulus import Stimulus
from inloop.behavioral.spec import ChipSpec
from inloop.rtl.driver import EFFECT, Driver
from inloop.rtl.host import control_write, software_event
from inloop.rtl.register_map import register_map
from myhdl import delay


@dataclass
class Observed:
    """What a run shows, in the form of `FabricResult`; counters are those of the first cycle after the run."""

    pulses: list[tuple[int, ...]] = field(default_factory=list)
    sent: list[tuple[int, ...]] = field(default_factory=list)
    clamps: list[int] = field(default_factory=list)
    refractory: list[int] = field(default_factory=list)
    cadc_triggers: list[int] = field(default_factory=list)
    accepted: dict[int, int] = field(default_factory=dict)
    counters: dict[str, list[int]] = field(default_factory=dict)


class Probe(Driver):
    """A driver that looks inside the design."""

    def registers(self) -> dict[str, list[int]]:
        """Return the counters as they are in this cycle."""
        status = int(self.inside("register_file")["status"])
        seen = {}
        for name in ("late", "drops", "events", "lost", "cadc_samples"):
            bank = register_map(self.spec).bank(name)
            seen[name] = [status >> 32 * (bank.base + n) & 0xFFFFFFFF for n in range(bank.count)]
        spikes = [self.inside("neuron_backend", n)["spikes"] for n in range(self.spec.event_outputs)]
        order = [wiring.event_output(self.spec, n) for n in range(wiring.neurons(self.spec))]
        seen["spike_count"] = [int(spikes[output][index]) & 255 for output, index in order]
        seen["spike_overflow"] = [int(spikes[output][index]) >> 8 for output, index in order]
        return seen

    def inside(self, kind: str, number: int = 0) -> dict[str, Any]:
        """Return the signals of the instance `number` of a block in the top, by name."""
        found = [b for b in self.dut.subs if getattr(b, "func", None) is not None and b.func.__name__ == kind]
        signals: dict[str, Any] = found[number].symdict
        return signals


def run_rtl(spec: ChipSpec, config: FabricConfig, given: Stimulus, cycles: int, fires: Any = ()) -> Observed:
    """Run cycles 0 to cycles − 1 and return what was seen, as `run_fabric` does."""
    seen = Observed()
    driver = Probe(spec)
    ports = driver.ports
    software = {}
    for at, hemisphere, *event in zip(
        given.software_cycle, given.hemisphere, given.fire_bus, given.row_select, given.synapse_label, strict=True
    ):
        software[int(at), int(hemisphere)] = [int(x) for x in event]
    fired: dict[int, int] = {}
    for cycle, neuron in fires:
        fired[int(cycle)] = fired.get(int(cycle), 0) | 1 << int(neuron)
    waiting = [[int(e) for e in np.flatnonzero(given.channel == k)] for k in range(spec.link_channels)]
    first = min([0, *(int(x) for x in given.offered)])

    def force_software(cycle: int) -> None:
        """Put the strobe where the register file would; in one cycle the bus can write to one register only."""
        names = driver.inside("register_file")
        for hemisphere in range(spec.hemispheres):
            event = software.get((cycle, hemisphere))
            names["software"].next[hemisphere] = event is not None
            if event is not None:
                _, value = software_event(spec, hemisphere, *event)
                place = 32 * (1 + hemisphere)
                names["settings"].next[place + 32 : place] = value

    def script(host: Driver) -> Generator[Any, None, None]:
        yield from host.configure(config)
        yield from host.write(*control_write(spec, clear=True))
        run_address, run_value = control_write(spec, run=True)
        a = ports.s_axil
        for cycle in range(min(first, -EFFECT) - 4, cycles + 1):
            starting = cycle == -EFFECT
            a.awaddr.next, a.wdata.next, a.wstrb.next = run_address, run_value, 15
            a.awvalid.next = a.wvalid.next = starting
            ports.fire.next = fired.get(cycle, 0)
            force_software(cycle)
            for k in range(spec.link_channels):
                stream = ports.s_axis[k]
                offered = bool(waiting[k]) and given.offered[waiting[k][0]] <= cycle
                stream.tvalid.next = offered
                if offered:
                    e = waiting[k][0]
                    stream.tdata.next = int(given.label[e]) | k << 14 | int(given.stamp[e]) << 16
                ports.m_axis[k].tready.next = bool(given.ready[k, cycle % given.ready.shape[1]])
            yield delay(1)
            observe(cycle)
            if cycle == cycles:
                return
            for k in range(spec.link_channels):
                if ports.s_axis[k].tvalid and ports.s_axis[k].tready:
                    seen.accepted[waiting[k].pop(0)] = cycle
            yield from host.edge()

    def observe(cycle: int) -> None:
        if cycle > 0:
            assert int(ports.system_time) == cycle
            rows = driver.pulses()
            assert rows or not int(ports.row_exc) | int(ports.row_inh)
            seen.pulses += [(cycle, *row) for row in rows]
            if ports.cadc_trigger:
                seen.cadc_triggers.append(cycle)
        if 0 <= cycle < cycles:
            for k in range(spec.link_channels):
                stream = ports.m_axis[k]
                if stream.tvalid and stream.tready:
                    word = int(stream.tdata)
                    assert word >> 14 & 3 == k
                    seen.sent.append((k, word >> 16, word & 0x3FFF, cycle))
        if cycle >= 0:
            seen.clamps.append(int(ports.clamp))
            seen.refractory.append(int(ports.refractory))
        if cycle == cycles:
            seen.counters = driver.registers()

    driver.play(script)
    seen.sent.sort(key=lambda row: (row[0], row[3]))
    return seen
