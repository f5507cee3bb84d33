"""The analog part of the chip, cycle by cycle: the one implementation that `event`, `rtl` and `verilog` call.

One fabric cycle: driver pulses that are visible in it put their charge onto the lines; lines and membranes move by one
cycle; at the end of each grid step the membrane noise of that step is added, so that noise is the same at every level;
rails, clamp and comparators follow (`neuron.compare`). The CADC samples what the comparators saw in the cycle before
its trigger is high, or by a clock of its own where its samples are late or early (`cadc.py`).

Lane n is the neuron on column n, merged from the circuits of that column in all hemispheres.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...numerics.compiled import borrowing, embedded
from ...numerics.noise import CADC, MEMBRANE, TRIAL, add_noise, trial_key
from ...numerics.vectors import LANES, padded
from ..layer import LayerConstants
from .cadc import CadcConstants, convert, delay, due, quantize
from .neuron import NeuronConstants, compare, integrate, saturate
from .synapses import SynapseArray, strobe


class AnalogConstants(NamedTuple):
    """Everything that does not change within a batch.

    charge: (vectors, lanes). step_cycles, sample_cycles: fabric cycles per grid step and CADC sample. samples: of the
    CADC. noise_key: 0 switches noise off.
    """

    neuron: NeuronConstants
    cadc: CadcConstants
    trial_noise: Any
    array: SynapseArray
    charge: Any
    full_amplitude: int
    step_cycles: int
    sample_cycles: int
    samples: int
    noise_key: Any


class AnalogState(NamedTuple):
    """State of one sample. fired: bits of the neurons above threshold in the last cycle; keys: of the noise.

    late: int64 (2), by how many cycles CADC samples are late, and how many were taken. taken: (samples, lanes), the
    membranes of late or early ones.
    """

    u: Any
    lines: Any
    measured: Any
    value: Any
    threshold: Any
    fired: Any
    keys: Any
    late: Any
    taken: Any


def whole_chip(layers: tuple[LayerConstants, ...], columns: tuple[Any, ...], width: int) -> LayerConstants:
    """Put the constants of all layers onto their columns of a chip that is `width` columns wide.

    What no layer uses is inert: it never fires, and nothing drives it.
    """
    lanes = padded(width)

    def spread(*parts: Any, fill: float = 0.0) -> Any:
        out = np.full((*parts[0].shape[:-1], lanes), fill, parts[0].dtype)
        for part, where in zip(parts, columns, strict=True):
            out[..., where] = part[..., : len(where)]
        return out

    first = layers[0]
    neuron = {
        name: spread(*(getattr(layer.neuron, name) for layer in layers), fill=np.inf if name == "threshold" else 0.0)
        for name in first.neuron._fields
        if name != "saturation"
    }
    cadc = {name: spread(*(getattr(layer.cadc, name) for layer in layers)) for name in ("gain", "offset", "noise")}
    return LayerConstants(
        NeuronConstants(**neuron, saturation=first.neuron.saturation),
        first.cadc._replace(**cadc),
        spread(*(layer.trial_noise for layer in layers)),
        first.pair,
        0,
    )


def analog_state(constants: AnalogConstants) -> AnalogState:
    """Return room for the state of one sample; `begin` fills it."""
    neuron = constants.neuron
    lanes, dtype = neuron.decay_mem.shape[0], neuron.decay_mem.dtype
    u, measured, value, threshold = np.zeros((4, lanes), dtype)
    return AnalogState(
        u, np.zeros(neuron.drive.shape, dtype), measured, value, threshold, np.zeros(lanes // LANES, np.uint64),
        np.zeros(2, np.uint64), np.zeros(2, np.int64), np.zeros((constants.samples, lanes), dtype),
    )  # fmt: skip


@borrowing
def begin(constants, state, active, trial):  # type: ignore[no-untyped-def]
    """Begin a new sample: no synaptic current, membranes at their start. active: (lanes), 0 where one must not fire."""
    state.lines[:] = 0
    state.fired[:] = 0
    state.keys[0] = trial_key(constants.noise_key, MEMBRANE, trial)
    state.keys[1] = trial_key(constants.noise_key, CADC, trial)
    state.late[0], state.late[1] = delay(constants.cadc, constants.noise_key, trial), 0
    for n in range(active.shape[0]):
        state.u[n] = constants.neuron.start[n]
        state.threshold[n] = constants.neuron.threshold[n] if active[n] > 0 else state.u.dtype.type(np.inf)
    if constants.noise_key:
        key = trial_key(constants.noise_key, TRIAL, trial)
        add_noise(state.threshold, constants.trial_noise, key, 0, 0)


@embedded
def settle(constants, state):  # type: ignore[no-untyped-def]
    """Let the lines saturate after the pulses of a cycle."""
    saturate(state.lines, constants.neuron)


@embedded
def pulse(constants, state, driver, row_exc, row_inh, label, amplitude):  # type: ignore[no-untyped-def]
    """Let a driver pulse arrive; all pulses of a cycle come in the order of the drivers, then `settle`."""
    strobe(
        constants.array, constants.charge, constants.full_amplitude, driver, row_exc, row_inh, label, amplitude,
        state.lines,
    )  # fmt: skip


@embedded
def move(constants, state, cycle, clamped, refractory):  # type: ignore[no-untyped-def]
    """Do one cycle; `state.fired` then holds the neurons above threshold. clamped, refractory: bits, by the fabric."""
    integrate(state.u, state.lines, constants.neuron, state.u)
    if constants.noise_key and (cycle + 1) % constants.step_cycles == 0:
        step = cycle // constants.step_cycles
        add_noise(state.u, constants.neuron.noise, state.keys[0], step, 0)
    compare(state.u, state.threshold, clamped, refractory, constants.neuron, state.measured, state.fired)
    if state.late[0]:
        period, cycles = constants.sample_cycles, constants.sample_cycles * constants.samples
        while state.late[1] < constants.samples and due(state.late[1], period, state.late[0], cycles) <= cycle:
            for n in range(state.measured.shape[0]):
                state.taken[state.late[1], n] = state.measured[n]
            state.late[1] += 1


@borrowing
def sample(constants, state, number, record):  # type: ignore[no-untyped-def]
    """The CADC is triggered: fill record (lanes) with its sample `number`, unless it is late or early."""
    if not state.late[0]:
        _digitize(constants, state, state.measured, number, record)


@borrowing
def finish(constants, state, records):  # type: ignore[no-untyped-def]
    """End a sample: fill records (samples, lanes) with what was taken late or early."""
    if state.late[0]:
        for number in range(constants.samples):
            _digitize(constants, state, state.taken[number], number, records[number])


@borrowing
def _digitize(constants, state, membranes, number, record):  # type: ignore[no-untyped-def]
    convert(membranes, constants.cadc, state.value)
    if constants.noise_key:
        add_noise(state.value, constants.cadc.noise, state.keys[1], number, 0)
    quantize(state.value, constants.cadc.code_max, record)
