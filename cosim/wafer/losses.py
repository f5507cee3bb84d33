"""What the digital path would lose of the spikes that the level `behavioral` saw: an estimate in an open loop.

The spikes of each chip go through its priority encoders and merger tree (`behavioral/hicann/path`), all neurons of the
chip onto one line as they are placed. A spike is found within a step of the grid; the cycle in the step is drawn
evenly. What is lost does not act back on the network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...behavioral.hicann.path.config import HicannConfig
from ...behavioral.hicann.path.run import run_hicann
from ...behavioral.hicann.path.stimulus import stimulus
from ...behavioral.hicann.path.wiring import ENCODERS
from ...behavioral.streams import generator
from ...errors import ConfigError
from .level import RateObservation
from .placement import Placement


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
    """Send the spikes of the first samples through the encoders and mergers of their chips.

    Raises `ConfigError` for neurons so small that those of a chip need more than one line.
    """
    spec = placement.spec
    if spec.neurons > spec.line_addresses:
        raise ConfigError(f"{spec.neurons} neurons of a chip {spec.name!r} do not fit {spec.line_addresses} addresses")
    step_cycles = round(seen.grid.step_s * spec.clock_hz)
    fired, lost = 0, dict[str, int]()
    for use in placement.chips:
        config, circuits = _configured(placement, use.chip)
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


def _configured(placement: Placement, chip: int) -> tuple[HicannConfig, list[NDArray[np.int64]]]:
    """Return the configuration of a chip, and per layer the circuit of each neuron that fires there, −1 elsewhere."""
    spec = placement.spec
    config = HicannConfig.default(spec).sharing(ENCODERS)
    config = config.with_section("lines", enable=np.ones(ENCODERS, np.int64))
    address, enable = np.zeros((2, spec.circuits), np.int64)
    circuits = []
    for layer in placement.layers:
        circuit = np.where(layer.chip == chip, layer.column, -1)  # the comparator is that of the first circuit
        own = circuit[circuit >= 0]
        address[own], enable[own] = own // spec.neuron_columns, 1
        circuits.append(circuit)
    return config.with_section("neurons", address=address, enable=enable), circuits


def _rows(
    table: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]], circuit: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return sample, step and circuit of the events of neurons that sit on the chip."""
    sample, step, unit = table
    here = circuit[unit] >= 0
    return np.column_stack([sample[here], step[here], circuit[unit[here]]])
