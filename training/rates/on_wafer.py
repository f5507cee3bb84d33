"""A network of rates on a wafer: converted for what is measured there, and run."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents
from ...checks import checked
from ...cosim.bss1.chip import Bss1Chip
from ...cosim.bss1.levels import WaferLevel
from ...cosim.levels import open_level
from ...cosim.observation import Observation
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
    """The network of a task on a wafer, at some level; its synapses have the strengths of `scales`."""

    @checked
    def __init__(self, task: RateTask, wafer: Bss1Chip, scales: RateScales, fidelity: str = "behavioral") -> None:
        self.task, self.grid, self.scales = task, task.grid(wafer.spec), scales
        self.level = cast(WaferLevel, open_level(fidelity, task.topology, wafer, self.grid))

    @property
    def images_per_s(self) -> float:
        """Images that the wafer takes per second, the pause between them included."""
        return 1 / (self.grid.duration_s + self.task.pause_s)

    def rates(self, parameters: Parameters, images: NDArray[np.float32], seed: int, first_trial: int) -> list[Floats]:
        """Return the activities of all populations, (samples, neurons) each, the inputs first.

        seed, first_trial: of the phases or draws of the input trains.
        """
        found = []
        for start in range(0, len(images), _AT_ONCE):
            spikes, seen = self.observed(parameters, images[start : start + _AT_ONCE], seed, first_trial + start)
            found.append([spikes.counts(), *seen.counts()])
        full = self.grid.duration_s * self.task.rate_hz
        return [np.concatenate(each) / full for each in zip(*found, strict=True)]

    def observed(
        self, parameters: Parameters, images: NDArray[np.float32], seed: int, first_trial: int
    ) -> tuple[GridEvents, Observation]:
        """Return the input spikes of some images, and what the wafer did with them."""
        trials = (np.arange(len(images)) + first_trial).astype(np.uint64)
        spikes = rate_code(images, self.task.rate_hz, self.grid, self.task.train, seed, trials)
        return spikes, self.level.run(spikes, self.scales.configuration(parameters))


@checked
def converted(
    task: RateTask, wafer: Bss1Chip, software: ReluWeights, images: NDArray[np.float32], fidelity: str = "behavioral"
) -> tuple[OnWafer, Parameters]:
    """Measure the wafer, convert a ReLU network, and return it on the wafer with its weights.

    images: of the training data; their activations in software set the scale of each layer. fidelity: of the network;
    curves are measured without the digital path, whose link cannot carry all inputs at the full rate.
    """
    grid = task.grid(wafer.spec)
    curves = measure_curves(task.topology, wafer, grid, task.rate_hz, task.train, wafer.write_seed)
    active = activations(software, images[:_CONVERSION_IMAGES])
    parameters, scales = convert(software, active, curves, wafer.spec, task.rate_hz)
    return OnWafer(task, wafer, scales, fidelity), parameters
