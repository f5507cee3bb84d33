"""Neuron backend: which fires count, how long a neuron rests and is clamped, and its way onto the event output.

The refractory counter is never stepped: the end of the refractory period and of the clamp follow from the cycle of the
spike and the scale of the neuron's clock.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...digital.arbiter import behind, next_in_turn
from ...digital.records import empty_table, table
from ...digital.ticks import nth_tick
from ...numerics.compiled import borrowing
from ...sections import width
from ..spec import ChipSpec
from .config import FabricConfig, Neurons
from .wiring import event_output, neurons


class BackendConstants(NamedTuple):
    """Settings of the neurons on E event outputs with S slots each.

    neurons: output, slot, label, enable, scale (of the clock), refractory_ticks and clamp_ticks from a spike to the
    ends; clamp_ticks ≤ 0: the counter starts at the end of the clamp or behind it. neuron_at: int64 (E, S).
    """

    neurons: Any
    neuron_at: Any


class BackendState(NamedTuple):
    """neurons: refractory_end and clamp_end (first cycle in which it is over), spikes. pending: bool (E, S).

    outputs: waiting (how many are pending), pointer, lost.
    """

    neurons: Any
    pending: Any
    outputs: Any


def backend_constants(spec: ChipSpec, config: FabricConfig) -> BackendConstants:
    """Return the settings in compiled form."""
    section, clocks = config.neurons, config.clocks
    count, outputs = neurons(spec), spec.event_outputs
    output, slot = event_output(spec, np.arange(count))
    at = np.zeros((outputs, count // outputs), np.int64)
    at[output, slot] = np.arange(count)
    half = output * len(clocks.slow_scale) // outputs
    scale = np.where(section.fast_clock == 1, clocks.fast_scale[half], clocks.slow_scale[half])
    clamp_range = (2 << width(spec, Neurons, "reset_holdoff")) - 1
    settings = table(
        output=output, slot=slot, label=output << width(spec, Neurons, "address") | section.address,
        enable=section.enable, scale=scale, refractory_ticks=section.refractory_time,
        clamp_ticks=section.refractory_time - clamp_range + 2 * section.reset_holdoff,
    )  # fmt: skip
    return BackendConstants(settings, at)


def backend_state(spec: ChipSpec) -> BackendState:
    """Return the state after clear."""
    count, outputs = neurons(spec), spec.event_outputs
    return BackendState(
        empty_table(count, "refractory_end", "clamp_end", "spikes"),
        np.zeros((outputs, count // outputs), np.bool_),
        empty_table(outputs, "waiting", "pointer", "lost"),
    )


@borrowing
def refractory_end(cycle, ticks, scale):  # type: ignore[no-untyped-def]
    """Return the first cycle in which a neuron that fired in `cycle` rests again."""
    return cycle + 1 if ticks == 0 else nth_tick(cycle + 1, scale, ticks) + 1


@borrowing
def clamp_end(cycle, ticks, clamp_ticks, scale):  # type: ignore[no-untyped-def]
    """Return the first cycle in which a neuron that fired in `cycle` is no longer clamped."""
    if clamp_ticks > 0:
        return nth_tick(cycle + 1, scale, clamp_ticks) + 1
    # The counter is loaded with the value that ends the clamp; a tick in the next cycle skips it.
    if ticks == 0 or (clamp_ticks == 0 and nth_tick(cycle + 1, scale, 1) > cycle + 1):
        return cycle + 2
    return refractory_end(cycle, ticks, scale)


@borrowing
def accept(constants, state, n, cycle):  # type: ignore[no-untyped-def]
    """Take the fire of neuron `n` if it rests; return whether it counts. Grants of `cycle` must be done."""
    fixed, neuron = constants.neurons[n], state.neurons[n]
    if cycle < neuron.refractory_end:
        return False
    neuron.refractory_end = refractory_end(cycle, fixed.refractory_ticks, fixed.scale)
    neuron.clamp_end = clamp_end(cycle, fixed.refractory_ticks, fixed.clamp_ticks, fixed.scale)
    neuron.spikes += 1
    if fixed.enable:
        output = state.outputs[fixed.output]
        if state.pending[fixed.output, fixed.slot]:
            output.lost += 1
        else:
            state.pending[fixed.output, fixed.slot] = True
            output.waiting += 1
    return True


@borrowing
def grant(constants, state, output):  # type: ignore[no-untyped-def]
    """Take one pending neuron off an event output and return the label of its spike."""
    turn = state.outputs[output]
    slot = next_in_turn(state.pending[output], turn.pointer)
    state.pending[output, slot] = False
    turn.waiting -= 1
    turn.pointer = behind(slot, state.pending.shape[1])
    return constants.neurons[constants.neuron_at[output, slot]].label
