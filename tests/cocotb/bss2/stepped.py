"""The twin cycle by cycle, with what passes between its blocks: the reference of a block that is simulated alone.

A block bench drives what the block sees in a cycle, and here puts the same event where the twin keeps it: an event at
an input of the crossbar, a fire, a strobe of the host. What the block shows in the next cycle can be read here, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from inloop.behavioral.bss2.fabric.advance import advance, fire
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.log import PULSES, SENT, SPIKES, new_log
from inloop.behavioral.bss2.fabric.result import FabricResult, fabric_result
from inloop.behavioral.bss2.fabric.state import clear, fabric_constants, fabric_state
from inloop.behavioral.bss2.fabric.stimulus import Stimulus, stimulus, traffic
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.bss2.register_map import register_map
from inloop.rtl.lib.host import bank_words

ROOM = 20_000
"""Rows of the log, more than a bench can fill."""


class Stepped:
    """The twin after some cycles of a run, each done by `step`."""

    def __init__(self, spec: ChipSpec, config: FabricConfig, given: Stimulus | None = None) -> None:
        self.spec, self.config = spec, config
        self.given = stimulus(spec) if given is None else given
        self.constants, self.traffic = fabric_constants(spec, config), traffic(spec, self.given)
        self.state, self.log = fabric_state(spec), new_log(spec, ROOM, ROOM, ROOM)
        clear(self.constants, self.traffic, self.state)
        self.cycle = -1

    def enter(self, source: int, label: int) -> None:
        """Show an event to the crossbar at an input in the cycle that comes next."""
        self.state.inputs["held"][source], self.state.inputs["label"][source] = self.cycle + 1, label

    def step(self, fires: Any = ()) -> None:
        """Do the clock edge of the next cycle; fires are the neurons above threshold in it."""
        self.cycle += 1
        assert advance(self.constants, self.traffic, self.state, self.cycle, self.log)
        for neuron in fires:
            fire(self.constants, self.state, self.cycle, neuron, self.log)

    def inputs(self) -> dict[int, int]:
        """Return the events that sources show to the crossbar in the cycle behind the last step: label by input."""
        held, label = self.state.inputs["held"], self.state.inputs["label"]
        return {int(n): int(label[n]) for n in np.flatnonzero(held == self.cycle + 1)}

    def outputs(self) -> dict[int, int]:
        """Return the events at the outputs of the crossbar in that cycle: label by output. All buses must be open."""
        shown = self._on_bus(self.cycle + 2)
        for link, stamp, label, _ in self.log.sent[: self.log.count[SENT]].tolist():
            if stamp == self.cycle + 1:
                shown[len(self.constants.crossbar.bus_open) + link] = label
        return shown

    def buses(self) -> dict[int, int]:
        """Return the events on the PADI buses in that cycle: row select above synapse label, by bus."""
        mask = (1 << self.spec.row_select_bits + self.spec.synapse_label_bits) - 1
        return {bus: label & mask for bus, label in self._on_bus(self.cycle + 1).items()}

    def spikes(self) -> list[list[int]]:
        """Return cycle, neuron, first cycle without clamp, first cycle at rest of all accepted fires."""
        rows: list[list[int]] = self.log.spikes[: self.log.count[SPIKES]].tolist()
        return rows

    def result(self) -> FabricResult:
        """Return what the steps have caused, with the counters as they are now."""
        logged = (self.log.pulses[: self.log.count[PULSES]], self.log.sent[: self.log.count[SENT]])
        return fabric_result(
            self.spec, self.config, self.given, self.cycle + 1, self.state, *logged, np.empty((0, 4), np.int64)
        )

    def _on_bus(self, cycle: int) -> dict[int, int]:
        place = self.state.padi[:, cycle & 1]
        return {int(bus): int(place["label"][bus]) for bus in np.flatnonzero(place["cycle"] == cycle)}


def words(spec: ChipSpec, config: FabricConfig, name: str) -> list[int]:
    """Return the words of a bank of registers, entity by entity."""
    values: list[int] = bank_words(register_map(spec).bank(name), getattr(config, name)).reshape(-1).tolist()
    return values


def differences(names: tuple[str, ...], seen: list[Any], expected: list[Any]) -> list[str]:
    """Return what differs in rows of signals, one row per cycle, the first cycle first."""
    assert len(seen) == len(expected)
    return [
        f"cycle {cycle}: {name} is {a}, the twin says {b}"
        for cycle, rows in enumerate(zip(seen, expected, strict=True))
        for name, a, b in zip(names, *rows, strict=True)
        if a != b
    ]
