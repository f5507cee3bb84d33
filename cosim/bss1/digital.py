"""What the levels with the digital path share: programs, input, analog parts, and the observation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.core import AnalogConstants
from ...behavioral.bss1.analog.neuron import DTYPE
from ...behavioral.bss1.analog.synapses import synapses
from ...behavioral.bss1.fabric.config import FabricConfig
from ...behavioral.events import GridEvents, SpikeBatch
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Run
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights
from ...errors import ConfigError
from ...rtl.bss1.buildable import check_buildable
from ..fidelity import Fidelity
from ..ideal import count_spikes
from ..observation import Observation
from ..remembered import remembered
from .chip import Bss1Chip
from .circuits import merged, synapse_gains
from .configuration import Configuration
from .inputs import LinkWords, link_words
from .measured import Measured, drain_cycles, lost, recorded, room_for
from .observed import observation, taken
from .program import programs, synapse_array, with_bias

Analog = tuple[AnalogConstants, NDArray[np.float32]]
"""Constants of a chip's neurons, and their rests at the beginning of each sample."""


class OnChips(ABC):
    """A network on the chips of a wafer, cycle by cycle; a level adds `simulate`.

    Raises `DoesNotFitError` or `ConfigError` for what cannot be placed or wired.
    """

    fidelity: Fidelity

    def __init__(self, topology: Topology, wafer: Bss1Chip, grid: TimeGrid) -> None:
        self.topology, self.wafer, self.grid, self.spec = topology, wafer, grid, wafer.spec
        check_buildable(wafer.spec)
        self.weight_limit = self.spec.weight_max / self.spec.weight_lsb_per_unit
        self.placement = wafer.placed(topology)
        self.programs = programs(self.placement)
        self.step_cycles = round(grid.step_s * self.spec.clock_hz)
        if abs(self.step_cycles - grid.step_s * self.spec.clock_hz) > 1e-6 or self.step_cycles < 1:
            raise ConfigError(f"a step of {grid.step_s:g} s is no whole number of cycles of {self.spec.clock_hz:g} Hz")
        self.cycles, self.drain = grid.steps * self.step_cycles, drain_cycles(self.spec)
        self.run_of = Run(self.cycles, self.cycles if len(self.programs) == 1 else self.spec.hop_cycles)

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights | Configuration,
        trials: NDArray[np.uint64] | None = None,
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,  # noqa: ARG002  (none are recorded)
    ) -> Observation:
        """See `Level.run`. weights: or all that is written. trials: there is no temporal noise."""
        spikes, configuration, dtype = taken(spikes, weights, trials, self.topology, self.grid, self.spec)
        words = link_words(self.placement, self.programs, spikes, self.step_cycles)
        analog = tuple(self._analog(number, configuration) for number in range(len(self.programs)))
        restings = self._restings(spikes.samples, silenced)
        seen = self._room(spikes.samples)
        self.simulate(words, self._configs(configuration), tuple(zip(analog, restings, strict=True)), seen)
        events, stamps = recorded(self.placement, self.programs, seen, self.grid, self.cycles)
        stages = lost(seen)
        counters = {
            "input_events": int((spikes.first[:, -1] - spikes.first[:, 0]).sum()),
            "spikes": int(seen.spike_count.sum()),
            "hidden_spikes": count_spikes(events[:-1]),
            "recorded": sum(len(each.unit) for each in events),
            "distributor": int(words.dropped.sum()),
            **stages,
        }
        counters["lost"] = counters["distributor"] + sum(stages.values())
        return observation(
            self.topology, self.spec, self.grid, spikes, events, dtype, silenced,
            counters=counters, cycles=stamps, cycle_s=1 / self.spec.clock_hz, raw=seen,
        )  # fmt: skip

    @abstractmethod
    def simulate(
        self, words: LinkWords, configs: tuple[FabricConfig, ...], analog: tuple[Analog, ...], seen: Measured
    ) -> None:
        """Run all samples, the chips of the programs in lock-step, and fill `seen`. analog: what `core` takes."""

    def _configs(self, configuration: Configuration) -> tuple[FabricConfig, ...]:
        """Return the configurations of all chips; those with neurons send the bias, if there is one."""
        if configuration.bias_steps is None:
            return tuple(program.config for program in self.programs)
        bias_cycles = configuration.bias_steps * self.step_cycles
        return tuple(
            with_bias(program.config, self.spec, bias_cycles) if len(program.column) else program.config
            for program in self.programs
        )

    def _restings(self, samples: int, silenced: tuple[NDArray[np.bool_], ...] | None) -> list[NDArray[np.float32]]:
        """Return the rests of the neurons of each chip with which a sample begins, (samples, lanes)."""
        out = []
        for number, program in enumerate(self.programs):
            rests = np.zeros((samples, len(self._neurons(number).leak)), DTYPE)
            for lane, (layer, unit) in enumerate(zip(program.layer.tolist(), program.unit.tolist(), strict=True)):
                if silenced is not None and layer < len(silenced):
                    rests[silenced[layer][:, unit], lane] = np.inf
            out.append(rests)
        return out

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
