"""What the digital path would lose of the spikes that the level `behavioral` saw: an estimate in an open loop.

The spikes of each chip go through its priority encoders and merger tree to the host (`behavioral/hicann/path`), all
neurons of the chip onto one line as they are placed. A spike is found within a step of the grid; the cycle in the step
is drawn evenly. What is lost does not act back on the network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...behavioral.hicann.path.run import run_hicann
from ...behavioral.hicann.path.stimulus import stimulus
from ...behavioral.streams import generator
from .level import RateObservation
from .placement import Placement
from .program import neurons_on, sending


@dataclass(frozen=True)
class PathLosses:
    """Spikes that entered the digital path of all chips, and those lost, by stage (see `LOSSES` of the path)."""

    fired: int
    lost: dict[str, int]

    @property
    def percent(self) -> float:
        """Share of spikes lost, in percent."""
        return 100 * sum(self.lost.values()) / max(self.fired, 1)


def path_losses(placement: Placement, seen: RateObservation, samples: int, seed: int = 0) -> PathLosses:
    """Send the spikes of the first samples through the encoders and mergers of their chips."""
    spec = placement.spec
    step_cycles = round(seen.grid.step_s * spec.clock_hz)
    fired, lost = 0, dict[str, int]()
    for use in placement.chips:
        config = sending(spec, neurons_on(placement, use.chip)[0])
        circuits = [np.where(layer.chip == use.chip, layer.column, -1) for layer in placement.layers]
        rows = [_rows(events.table(), circuit) for events, circuit in zip(seen.spikes, circuits, strict=True)]
        sample, step, circuit = np.concatenate(rows).T
        within = generator(seed, "spike-trains", use.chip).integers(0, step_cycles, len(sample))
        for number in range(samples):
            own = sample == number
            fires = np.column_stack([step[own] * step_cycles + within[own], circuit[own]])
            result = run_hicann(spec, config, stimulus(spec), (seen.grid.steps + 1) * step_cycles, fires)
            fired += int(result.fired.sum())
            for name, total in result.losses.items():
                lost[name] = lost.get(name, 0) + int(total.sum())
    return PathLosses(fired, {name: total for name, total in lost.items() if total})


def _rows(
    table: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]], circuit: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return sample, step and circuit of the events of neurons that sit on the chip."""
    sample, step, unit = table
    here = circuit[unit] >= 0
    return np.column_stack([sample[here], step[here], circuit[unit[here]]])
