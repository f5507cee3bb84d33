"""A surrogate of one's own beside those of the package: a bell around the threshold, as wide as 1/slope.

It is a function of the distance x of the membrane to threshold and of the slope, for numbers; numba compiles it into
the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import inloop
import torch


def bell(x: Any, slope: Any) -> Any:
    """exp(−(βx)²)."""
    return math.exp(-((slope * x) ** 2))


def trained(surrogate: str | Callable[..., Any], epochs: int, samples: int | None) -> float:
    """Train on yin-yang and return the accuracy, percent."""
    network = inloop.Network(25, 60, 3, scale=1.0, mean=6.0, readout_mean=4.0)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8, surrogate=surrogate, slope=4.0)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    model.clip_after(optimizer)
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        for spikes, labels in data.batches(50, seed=epoch):
            loss = inloop.losses.max_over_time(model(spikes).from_rest, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return inloop.accuracy(model, inloop.load_data("yin-yang", "test", samples))


def main(epochs: int = 5, samples: int | None = None) -> dict[str, float]:
    """Compare surrogates: accuracy by name, percent."""
    torch.set_num_threads(1)
    given: dict[str, str | Callable[..., Any]] = {
        "superspike": "superspike",
        "triangle": "triangle",
        "arctan": "arctan",
        "bell": bell,
    }
    return {name: trained(surrogate, epochs, samples) for name, surrogate in given.items()}


if __name__ == "__main__":
    for name, accuracy in main().items():
        print(f"{name:>10}: {accuracy:.1f} %")
