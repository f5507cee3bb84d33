"""Activation curves: the rate of each neuron against its excitatory drive, measured on the chips.

All inputs spike at the same rate onto synapses of code 1. The drive is counted in codes · strength · rate, with the
rate in units of the full rate; a neuron's activity is its rate in the same units. The mean curve is fitted by
max(slope · (drive − rheobase), 0) where it is neither silent nor near saturation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...cosim.bss1.behavioral import BehavioralLevel
from ...cosim.bss1.chip import Bss1Chip
from ...cosim.bss1.configuration import Configuration, nearest_strength
from ...errors import ConfigError
from ..datasets.rate import Train, rate_code

Floats = NDArray[np.float64]

_FITTED: Final = (0.1, 1.0)  # mean activities that the straight line is fitted to
_POINTS: Final = 41
_DRIVE: Final = 1500.0  # largest drive applied
_PHASES: Final = 4  # runs per drive, with other phases of the inputs


@dataclass(frozen=True, eq=False)
class ActivationCurves:
    """drive: (points). activity: (points, neurons). slope, rheobase: of the line through the mean."""

    drive: Floats
    activity: Floats
    slope: float
    rheobase: float


def measure_curves(
    topology: Topology, wafer: Bss1Chip, grid: TimeGrid, rate_hz: float, train: Train, seed: int
) -> ActivationCurves:
    """Measure as many neurons as the network has, on the sites that they take on the wafer.

    Raises `ConfigError` if the mean curve does not rise to the full rate.
    """
    strength = nearest_strength(_DRIVE / topology.inputs, wafer.spec)
    neurons = topology.neurons
    line = Topology(topology.inputs, (neurons,), 1, (False,))
    level = BehavioralLevel(line, wafer, grid)
    codes = np.zeros((topology.inputs + 1, neurons), np.int64)
    codes[:-1] = 1
    configuration = Configuration(
        (codes, np.zeros((neurons + 1, 1), np.int64)), ((strength, strength),) * 2, bias_steps=grid.steps
    )
    shares = np.linspace(0, 1, _POINTS)
    values = np.broadcast_to(np.repeat(shares, _PHASES)[:, None], (_POINTS * _PHASES, topology.inputs))
    trials = np.arange(len(values)).astype(np.uint64)
    counts = level.run(rate_code(values, rate_hz, grid, train, seed, trials), configuration).counts()[0]
    activity = counts.reshape(_POINTS, _PHASES, -1).mean(axis=1) / (grid.duration_s * rate_hz)
    drive = shares * topology.inputs * strength.ratio
    mean = activity.mean(axis=1)
    fitted = (mean > _FITTED[0]) & (mean < _FITTED[1])
    if fitted.sum() < 2:
        raise ConfigError(
            f"the mean activity rises to {mean.max():.2g} of the full rate of {rate_hz:g} Hz in {_POINTS} steps: no "
            "straight line can be fitted; choose another full rate"
        )
    slope, offset = np.polyfit(drive[fitted], mean[fitted], 1)
    return ActivationCurves(drive, activity, float(slope), float(-offset / slope))
