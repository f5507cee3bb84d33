"""What the digital path of a HICANN loses, stage by stage, against the rate of its neurons and of its input.

`python benchmarks/bss1_losses.py` writes results/bss1_losses.csv and prints it.
"""

from __future__ import annotations

import sys

import numpy as np
from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.run import run_fabric
from inloop.behavioral.bss1.fabric.stimulus import scheduled, stimulus
from inloop.behavioral.bss1.fabric.wiring import ENCODERS, TREE
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from table import save

SPEC = bss1_spec("bss1")
SECONDS = 2e-3  # on the chip, 20 s of biology
RATES_HZ = (10.0, 20.0, 40.0, 80.0)  # of a neuron or a source, in biological time
BACKGROUND_PERIOD = 9999  # cycles between events of a generator, 2 Hz in biological time


def fires(spec: Bss1Spec, rate_hz: float, cycles: int, rng: np.random.Generator) -> np.ndarray:
    """Draw Poisson spikes of all circuits: rows of cycle and circuit."""
    chance = rate_hz * spec.acceleration / spec.clock_hz
    count = rng.poisson(chance * cycles * spec.circuits)
    return np.unique(np.column_stack([rng.integers(0, cycles, count), rng.integers(0, spec.circuits, count)]), axis=0)


def neurons(rate_hz: float, encoders: int) -> dict[str, object]:
    """Run all 512 circuits as neurons, so many blocks on one line, generators on, spikes recorded by the host."""
    cycles = int(SECONDS * SPEC.clock_hz)
    config = FabricConfig.default(SPEC).sharing(encoders).with_section("neurons", enable=1)
    config = config.with_section("background", enable=1, period=BACKGROUND_PERIOD + 7 * np.arange(ENCODERS))
    config = config.with_section("channels", enable=1)
    seen = run_fabric(SPEC, config, stimulus(SPEC), cycles, fires(SPEC, rate_hz, cycles, np.random.default_rng(1)))
    row: dict[str, object] = {"rate_hz": rate_hz, "case": f"512 neurons, {encoders} blocks on a line"}
    return row | {stage.name: f"{100 * stage.share:.3g}" for stage in seen.stages if stage.entered}


def sources(rate_hz: float, channels: int) -> dict[str, object]:
    """Send Poisson input of 64 sources per channel through the distributor and the release buffers."""
    cycles = int(SECONDS * SPEC.clock_hz)
    rng = np.random.default_rng(2)
    count = rng.poisson(rate_hz * SPEC.acceleration * SECONDS * channels * SPEC.line_addresses)
    at = np.sort(rng.integers(200, cycles, count))
    events = np.column_stack([at, rng.integers(0, channels, count), rng.integers(0, SPEC.line_addresses, count)])
    words, dropped = scheduled(SPEC, events)
    config = FabricConfig.default(SPEC).with_section("channels", enable=1, to_chip=1)
    config = config.with_section("mergers", select=np.arange(len(config.mergers.select)) >= TREE)
    seen = run_fabric(SPEC, config, stimulus(SPEC, words), cycles)
    row: dict[str, object] = {"rate_hz": rate_hz, "case": f"{64 * channels} sources on {channels} channels"}
    row["distributor"] = f"{100 * dropped / max(count, 1):.3g}"
    return row | {stage.name: f"{100 * stage.share:.3g}" for stage in seen.stages if stage.entered}


def main() -> int:
    """Run all cases."""
    rows = [neurons(rate, encoders) for encoders in (1, 2, 4, 8) for rate in RATES_HZ]
    rows += [sources(rate, channels) for channels in (1, 2, 8) for rate in RATES_HZ]
    print(save("bss1_losses.csv", rows).read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
