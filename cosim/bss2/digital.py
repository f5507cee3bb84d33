"""What the levels with a digital path share: the routed network, its analog part, its input and its observation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.analog.core import AnalogConstants, whole_chip
from ...behavioral.bss2.analog.synapses import charges, synapse_array
from ...behavioral.bss2.fabric.link_in import schedule
from ...behavioral.bss2.fabric.wiring import STAMP_TO_MEMBRANE
from ...behavioral.bss2.layer import LayerConstants, layer_constants, membrane_scale, readout_units
from ...behavioral.events import GridEvents, SpikeBatch
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Run, Seen
from ...behavioral.moments import cycles_of
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights, layer_codes, layer_scales
from ...behavioral.numerics.vectors import padded
from ...rtl.bss2.buildable import SPIKE_LABEL_BITS, check_buildable
from ..buffers import active_masks, checked_inputs, recycled, time_last
from ..fidelity import Fidelity
from ..observation import Observation, Recorded
from ..remembered import remembered
from .chip import Bss2Chip
from .placement import route
from .program import configure, programmed_synapses, refractories, synapse_weights

Array = NDArray[Any]


COUNTED = {"late": "late", "dropped": "drops", "routed": "events", "lost": "lost"}
"""Banks of counters that are soon read, by the name of their sum in an observation."""
ALL_COUNTED = {**COUNTED, "counted": "spike_counters"}
"""All banks of counters; one per neuron takes longer to read than most samples run."""
SENT = ("sent", "sent_words")
"""What the host counts itself: the words that it gets, and their sum modulo 2^32."""


@dataclass(frozen=True, eq=False)
class LinkEvents:
    """Input events of a batch as they go into the links.

    first: int64 (samples, links + 1); the events of sample b and link k are first[b, k]:first[b, k + 1]. label, stamp:
    int64. accepted, release: cycles in which each enters and leaves its FIFO if the host fills it as early as possible.
    """

    first: Array
    label: Array
    stamp: Array
    accepted: Array
    release: Array

    @property
    def words(self) -> Array:
        """The events as words of the streams."""
        return (self.stamp << SPIKE_LABEL_BITS) | self.label

    @property
    def last(self) -> Array:
        """Cycle in which the last event of each sample leaves its FIFO, 0 without events; int64 (samples)."""
        start, stop = self.first[:, :-1], self.first[:, 1:]
        last = np.concatenate([self.release, [0]])[stop - 1]
        return np.asarray(np.where(start < stop, last, 0).max(axis=1))

    def late(self) -> Array:
        """Return how many events leave their FIFO behind the cycle of their stamp; int64 (samples, links)."""
        before = np.concatenate([[0], np.cumsum(self.release > self.stamp)])
        return np.diff(before[self.first], axis=1)


class OnChip(ABC):
    """A network on a chip; a level adds `simulate`. Raises `DoesNotFitError` or `ConfigError` for what cannot be.

    counted: banks of counters that the host reads after each sample, by the name of their sum in an observation.
    """

    fidelity: Fidelity

    def __init__(
        self, topology: Topology, chip: Bss2Chip, grid: TimeGrid, counted: Mapping[str, str] = COUNTED
    ) -> None:
        self.topology, self.chip, self.spec, self.grid, self.counted = topology, chip, chip.spec, grid, counted
        self.routing = route(topology, check_buildable(chip.spec))
        self.program = configure(self.routing)
        sides = 1 + max(int(each.max(initial=0)) for each in self.routing.circuits) // self.spec.columns
        self.lanes = padded(sides * self.spec.columns)
        self.step_cycles = round(grid.step_s * self.spec.clock_hz)
        self.cycles = grid.steps * self.step_cycles
        self.sample_cycles = grid.sample_steps * self.step_cycles
        self.run_of = Run(self.cycles, self.cycles)
        self.weight_limit = self.spec.weight_max / self.spec.weight_lsb_per_unit if chip.quantized else float("inf")
        self.array = synapse_array(
            self.spec, self.program.synapse_label, programmed_synapses(self.routing), self.routing.merged
        )

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights,
        trials: NDArray[np.uint64],
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,  # noqa: ARG002  (the CADC always records)
    ) -> Observation:
        """See `Level.run`."""
        dtype = weights.forward[0].dtype
        inputs, link = self.inputs(spikes, weights, trials)
        masks, active = self.active_lanes(inputs.samples, silenced, dtype)
        seen = self.room(inputs.samples, dtype)
        counters = self.simulate(link, self.analog(weights), active, trials, seen)
        return self.observation(inputs, masks, weights, seen, counters)

    @abstractmethod
    def simulate(
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Seen
    ) -> dict[str, int]:
        """Run fabric and analog core in lock-step for all samples, fill `seen`, return the counters of the fabric.

        active: (samples, lanes), 0 where a neuron must not fire.
        """

    @remembered
    def circuits(self, dtype: np.dtype[Any]) -> LayerConstants:
        """Constants of all columns for steps of one cycle; the membrane noise is that of a grid step."""
        cycle_s, layers = 1 / self.spec.clock_hz, []
        for k, place in enumerate(self.routing.layers):
            fine, coarse = (
                layer_constants(
                    self.spec, self.chip.die, step_s, place.circuits, place.place,
                    spiking=k < len(self.topology.hidden), noise=self.chip.noise, quantized=self.chip.quantized,
                    dtype=dtype, neurons=self.topology.neurons_of[k],
                )
                for step_s in (cycle_s, self.grid.step_s)
            )  # fmt: skip
            layers.append(fine._replace(neuron=fine.neuron._replace(noise=coarse.neuron.noise)))
        return whole_chip(tuple(layers), self.routing.circuits, self.lanes)

    def analog(self, weights: NetworkWeights) -> AnalogConstants:
        """Return the analog part with these weights."""
        dtype = weights.forward[0].dtype
        codes = layer_codes(weights, self.spec, self.chip.quantized)
        charge = charges(self.spec, self.chip.die, self.array, synapse_weights(self.routing, codes), dtype, self.lanes)
        key = 0 if self.chip.noise.silent else self.chip.noise_key
        chip = self.circuits(dtype)
        return AnalogConstants(
            chip.neuron, chip.cadc, chip.trial_noise, self.array, charge, (1 << self.spec.amplitude_bits) - 1,
            self.step_cycles, self.sample_cycles, self.grid.samples, np.uint64(key),
        )  # fmt: skip

    def inputs(
        self, spikes: SpikeBatch | GridEvents, weights: NetworkWeights, trials: NDArray[np.uint64]
    ) -> tuple[GridEvents, LinkEvents]:
        """Return the checked input on the grid and as link events, stamped so that they act in their cycle."""
        on_grid = checked_inputs(spikes, weights, trials, self.topology, self.grid)
        if isinstance(spikes, GridEvents):
            sample, step, unit = on_grid.table()
            stamp = step * self.step_cycles
        else:
            sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
            unit, stamp = spikes.unit, cycles_of(spikes.time_s, self.spec.clock_hz)
        stamp = np.maximum(stamp - STAMP_TO_MEMBRANE, 0)  # the host makes up for the known latency
        event, of = self.sends(unit)
        sample, stamp = sample[of], stamp[of]
        channel, links = self.program.input_channel[event], self.spec.link_channels
        order = np.lexsort((event, stamp, channel, sample))
        segment = (sample * links + channel)[order]
        edges = np.searchsorted(segment, np.arange(on_grid.samples * links + 1))
        stamp, label = stamp[order], self.program.input_label[event[order]]
        accepted, release = np.empty_like(stamp), np.empty_like(stamp)
        early = np.full_like(stamp, -self.spec.link_in_depth)
        schedule(edges, stamp, early, self.spec.link_in_depth, accepted, release)
        first = np.stack([edges[k : k + on_grid.samples * links : links] for k in range(links + 1)], axis=1)
        return on_grid, LinkEvents(first, label, stamp, accepted, release)

    def sends(self, unit: Array) -> tuple[Array, Array]:
        """Return the events that the host sends for input events on these channels, and for which of them each is."""
        source, inputs = self.program.input_source, self.topology.inputs
        if len(source) == inputs:
            return unit, np.arange(len(unit))
        order = np.argsort(source, kind="stable")
        first = np.searchsorted(source[order], np.arange(inputs + 1))
        counts = np.diff(first)[unit]
        of = np.repeat(np.arange(len(unit)), counts)
        turn = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        return order[first[unit][of] + turn], of

    def active_lanes(self, samples: int, silenced: Any, dtype: np.dtype[Any]) -> tuple[tuple[Array, ...], Array]:
        """Return the masks per hidden layer, and (samples, lanes): 0 where a neuron must not fire."""
        masks = active_masks(self.topology, samples, silenced, dtype)
        lanes = np.zeros((samples, self.lanes), dtype)
        for mask, circuits in zip(masks, self.routing.circuits, strict=False):
            lanes[:, circuits] = mask[:, : len(circuits)]
        return masks, lanes

    def room(self, samples: int, dtype: np.dtype[Any]) -> Seen:
        """Return room for what is measured: all spikes that neurons can fire."""
        rest = min(rest.shortest_cycles for layer in refractories(self.routing)[:-1] for rest in layer)
        room = self.topology.neurons * min(-(-self.cycles // rest) + 1, self.cycles)
        record = np.dtype(np.uint8) if self.chip.quantized and self.spec.cadc_bits <= 8 else dtype
        return Seen(
            np.zeros((samples, 1), np.int64), recycled((samples, 1, room), np.int32),
            recycled((samples, 1, room), np.int32), recycled((samples, 1, self.grid.samples, self.lanes), record),
        )  # fmt: skip

    def observation(
        self, inputs: GridEvents, masks: tuple[Array, ...], weights: NetworkWeights, seen: Seen,
        counters: dict[str, int],
    ) -> Observation:  # fmt: skip
        """Sort what was measured by layers."""
        dtype, records = weights.forward[0].dtype, seen.records[:, 0]
        codes = time_last(records[..., self.routing.circuits[-1]]).astype(dtype)
        readout = readout_units(codes, self.spec, layer_scales(weights, self.spec)[-1])
        spikes, cycles, membranes = [], [], []
        for circuits in self.routing.circuits[:-1]:
            events, cycle = self._layer_events(seen, circuits, dtype)
            spikes.append(events)
            cycles.append(cycle)
            trace = recycled((*records.shape[:2], padded(len(circuits))), records.dtype)
            trace[..., : len(circuits)] = records[..., circuits]
            trace[..., len(circuits) :] = 0
            membranes.append(trace)
        scale = membrane_scale(self.spec, dtype, self.grid.sample_steps)
        return Observation(
            grid=self.grid, inputs=inputs, spikes=tuple(spikes), readout=readout.astype(dtype, copy=False),
            recorded=Recorded(tuple(membranes), scale, masks),
            counters={"input_events": len(inputs.unit), "hidden_spikes": int(seen.spike_count.sum()), **counters},
            chip_time_s=inputs.samples * self.grid.duration_s,
            cycles=tuple(cycles), cycle_s=1 / self.spec.clock_hz,
        )  # fmt: skip

    def _layer_events(self, seen: Seen, circuits: Array, dtype: np.dtype[Any]) -> tuple[GridEvents, Array]:
        """Return the spikes of one layer on the grid, in the steps that contain their cycles, and these cycles."""
        samples, _, room = seen.spike_cycle.shape
        valid = np.arange(room) < seen.spike_count
        number = np.full(self.lanes + 1, -1)  # of the neuron in its layer, by its first circuit
        number[circuits] = np.arange(len(circuits))
        neuron = number[np.where(valid, seen.spike_place[:, 0], self.lanes)]
        sample, place = np.nonzero(neuron >= 0)
        cycle = seen.spike_cycle[sample, 0, place]
        step = cycle // self.step_cycles
        unit = neuron[sample, place]
        order = np.lexsort((unit, step, sample))
        bins = (sample * self.grid.steps + step)[order]
        edges = np.searchsorted(bins, np.arange(samples * self.grid.steps + 1))
        first = np.empty((samples, self.grid.steps + 1), np.int64)
        first[:, :-1] = edges[:-1].reshape(samples, -1)
        first[:, -1] = edges[self.grid.steps :: self.grid.steps]
        age = ((step + 1) * self.step_cycles - (cycle + 1)) / self.step_cycles
        return GridEvents(first, unit[order].astype(np.int32), len(circuits), age[order].astype(dtype)), cycle[order]
