"""What the levels with the digital path of the wafer share: programs, input, analog parts, and the observation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ...behavioral.bss1.analog.core import AnalogConstants
from ...behavioral.bss1.analog.synapses import synapses
from ...behavioral.bss1.fabric.config import HicannConfig
from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Run
from ...behavioral.network.topology import Topology
from ...errors import ConfigError
from ...rtl.bss1.buildable import check_buildable
from ..fidelity import Fidelity
from ..remembered import remembered
from .chip import Wafer
from .circuits import merged, synapse_gains
from .configuration import Configuration, check_configuration
from .inputs import LinkWords, link_words
from .level import RateObservation, checked_spikes
from .measured import Measured, drain_cycles, lost, recorded, room_for
from .placement import place
from .program import programs, synapse_array, with_bias


class DigitalWafer(ABC):
    """A network on the chips of a wafer, cycle by cycle; a level adds `simulate`.

    Raises `DoesNotFitError` or `ConfigError` for what cannot be placed or wired.
    """

    fidelity: Fidelity

    def __init__(self, topology: Topology, wafer: Wafer, grid: TimeGrid) -> None:
        self.topology, self.wafer, self.grid, self.spec = topology, wafer, grid, wafer.spec
        check_buildable(wafer.spec)
        self.placement = place(topology, wafer.spec, [wafer.die(chip).usable for chip in range(wafer.chips)])
        self.programs = programs(self.placement)
        self.step_cycles = round(grid.step_s * self.spec.clock_hz)
        if abs(self.step_cycles - grid.step_s * self.spec.clock_hz) > 1e-6 or self.step_cycles < 1:
            raise ConfigError(f"a step of {grid.step_s:g} s is no whole number of cycles of {self.spec.clock_hz:g} Hz")
        self.cycles, self.drain = grid.steps * self.step_cycles, drain_cycles(self.spec)
        self.run_of = Run(self.cycles, self.cycles if len(self.programs) == 1 else self.spec.hop_cycles)

    def run(self, spikes: GridEvents, configuration: Configuration) -> RateObservation:
        """See `WaferLevel.run`."""
        check_configuration(configuration, self.topology, self.spec)
        spikes = checked_spikes(spikes, self.topology, self.grid)
        words = link_words(self.placement, self.programs, spikes, self.step_cycles)
        bias_cycles = configuration.bias_steps * self.step_cycles
        configs = tuple(
            with_bias(program.config, self.spec, bias_cycles) if len(program.column) else program.config
            for program in self.programs
        )
        analog = tuple(self._analog(number, configuration) for number in range(len(self.programs)))
        seen = self._room(spikes.samples)
        self.simulate(words, configs, analog, seen)
        events = recorded(self.placement, self.programs, seen, self.grid, self.cycles)
        stages = lost(seen)
        counters = {
            "input_events": int((spikes.first[:, -1] - spikes.first[:, 0]).sum()),
            "spikes": int(seen.spike_count.sum()),
            "recorded": sum(len(each.unit) for each in events),
            "distributor": int(words.dropped.sum()),
            **stages,
        }
        counters["lost"] = counters["distributor"] + sum(stages.values())
        return RateObservation(self.grid, events, counters, spikes.samples * self.grid.duration_s, seen)

    @abstractmethod
    def simulate(
        self, words: LinkWords, configs: tuple[HicannConfig, ...], analog: tuple[AnalogConstants, ...], seen: Measured
    ) -> None:
        """Run all samples, the chips of the programs in lock-step, and fill `seen`."""

    @remembered
    def _neurons(self, number: int) -> Any:
        program = self.programs[number]
        chip = np.full(len(program.column), program.chip)
        return merged(self.wafer, chip, program.column, 1 / self.spec.clock_hz)

    @remembered
    def _gains(self, chip: int) -> Any:
        return synapse_gains(self.wafer, chip)

    def _analog(self, number: int, configuration: Configuration) -> AnalogConstants:
        """Return the analog part of a chip with these weights; lane n is the neuron with address n."""
        program, spec = self.programs[number], self.spec
        lane = np.full(spec.columns, -1)
        for n, column in enumerate(program.column.tolist()):
            lane[column : column + spec.neuron_columns] = n
        array = synapse_array(self.placement, program, configuration)
        compiled = synapses(spec, array, self._gains(program.chip), lane, 1 / spec.clock_hz)
        return AnalogConstants(self._neurons(number), compiled, program.column)

    def _room(self, samples: int) -> Measured:
        """Return room for the spikes that the rests of the neurons allow, and for a word whenever the host is ready."""
        most = 0
        for number, program in enumerate(self.programs):
            rest = np.maximum(self._neurons(number).rest[: len(program.column)].astype(np.float64) - 1, 1)
            most = max(most, int(np.ceil(self.cycles / rest + 1).sum()))
        words = (self.cycles + self.drain) // self.spec.link_event_cycles + 1
        return room_for(samples, len(self.programs), most, words)
