"""Images/s of the behavioral chip: mismatch, quantisation and CADC on, with and without temporal noise.

`python benchmarks/chip_speed.py` writes results/chip.csv and prints it; so does `make bench`.

Windows: the one of training, which covers 10 µs from the first input spike on, and that of a decision within 8 µs.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from typing import Any

import inloop
import numpy as np
import torch
from inloop.errors import InloopError
from inloop.training.datasets.mnist import MNIST
from inloop.training.encodings.latency import latency_code
from table import save

IMAGES = 10_000
WINDOWS_S = 11.6e-6, 9.9e-6


def has_mnist() -> bool:
    """Return whether the test images are there."""
    try:
        MNIST.load("test")
    except InloopError:
        return False
    return True


def test_spikes(window_s: float) -> inloop.SpikeBatch:
    """Return encoded MNIST test images, or random pixels of the same number where the data is missing."""
    if has_mnist():
        images = MNIST.load("test").first(IMAGES).values()
    else:
        rng = np.random.default_rng(0)
        images = (rng.random((IMAGES, 256)) * (rng.random((IMAGES, 256)) < 0.25)).astype(np.float32)
    return latency_code(images, 4e-6, 0.2, window_s)


def chip_rows(repeats: int = 7) -> list[dict[str, Any]]:
    """Measure inference on all cores: the best of `repeats` passes, and their median.

    load: processes that wanted a core in the minute before (load average); on an idle machine none did.
    """
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    given = os.environ.get("INLOOP_THREADS")
    os.environ["INLOOP_THREADS"] = str(cores)
    network = inloop.Network(256, 246, 10, mean=5.0, scale=2.4)
    rows = []
    for window_s, noise in itertools.product(WINDOWS_S, ("off", "typical")):
        model = inloop.InTheLoop(network, inloop.Chip(die=7, noise=noise), duration_s=window_s).eval()
        spikes = test_spikes(model.grid.duration_s)
        trials = np.arange(spikes.samples, dtype=np.uint64)
        speeds, hidden = [], 0.0
        for _ in range(repeats):
            begin = time.perf_counter()
            with torch.inference_mode():
                observed = model(spikes, trials)
                observed.readout.amax(dim=1).argmax(dim=1)
            speeds.append(spikes.samples / (time.perf_counter() - begin))
            assert observed.observation is not None
            hidden = observed.observation.counters["hidden_spikes"] / spikes.samples
        rows.append(
            {
                "level": "behavioral",
                "window_us": round(model.grid.duration_s * 1e6, 2),
                "noise": noise,
                "cores": cores,
                "load": f"{load:.1f}",
                "images": "MNIST" if has_mnist() else "random",
                "passes": repeats,
                "images_per_s": round(max(speeds)),
                "median_images_per_s": round(statistics.median(speeds)),
                "input_events": round(len(spikes.unit) / spikes.samples, 1),
                "hidden_spikes": round(hidden, 1),
            }
        )
    if given is not None:
        os.environ["INLOOP_THREADS"] = given
    return rows


if __name__ == "__main__":
    print(save("chip.csv", chip_rows()).read_text())
