"""Images/s of the levels with a digital path on the network 256-246-10, and where their time goes.

A sample without input costs the analog core and, at `rtl` and `verilog`, a fabric that stands still; the rest is the
cost of traffic. CPU time is that of all threads, so that other load on the machine matters little.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

import inloop
import numpy as np
import torch
from chip_speed import test_spikes

IMAGES = {"event": 4000, "verilog": 2000, "rtl": 20}


def level_rows(level: str, repeats: int = 3) -> list[dict[str, Any]]:
    """Measure images and silence on all cores, best of `repeats`."""
    network = inloop.Network(256, 246, 10, mean=5.0, scale=2.4)
    model = inloop.InTheLoop(network, inloop.Chip(die=7), fidelity=level).eval()
    images = test_spikes(model.grid.duration_s).select(np.arange(IMAGES[level]))
    silence = inloop.SpikeBatch.from_events([], [], [], samples=images.samples, units=256)
    cycles = round(model.grid.duration_s * inloop.ChipSpec().clock_hz)
    trials = np.arange(images.samples, dtype=np.uint64)
    rows = []
    for name, spikes in (("images", images), ("silence", silence)):
        best, cpu_s = 0.0, np.inf
        for _ in range(repeats if level != "rtl" else 1):
            begin, begin_cpu = time.perf_counter(), time.process_time()
            with torch.inference_mode():
                observed = model(spikes, trials)
            best = max(best, spikes.samples / (time.perf_counter() - begin))
            cpu_s = min(cpu_s, time.process_time() - begin_cpu)
        assert observed.observation is not None
        rows.append(
            {
                "level": level,
                "input": name,
                "cores": len(os.sched_getaffinity(0)),
                "images_per_s": round(best, 1),
                "cpu_ns_per_cycle": round(1e9 * cpu_s / spikes.samples / cycles),
                "hidden_spikes": round(observed.observation.counters["hidden_spikes"] / spikes.samples, 1),
            }
        )
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("levels", nargs="*", default=list(IMAGES), help="event, verilog, rtl")
    for chosen in parser.parse_args().levels:
        for row in level_rows(chosen):
            print(row)
