"""From a routing to what a host writes: the configuration of the digital path, synapse labels and weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.fabric.config import Clocks, FabricConfig, Neurons
from ...behavioral.bss2.fabric.wiring import buses, crossbar_nodes, event_output, neurons
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.network.neurons import parameters
from ...behavioral.sections import width
from ...errors import ConfigError
from .placement import Routing, Sent

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Program:
    """What is written to the chip once per network.

    fabric: registers. synapse_label: (hemispheres, rows, columns). input_source, input_channel, input_label: which
    input sends what event: link and 14-bit label.
    """

    fabric: FabricConfig
    synapse_label: Index
    input_source: Index
    input_channel: Index
    input_label: Index


def configure(routing: Routing) -> Program:
    """Return everything but the weights."""
    channel, label = input_events(routing)
    return Program(_fabric(routing), _synapse_labels(routing), routing.inputs.source, channel, label)


def synapse_weights(routing: Routing, codes: tuple[NDArray[Any], ...]) -> NDArray[Any]:
    """Return the weights of the synapse array (hemispheres, rows, columns) for signed codes per layer.

    codes: per layer (sources, neurons), own neurons after those below; where weights are not rounded, no whole numbers.
    """
    spec = routing.spec
    weights = np.zeros((spec.hemispheres, spec.rows, spec.columns), np.result_type(*codes))
    flat = weights.reshape(-1)
    for values, synapses in zip(codes, routing.synapses, strict=True):
        flat[synapses.index] = np.maximum(synapses.sign * values[synapses.source, synapses.neuron], 0)
    return weights


def programmed_synapses(routing: Routing) -> NDArray[np.int64]:
    """Return 1 where a synapse (hemispheres, rows, columns) belongs to a connection of the network, else 0."""
    spec = routing.spec
    programmed = np.zeros((spec.hemispheres, spec.rows, spec.columns), np.int64)
    for synapses in routing.synapses:
        programmed.reshape(-1)[synapses.index] = 1
    return programmed


def input_events(routing: Routing) -> tuple[Index, Index]:
    """Return link and label of the inputs' events: the bits above the bus label say which bus of the link is meant."""
    spec, bus = routing.spec, routing.inputs.bus
    choice = (bus // spec.link_channels) << (spec.row_select_bits + spec.synapse_label_bits)
    return bus % spec.link_channels, choice | _bus_label(routing, routing.inputs)


def _bus_label(routing: Routing, sources: Sent) -> Index:
    return (sources.group << routing.spec.synapse_label_bits) | sources.label


def _synapse_labels(routing: Routing) -> Index:
    spec = routing.spec
    labels = np.zeros((spec.hemispheres, spec.rows, spec.columns), np.int64)
    for synapses in routing.synapses:
        labels.reshape(-1)[synapses.index] = synapses.label
    return labels


def _fabric(routing: Routing) -> FabricConfig:
    spec = routing.spec
    config = FabricConfig.default(spec)
    config = config.with_section("nodes", **_nodes(spec))
    config = config.with_section("outputs", count_events=1).with_section("buses", enable_spl1=1)
    config = config.with_section("drivers", **_drivers(routing))
    config = config.with_section("cadc", enable=1, period=spec.cadc_period_cycles)
    config = config.with_section("neurons", **_neurons(routing))
    return config.with_section("clocks", **_clocks(_slow_clock(routing))).check(spec)


def _nodes(spec: ChipSpec) -> dict[str, Index]:
    """Neurons reach their buses and the host; an input reaches the bus that its upper bits name; the rest drop all."""
    above_bus = spec.row_select_bits + spec.synapse_label_bits
    choices = (1 << (spec.label_bits - above_bus)) - 1
    if -(-buses(spec) // spec.link_channels) > choices + 1:
        raise ConfigError(f"label_bits = {spec.label_bits} cannot tell the {buses(spec)} buses of a link apart")
    first_link, first_background = spec.event_outputs, spec.event_outputs + spec.link_channels
    mask, target = [], []
    for source, output in crossbar_nodes(spec):
        if source < first_link:
            mask.append(0)
            target.append(0)
        elif source < first_background and output < buses(spec) and output % spec.link_channels == source - first_link:
            mask.append(choices << above_bus)
            target.append((output // spec.link_channels) << above_bus)
        else:  # nothing agrees with a target outside the mask
            mask.append(0)
            target.append(1)
    return {"mask": np.array(mask), "target": np.array(target), "count_drops": np.ones(len(mask), np.int64)}


def _drivers(routing: Routing) -> dict[str, Index]:
    """Drivers in use receive; their rows have the sign of what arrives there."""
    spec = routing.spec
    sign = np.zeros((spec.hemispheres * spec.drivers, 2), np.int64)  # of the bottom and the top row
    for seats in routing.seats:
        for seat in seats:
            for row, value in ((seat.row_exc, 1), (seat.row_inh, -1)):
                if row >= 0:
                    sign[seat.hemisphere * spec.drivers + row // 2, row % 2] = value
    bottom, top = sign.T
    receiver = (sign != 0).any(axis=1).astype(np.int64)
    modes = {"exc_top": top > 0, "inh_top": top < 0, "exc_bottom": bottom > 0, "inh_bottom": bottom < 0}
    return {
        "receiver": receiver,
        "compare_mask": np.full_like(receiver, routing.groups - 1),
        **{name: mode.astype(np.int64) for name, mode in modes.items()},
    }


def _neurons(routing: Routing) -> dict[str, Index]:
    """Hidden neurons send, from their first circuit; address = row-select bits of the group, then the label."""
    spec = routing.spec
    rest, address, enable = refractory(spec), *np.zeros((2, neurons(spec)), np.int64)
    time, fast = np.full((2, neurons(spec)), [[rest.ticks], [int(not rest.scale)]])
    for circuits, sent in zip(routing.circuits, routing.hidden, strict=False):
        address[circuits] = _bus_label(routing, sent)
        enable[circuits] = 1
    if not routing.topology.usual_neurons:
        for circuits, rests in zip(routing.circuits, refractories(routing), strict=True):
            time[circuits] = [rest.ticks for rest in rests]
            fast[circuits] = [int(not rest.scale) for rest in rests]
    return {"address": address, "enable": enable, "refractory_time": time, "fast_clock": fast}


def _slow_clock(routing: Routing) -> Refractory:
    rests = [refractory(routing.spec), *(rest for layer in refractories(routing) for rest in layer)]
    return max(rests, key=lambda rest: rest.scale)


def _clocks(rest: Refractory) -> dict[str, int]:
    """The fast refractory clock ticks in every cycle; neurons that count more slowly take the slow one."""
    return {"slow_scale": rest.scale} if rest.scale else {}


class Refractory(NamedTuple):
    """Refractory time in ticks, of 2^scale cycles each."""

    ticks: int
    scale: int

    @property
    def shortest_cycles(self) -> int:
        """Cycles in which a neuron that has fired does not fire again, at least."""
        return max(1, (self.ticks - 1) << self.scale)


def refractories(routing: Routing) -> tuple[tuple[Refractory, ...], ...]:
    """Return the refractory times of the neurons of each layer, the readout last.

    Those that the fast clock has no room for share the slow one. Raises `ConfigError` if it has no room either.
    """
    spec, topology, out = routing.spec, routing.topology, []
    for own, size in zip(topology.neurons_of, topology.sizes[1:], strict=True):
        times = parameters(spec, own, size).refractory_s.tolist()
        out.append(tuple(refractory(spec.with_fields(refractory_s=each)) for each in times))
    slowest = max((rest.scale for layer in out for rest in layer), default=0)
    return tuple(
        tuple(rest if rest.scale in (0, slowest) else _at_scale(rest, slowest) for rest in layer) for layer in out
    )


def _at_scale(rest: Refractory, scale: int) -> Refractory:
    """Return about the same time in ticks of a slower clock."""
    return Refractory(max(1, round(((rest.ticks - 1) << rest.scale) / (1 << scale))) + 1, scale)


@lru_cache(maxsize=256)
def refractory(spec: ChipSpec) -> Refractory:
    """Return the refractory time on the finest clock that its counter has room for. Raises `ConfigError` without one.

    The latest hold-off ends the reset one tick before the refractory time; this tick is added, so that a membrane
    rests for `refractory_s`. Ticks of several cycles are a common beat, so the first one comes early by half a tick on
    average, which is made up for.
    """
    cycles, most = spec.refractory_s * spec.clock_hz, (1 << width(spec, Neurons, "refractory_time")) - 1
    for scale in range(1 << width(spec, Clocks, "slow_scale")):
        tick = 1 << scale
        ticks = round((cycles + (tick - 1) / 2) / tick) + 1
        if ticks <= most:
            return Refractory(ticks, scale)
    raise ConfigError(
        f"refractory_s = {spec.refractory_s:g} is {cycles:.4g} cycles, the refractory counter has room for "
        f"{most - 1} ticks of {tick} cycles"
    )


def neuron_of(routing: Routing) -> dict[tuple[int, int], int]:
    """Return the first circuit of each hidden neuron by event output and address, as the host decodes its spikes."""
    out = {}
    for circuits, sent in zip(routing.circuits, routing.hidden, strict=False):
        outputs, _ = event_output(routing.spec, circuits)
        for circuit, output, address in zip(circuits, outputs, _bus_label(routing, sent), strict=True):
            out[int(output), int(address)] = int(circuit)
    return out
