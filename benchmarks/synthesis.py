"""Synthesise the digital spike path with yosys: cells and flip-flops per block, no latch, no combinational loop.

    python benchmarks/synthesis.py --chip tiny
    python benchmarks/synthesis.py --chip bss2 --block neuron_backend
    python benchmarks/synthesis.py --chip bss1 --block priority_encoder

With a block, that block alone, which is what can be done for the larger blocks of bss2 and bss1. Technology-independent
gates of yosys' `synth`. Multiplications of short-term plasticity dominate the drivers of bss2. What was found replaces
the rows of the same chip and modules in results/synthesis.csv, whose figures docs/rtl.md repeats.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence

from inloop.chips import design
from inloop.rtl.convert.synthesis import Block, check_structure, synthesise
from table import RESULTS, save

NAME = "synthesis.csv"


def keep(chip: str, blocks: Sequence[Block]) -> None:
    """Put the sizes into the file, in the order of chips and modules."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    if (RESULTS / NAME).exists():
        with (RESULTS / NAME).open(newline="") as file:
            rows = {(row["chip"], row["module"]): dict(row) for row in csv.DictReader(file)}
    for block in blocks:
        sizes = {"instances": block.instances, "cells": block.cells, "flip_flops": block.flip_flops}
        rows[chip, block.module] = {"chip": chip, "module": block.module, **sizes}
    save(NAME, [rows[key] for key in sorted(rows)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chip", default="tiny", help="bss2, bss1, tiny or bss1-tiny")
    parser.add_argument("--block", default="", help="file name of a block in rtl/ or rtl/bss1/; default: all")
    given = parser.parse_args()
    spec = design(given.chip)
    if not given.block:
        check_structure(spec)
    print(f"{'module':40s} {'instances':>9s} {'cells':>9s} {'flip-flops':>10s}")
    found = synthesise(spec, given.block)
    keep(given.chip, found)
    for block in found:
        print(f"{block.module:40s} {block.instances:9d} {block.cells:9d} {block.flip_flops:10d}")
