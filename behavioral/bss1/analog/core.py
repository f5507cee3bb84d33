"""The analog part of one chip in lock-step (`behavioral/lockstep.py`): the one implementation of its digital levels.

One cycle of the digital path: strobes that are visible in it put their charge onto the synaptic inputs; membranes move
by one cycle (`neuron.py`); what crosses its threshold fires.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import lockstep
from ...numerics.compiled import borrowing
from ...numerics.simd import lowest_bit
from ...numerics.vectors import NARROW
from .neuron import DTYPE, Membranes, advance
from .synapses import Synapses, strobe


class AnalogConstants(NamedTuple):
    """Neurons of N lanes with their synapses. circuit: int64 (N), the circuit whose comparator a neuron uses."""

    neurons: Membranes
    synapses: Synapses
    circuit: Any


class AnalogState(NamedTuple):
    """state: (4, N), see `neuron.advance`. fired: uint64 words of `NARROW` neurons."""

    state: Any
    fired: Any


class Core(NamedTuple):
    """fires: int32, filled with the circuits that fire in a cycle. resting: (samples, N), see `core`."""

    constants: AnalogConstants
    analog: AnalogState
    fires: Any
    resting: Any


def core(constants: AnalogConstants, resting: Any) -> Core:
    """Return neurons with a state of their own, at rest.

    resting: (samples, N), cycles of rest with which each begins a sample, infinite for neurons that must not fire.
    """
    lanes = constants.neurons.leak.shape[0]
    state = AnalogState(np.zeros((4, lanes), DTYPE), np.zeros(lanes // NARROW, np.uint64))
    return Core(constants, state, np.zeros(lanes, np.int32), resting)


@lockstep.begin.of(Core, borrowing)
def _begin(core, sample):  # type: ignore[no-untyped-def]
    """All neurons at rest."""
    core.analog.state[:] = 0
    for n in range(core.resting.shape[1]):
        core.analog.state[3, n] = core.resting[sample, n]
    core.analog.fired[:] = 0


@lockstep.act.of(Core)
def _act(core, pulses, count):  # type: ignore[no-untyped-def]
    """pulses: rows of driver, strobes, synapse address."""
    for k in range(count):
        strobe(core.constants.synapses, core.analog.state, pulses[k, 0], pulses[k, 1], pulses[k, 2])


@lockstep.move.of(Core)
def _move(core, cycle, held):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """A neuron's rest after a spike is analog on this chip: the digital path holds nothing."""
    analog = core.analog
    advance(analog.state, core.constants.neurons, analog.fired)
    number = 0
    for w in range(analog.fired.shape[0]):
        bits = analog.fired[w]
        while bits:
            core.fires[number] = core.constants.circuit[w * NARROW + lowest_bit(bits)]
            bits &= bits - np.uint64(1)
            number += 1
    return number


@lockstep.convert.of(Core)
def _convert(core, records):  # type: ignore[no-untyped-def]
    """There is no CADC."""


@lockstep.finish.of(Core)
def _finish(core, records):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return True
