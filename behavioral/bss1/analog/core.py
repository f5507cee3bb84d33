"""The analog part of one HICANN, cycle by cycle: the one implementation that `event`, `verilog` and `rtl` call.

One cycle of the digital path: strobes that are visible in it put their charge onto the synaptic inputs; membranes move
by one cycle (`membrane.py`); what crosses its threshold fires. A neuron's rest after a spike is analog on this chip, so
nothing comes back from the digital path.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

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
    """state: (4, N), see `membrane.advance`. fired: uint64 words of `NARROW` neurons."""

    state: Any
    fired: Any


def analog_state(constants: AnalogConstants) -> AnalogState:
    """Return the state of neurons at rest."""
    lanes = constants.neurons.leak.shape[0]
    return AnalogState(np.zeros((4, lanes), DTYPE), np.zeros(lanes // NARROW, np.uint64))


@borrowing
def begin(analog):  # type: ignore[no-untyped-def]
    """Put all to rest for a new sample."""
    analog.state[:] = 0
    analog.fired[:] = 0


@borrowing
def move(constants, analog, pulses, count, fires):  # type: ignore[no-untyped-def]
    """Do one cycle with its pulses; return how many circuits fire.

    pulses: rows of driver, strobes, synapse address, by driver; the first `count` are taken. fires: filled with their
    numbers.
    """
    for k in range(count):
        strobe(constants.synapses, analog.state, pulses[k, 0], pulses[k, 1], pulses[k, 2])
    advance(analog.state, constants.neurons, analog.fired)
    number = 0
    for w in range(analog.fired.shape[0]):
        bits = analog.fired[w]
        while bits:
            fires[number] = constants.circuit[w * NARROW + lowest_bit(bits)]
            bits &= bits - np.uint64(1)
            number += 1
    return number
