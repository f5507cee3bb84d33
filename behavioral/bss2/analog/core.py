"""The analog core in lock-step (`behavioral/lockstep.py`): the one implementation of `event`, `rtl` and `verilog`.

One fabric cycle: driver pulses that are visible in it put their charge onto the lines; lines and membranes move by one
cycle; at the end of each grid step the membrane noise of that step is added, so that noise is the same at every level;
rails, clamp and comparators follow (`neuron.compare`). The CADC samples what the comparators saw in the cycle before
its trigger is high, or by a clock of its own where its samples are late or early (`cadc.py`).

Lane n is the neuron whose first circuit is n; it may be merged from several.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import lockstep
from ...numerics.compiled import borrowing
from ...numerics.noise import CADC, MEMBRANE, TRIAL, add_noise, trial_key
from ...numerics.vectors import LANES, append_units
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

    late: int64, by how many cycles CADC samples are late. taken: (samples, lanes), the membranes of late or early ones.
    samples: int64 (2), how many of those were taken, and how often the CADC was triggered.
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
    samples: Any


class Held(NamedTuple):
    """What the fabric holds of the neurons: bits of those that it clamps and of those that are refractory, uint64."""

    clamped: Any
    refractory: Any


def nothing_held(lanes: int) -> Held:
    """Return room for the bits of so many lanes."""
    return Held(np.zeros(lanes // LANES, np.uint64), np.zeros(lanes // LANES, np.uint64))


class Core(NamedTuple):
    """One core for a batch. active: (samples, lanes), 0 where a neuron must not fire. trials: noise counters, uint64.

    fires: int32, filled with the lanes that fire in a cycle.
    """

    constants: AnalogConstants
    state: AnalogState
    active: Any
    trials: Any
    fires: Any


def core(constants: AnalogConstants, active: Any, trials: Any) -> Core:
    """Return a core with a state of its own."""
    lanes = constants.neuron.decay_mem.shape[0]
    return Core(constants, analog_state(constants), active, trials, np.zeros(lanes + 1, np.int32))


def whole_chip(layers: tuple[LayerConstants, ...], circuits: tuple[Any, ...], lanes: int) -> LayerConstants:
    """Put the constants of all layers onto the lanes of their neurons' first circuits.

    What no layer uses is inert: it never fires, and nothing drives it.
    """

    def spread(*parts: Any, fill: float = 0.0) -> Any:
        shape = tuple(max(sizes) for sizes in zip(*(part.shape[:-1] for part in parts), strict=True))
        out = np.full((*shape, lanes), fill, parts[0].dtype)
        for part, where in zip(parts, circuits, strict=True):
            out[tuple(slice(0, size) for size in part.shape[:-1])][..., where] = part[..., : len(where)]
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
    """Return room for the state of one sample; `lockstep.begin` fills it."""
    neuron = constants.neuron
    lanes, dtype = neuron.decay_mem.shape[0], neuron.decay_mem.dtype
    u, measured, value, threshold = np.zeros((4, lanes), dtype)
    return AnalogState(
        u, np.zeros(neuron.drive.shape, dtype), measured, value, threshold, np.zeros(lanes // LANES, np.uint64),
        np.zeros(2, np.uint64), np.zeros(1, np.int64), np.zeros((constants.samples, lanes), dtype),
        np.zeros(2, np.int64),
    )  # fmt: skip


@lockstep.begin.of(Core, borrowing)
def _begin(core, sample):  # type: ignore[no-untyped-def]
    """No synaptic current, membranes at their start."""
    constants, state, trial = core.constants, core.state, core.trials[sample]
    state.lines[:] = 0
    state.fired[:] = 0
    state.keys[0] = trial_key(constants.noise_key, MEMBRANE, trial)
    state.keys[1] = trial_key(constants.noise_key, CADC, trial)
    state.late[0] = delay(constants.cadc, constants.noise_key, trial)
    state.samples[:] = 0
    for n in range(core.active.shape[1]):
        state.u[n] = constants.neuron.start[n]
        state.threshold[n] = constants.neuron.threshold[n] if core.active[sample, n] > 0 else state.u.dtype.type(np.inf)
    if constants.noise_key:
        key = trial_key(constants.noise_key, TRIAL, trial)
        add_noise(state.threshold, constants.trial_noise, key, 0, 0)


@lockstep.act.of(Core)
def _act(core, pulses, count):  # type: ignore[no-untyped-def]
    """pulses: rows of driver, row_exc, row_inh, label, amplitude. The lines saturate behind the last one."""
    constants, lines = core.constants, core.state.lines
    for k in range(count):
        strobe(
            constants.array, constants.charge, constants.full_amplitude, pulses[k, 0], pulses[k, 1], pulses[k, 2],
            pulses[k, 3], pulses[k, 4], lines,
        )  # fmt: skip
    saturate(lines, constants.neuron)


@lockstep.move.of(Core)
def _move(core, cycle, held):  # type: ignore[no-untyped-def]
    """held: `Held`."""
    constants, state = core.constants, core.state
    integrate(state.u, state.lines, constants.neuron, state.u)
    if constants.noise_key and (cycle + 1) % constants.step_cycles == 0:
        step = cycle // constants.step_cycles
        add_noise(state.u, constants.neuron.noise, state.keys[0], step, 0)
    compare(state.u, state.threshold, held.clamped, held.refractory, constants.neuron, state.measured, state.fired)
    if state.late[0]:
        period, cycles = constants.sample_cycles, constants.sample_cycles * constants.samples
        while state.samples[0] < constants.samples and due(state.samples[0], period, state.late[0], cycles) <= cycle:
            for n in range(state.measured.shape[0]):
                state.taken[state.samples[0], n] = state.measured[n]
            state.samples[0] += 1
    return append_units(state.fired, core.fires, 0)


@lockstep.convert.of(Core, borrowing)
def _convert(core, records):  # type: ignore[no-untyped-def]
    """Fill the next of the records, unless it is late or early."""
    number = core.state.samples[1]
    if number < records.shape[0] and not core.state.late[0]:
        _digitize(core.constants, core.state, core.state.measured, number, records[number])
    core.state.samples[1] = number + 1


@lockstep.finish.of(Core, borrowing)
def _finish(core, records):  # type: ignore[no-untyped-def]
    """Fill what was taken late or early."""
    if core.state.late[0]:
        for number in range(core.constants.samples):
            _digitize(core.constants, core.state, core.state.taken[number], number, records[number])
    return core.state.samples[1] == records.shape[0]


@borrowing
def _digitize(constants, state, membranes, number, record):  # type: ignore[no-untyped-def]
    convert(membranes, constants.cadc, state.value)
    if constants.noise_key:
        add_noise(state.value, constants.cadc.noise, state.keys[1], number, 0)
    quantize(state.value, constants.cadc.code_max, record)
