"""How many chips have to bring in the inputs of 784-100-100-10, and what their links lose of images of MNIST.

`python benchmarks/link_losses.py` writes results/link_losses.csv and prints it.
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
from inloop.behavioral.bss1.fabric.link_in import RELEASED
from inloop.behavioral.bss1.fabric.stimulus import fates, stimulus
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.cosim.bss1.inputs import link_words
from inloop.cosim.bss1.placement import place
from inloop.cosim.bss1.program import programs
from inloop.training.datasets.rate import rate_code
from inloop.training.datasets.reduced import reduced
from inloop.training.rates.task import ALL_DIGITS as TASK
from table import save

IMAGES = 300
LINK_INPUTS = (64, 96, 128, 196, 256, 392)


def losses(link_inputs: int) -> dict[str, object]:
    """Send images to chips that bring in so many inputs at most; count what gets lost before the mergers."""
    spec = bss1_spec("bss1").with_fields(link_inputs=link_inputs)
    placement = place(TASK.topology, spec, [np.ones((spec.sides, spec.columns), bool)] * 24)
    written = programs(placement)
    images = reduced("mnist", "train", TASK.side, TASK.margin, TASK.digits).images[:IMAGES]
    trials = np.arange(IMAGES).astype(np.uint64)
    grid = TASK.grid(spec)
    spikes = rate_code(images, TASK.rate_hz, grid, TASK.train, 0, trials)
    words = link_words(placement, written, spikes, round(grid.step_s * spec.clock_hz))
    lost = 0
    for chip, sample in product(range(len(written)), range(IMAGES)):
        given = stimulus(spec, words.of(chip, sample))
        lost += int((fates(spec, written[chip].config, given)[2] != RELEASED).sum())
    total = len(spikes.table()[0])
    bringing = len(placement.lines.chips)
    return {
        "link_inputs": link_inputs,
        "chips": bringing,
        "lines": placement.lines.inputs,
        "million events/s and link": f"{total / (IMAGES * TASK.duration_s * bringing) / 1e6:.1f}",
        "distributor (%)": f"{100 * words.dropped.sum() / total:.2f}",
        "release buffers (%)": f"{100 * lost / total:.2f}",
    }


def main() -> int:
    """Run all cases."""
    rows = [losses(link_inputs) for link_inputs in LINK_INPUTS]
    print(save("link_losses.csv", rows).read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
