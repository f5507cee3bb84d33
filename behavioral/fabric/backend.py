"""Neuron backend: which fires count, how long a neuron rests and is clamped, and its way onto the event output.

The refractory counter is never stepped: the end of the refractory period and of the clamp follow from the cycle of the
spike and the scale of the neuron's clock.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from .arbiter import behind, next_in_turn
from .config import FabricConfig, Neurons, width
from .ticks import nth_tick
from .wiring import event_output, neurons


class BackendConstants(NamedTuple):
    """Settings of N neurons on E event outputs with S slots each.

    output, slot, label, enable, scale: (N). refractory_ticks, clamp_ticks: (N), ticks from a spike to the ends; clamp
    ticks of 0 and less: the counter starts at the end of the clamp or behind it. neuron: (E, S).
    """

    output: Any
    slot: Any
    label: Any
    enable: Any
    scale: Any
    refractory_ticks: Any
    clamp_ticks: Any
    neuron: Any


class BackendState(NamedTuple):
    """refractory_end, clamp_end: (N), first cycle in which it is over. spikes: (N). pending: (E, S).

    waiting: (E), how many are pending. pointer, lost: (E).
    """

    refractory_end: Any
    clamp_end: Any
    spikes: Any
    pending: Any
    waiting: Any
    pointer: Any
    lost: Any


def backend_constants(spec: ChipSpec, config: FabricConfig) -> BackendConstants:
    """Return the settings in compiled form."""
    section, clocks = config.neurons, config.clocks
    count, outputs = neurons(spec), spec.event_outputs
    output, slot = np.array([event_output(spec, n) for n in range(count)], np.int64).T.copy()
    at = np.zeros((outputs, count // outputs), np.int64)
    at[output, slot] = np.arange(count)
    half = output * len(clocks.slow_scale) // outputs
    scale = np.where(section.fast_clock == 1, clocks.fast_scale[half], clocks.slow_scale[half])
    clamp_range = (2 << width(spec, Neurons, "reset_holdoff")) - 1
    return BackendConstants(
        output, slot, output << width(spec, Neurons, "address") | section.address, section.enable, scale,
        section.refractory_time, section.refractory_time - clamp_range + 2 * section.reset_holdoff, at,
    )  # fmt: skip


def backend_state(spec: ChipSpec) -> BackendState:
    """Return the state after clear."""
    count, outputs = neurons(spec), spec.event_outputs
    slots = count // outputs
    return BackendState(
        *(np.zeros(count, np.int64) for _ in range(3)),
        np.zeros((outputs, slots), np.bool_),
        *(np.zeros(outputs, np.int64) for _ in range(3)),
    )


@kernel
def refractory_end(cycle, ticks, scale):  # type: ignore[no-untyped-def]
    """Return the first cycle in which a neuron that fired in `cycle` rests again."""
    return cycle + 1 if ticks == 0 else nth_tick(cycle + 1, scale, ticks) + 1


@kernel
def clamp_end(cycle, ticks, clamp_ticks, scale):  # type: ignore[no-untyped-def]
    """Return the first cycle in which a neuron that fired in `cycle` is no longer clamped."""
    if clamp_ticks > 0:
        return nth_tick(cycle + 1, scale, clamp_ticks) + 1
    # The counter is loaded with the value that ends the clamp; a tick in the next cycle skips it.
    if ticks == 0 or (clamp_ticks == 0 and nth_tick(cycle + 1, scale, 1) > cycle + 1):
        return cycle + 2
    return refractory_end(cycle, ticks, scale)


@kernel
def accept(constants, state, n, cycle):  # type: ignore[no-untyped-def]
    """Take the fire of neuron `n` if it rests; return whether it counts. Grants of `cycle` must be done."""
    if cycle < state.refractory_end[n]:
        return False
    ticks, scale = constants.refractory_ticks[n], constants.scale[n]
    state.refractory_end[n] = refractory_end(cycle, ticks, scale)
    state.clamp_end[n] = clamp_end(cycle, ticks, constants.clamp_ticks[n], scale)
    state.spikes[n] += 1
    if constants.enable[n]:
        output, slot = constants.output[n], constants.slot[n]
        if state.pending[output, slot]:
            state.lost[output] += 1
        else:
            state.pending[output, slot] = True
            state.waiting[output] += 1
    return True


@kernel
def grant(constants, state, output):  # type: ignore[no-untyped-def]
    """Take one pending neuron off an event output and return the label of its spike."""
    slot = next_in_turn(state.pending[output], state.pointer[output])
    state.pending[output, slot] = False
    state.waiting[output] -= 1
    state.pointer[output] = behind(slot, state.pending.shape[1])
    return constants.label[constants.neuron[output, slot]]
