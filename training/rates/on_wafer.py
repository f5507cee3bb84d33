"""A network of rates on a wafer: converted for what is measured there, and run."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...cosim.wafer.behavioral import BehavioralWafer
from ...cosim.wafer.level import WaferLevel
from ...cosim.wafer.wafer import Wafer
from ..datasets.rate import rate_code
from .conversion import RateScales, convert
from .curves import measure_curves
from .relu import ReluWeights, activations
from .task import RateTask

Floats = NDArray[np.float64]
Parameters = tuple[Floats, ...]

_AT_ONCE: Final = 200  # samples per call of the level, for the sake of memory
_CONVERSION_IMAGES: Final = 5000


class OnWafer:
    """The network of a task on a wafer, whose synapses have the strengths of `scales`."""

    def __init__(self, task: RateTask, wafer: Wafer, scales: RateScales) -> None:
        self.task, self.grid, self.scales = task, task.grid(wafer.spec), scales
        self.level: WaferLevel = BehavioralWafer(task.topology, wafer, self.grid)

    @property
    def images_per_s(self) -> float:
        """Images that the wafer takes per second, the pause between them included."""
        return 1 / (self.grid.duration_s + self.task.pause_s)

    def rates(self, parameters: Parameters, images: NDArray[np.float32], seed: int, first_trial: int) -> list[Floats]:
        """Return the activities of all populations, (samples, neurons) each, the inputs first.

        seed, first_trial: of the phases or draws of the input trains.
        """
        task, found = self.task, []
        configuration = self.scales.configuration(parameters)
        for start in range(0, len(images), _AT_ONCE):
            part = images[start : start + _AT_ONCE]
            trials = (np.arange(len(part)) + first_trial + start).astype(np.uint64)
            spikes = rate_code(part, task.rate_hz, self.grid, task.train, seed, trials)
            seen = self.level.run(spikes, configuration)
            found.append([spikes.counts(), *seen.counts()])
        return [np.concatenate(each) / (self.grid.duration_s * task.rate_hz) for each in zip(*found, strict=True)]


def converted(
    task: RateTask, wafer: Wafer, software: ReluWeights, images: NDArray[np.float32]
) -> tuple[OnWafer, Parameters]:
    """Measure the wafer, convert a ReLU network, and return it on the wafer with its weights.

    images: of the training data; their activations in software set the scale of each layer.
    """
    grid = task.grid(wafer.spec)
    curves = measure_curves(task.topology, wafer, grid, task.rate_hz, task.train, wafer.write_seed)
    active = activations(software, images[:_CONVERSION_IMAGES])
    parameters, scales = convert(software, active, curves, wafer.spec, task.rate_hz)
    return OnWafer(task, wafer, scales), parameters
