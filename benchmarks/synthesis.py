"""Synthesise the digital spike path with yosys: cells and flip-flops per block, no latch, no combinational loop.

    python benchmarks/synthesis.py --chip tiny
    python benchmarks/synthesis.py --chip bss2 --block neuron_backend
    python benchmarks/synthesis.py --chip bss1 --block priority_encoder

With a block, that block alone, which is what can be done for the larger blocks of bss2 and bss1. Technology-independent
gates of yosys' `synth`. Multiplications of short-term plasticity dominate the drivers of bss2.
"""

from __future__ import annotations

import argparse

from inloop.behavioral.presets import design
from inloop.rtl.synthesis import check_structure, synthesise

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chip", default="tiny", help="bss2, bss1, tiny or bss1-tiny")
    parser.add_argument("--block", default="", help="file name of a block in rtl/ or rtl/hicann/; default: all")
    given = parser.parse_args()
    spec = design(given.chip)
    if not given.block:
        check_structure(spec)
    print(f"{'module':40s} {'instances':>9s} {'cells':>9s} {'flip-flops':>10s}")
    for block in synthesise(spec, given.block):
        print(f"{block.module:40s} {block.instances:9d} {block.cells:9d} {block.flip_flops:10d}")
