"""Level `behavioral`: the chip as numbers on a time grid. Compiled, for the CPU.

No contention in the digital path: a spike reaches all its synapses at the beginning of the next grid step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.die import Die
from ...behavioral.bss2.layer import (
    LayerConstants,
    alike,
    layer_constants,
    membrane_scale,
    readout_start,
    readout_units,
    synapse_rows,
)
from ...behavioral.bss2.network import Own, run_chip
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.events import GridEvents, SpikeBatch
from ...behavioral.grid import TimeGrid
from ...behavioral.network.feeds import feeds_of
from ...behavioral.network.ideal import layer_constants as ideal_layers
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights, layer_codes, layer_scales
from ...behavioral.numerics.noise import TemporalNoise
from ...behavioral.numerics.threads import run_parts, shares
from ...behavioral.numerics.vectors import padded
from ..buffers import Array, active_masks, checked_inputs, event_room, recycled, time_last
from ..fidelity import BEHAVIORAL
from ..ideal import count_spikes
from ..observation import Observation, Recorded
from ..remembered import remembered
from .placement import LayerPlacement


class BehavioralLevel:
    """Quantised weights, die mismatch, saturation, temporal noise and CADC.

    quantized=False leaves weights and CADC samples unrounded and unclipped.
    """

    fidelity = BEHAVIORAL

    def __init__(
        self,
        topology: Topology,
        spec: ChipSpec,
        die: Die,
        placement: tuple[LayerPlacement, ...],
        grid: TimeGrid,
        *,
        noise: TemporalNoise,
        noise_key: int,
        quantized: bool = True,
    ) -> None:
        self.topology, self.spec, self.die, self.placement, self.grid = topology, spec, die, placement, grid
        self.noise, self.quantized = noise, quantized
        self.weight_limit = spec.weight_max / spec.weight_lsb_per_unit if quantized else float("inf")
        self.noise_key = np.uint64(0 if noise.silent else noise_key)

    @remembered
    def layers(self, dtype: np.dtype[Any]) -> tuple[LayerConstants, ...]:
        """Return the `LayerConstants` of all layers, the readout last."""
        last = len(self.placement) - 1
        layers = tuple(
            layer_constants(
                self.spec, self.die, self.grid.step_s, place.circuits, place.place, spiking=k < last,
                noise=self.noise, quantized=self.quantized, dtype=dtype, neurons=self.topology.neurons_of[k],
            )
            for k, place in enumerate(self.placement)
        )  # fmt: skip
        return alike(layers)

    def readout_start(self, weights: NetworkWeights) -> float:
        """Return the membranes of the nominal readout at the beginning of a sample, in software units."""
        return readout_start(self.spec, weights)

    def rows(self, weights: NetworkWeights) -> tuple[Array, ...]:
        """Return the charge per synapse of all layers (see `synapse_rows`) as the chip holds the weights."""
        dtype, unit = weights.forward[0].dtype, self.spec.weight_lsb_per_unit
        return tuple(
            synapse_rows(codes, unit, self.die, place.hemisphere, place.driver, place.blocks, dtype)
            for codes, place in zip(layer_codes(weights, self.spec, self.quantized), self.placement, strict=True)
        )

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights,
        trials: NDArray[np.uint64],
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,
    ) -> Observation:
        """See `Level.run`."""
        topology, grid = self.topology, self.grid
        dtype = weights.forward[0].dtype
        inputs = checked_inputs(spikes, weights, trials, topology, grid)
        samples = inputs.samples
        hidden_actives = active_masks(topology, samples, silenced, dtype)
        actives = (*hidden_actives, np.ones((samples, padded(topology.outputs)), dtype))
        scales = layer_scales(weights, self.spec)
        rows, layers = self.rows(weights), self.layers(dtype)
        owns = tuple(
            Own(topology.below(k) if looped else -1, max(1, topology.fan_in(k)))
            for k, looped in enumerate((*topology.recurrent, False))
        )
        feeds = feeds_of(topology, tuple(len(place.blocks) for place in self.placement))
        events = tuple(event_room(samples, grid.steps, size, dtype) for size in topology.sizes[1:])
        firsts, units, ages = (tuple(getattr(room, name) for room in events) for name in ("first", "unit", "age"))
        record_type = np.dtype(np.uint8) if self.quantized and self.spec.cadc_bits <= 8 else dtype
        kept = (*(samples if record_membranes else 0 for _ in topology.hidden), samples)
        records = tuple(
            recycled((count, grid.samples, padded(size)), record_type)
            for count, size in zip(kept, topology.sizes[1:], strict=True)
        )
        rests = tuple(each.rest for each in ideal_layers(topology, self.spec, grid, dtype))

        def task(_: int, start: int, stop: int) -> None:
            run_chip(
                start, stop, inputs.first, inputs.unit, feeds, rows, layers, actives, rests, owns,
                grid.sample_steps, self.noise_key, trials, firsts, units, ages, records,
            )  # fmt: skip

        run_parts(task, shares(samples))
        codes = time_last(records[-1][..., : topology.outputs]).astype(dtype)
        readout = readout_units(codes, self.spec, scales[-1])
        return Observation(
            grid=grid,
            inputs=inputs,
            spikes=events[:-1],
            readout=readout.astype(dtype, copy=False),
            recorded=Recorded(records[:-1], membrane_scale(self.spec, dtype, grid.sample_steps), hidden_actives),
            counters={"input_events": len(inputs.unit), "hidden_spikes": count_spikes(events[:-1])},
            chip_time_s=samples * grid.duration_s,
        )
