"""The ReLU network in software: trained as usual, later converted to rates.

a_l = max(W_l a_{l−1} + b_l, 0),     the last layer without the maximum while it is trained
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...behavioral.numerics.streams import generator, key
from ...checks import checked
from ...errors import ConfigError
from ...scalars import whole

Floats = NDArray[np.float64]


class ReluWeights(NamedTuple):
    """Weights (sources, neurons) and biases (neurons) of all layers."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]


@checked
def train_relu(
    images: NDArray[np.float32], labels: NDArray[np.int64], sizes: tuple[int, ...], epochs: int, seed: int,
    batch: int = 100, learning_rate: float = 3e-3,
) -> ReluWeights:  # fmt: skip
    """Train by Adam on the cross-entropy; Kaiming initial weights. The same seed gives the same network.

    images: (samples, sizes[0]). labels: (samples), 0 to sizes[-1] − 1. Raises `ConfigError` for others.
    """
    if len(sizes) < 2 or min(sizes) < 1 or images.ndim != 2 or images.shape[1] != sizes[0] or not images.size:
        raise ConfigError(f"images of shape {images.shape} do not fit a network of sizes {sizes}: (samples, sizes[0])")
    if labels.shape != images.shape[:1] or not 0 <= labels.min() <= labels.max() < sizes[-1]:
        raise ConfigError(f"labels of shape {labels.shape} must be one per image, 0 to {sizes[-1] - 1}")
    whole(epochs, "epochs")
    whole(batch, "batch")
    torch_rng = torch.Generator().manual_seed(key(seed, "initial-weights"))
    layers = []
    for sources, neurons in pairwise(sizes):
        weight = torch.randn(sources, neurons, generator=torch_rng) * (2 / sources) ** 0.5
        layers += [weight.requires_grad_(), torch.zeros(neurons, requires_grad=True)]
    optimizer = torch.optim.Adam(layers, learning_rate)
    inputs, targets = torch.from_numpy(images), torch.from_numpy(labels)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(images) // batch))
    for epoch in range(epochs):
        order = torch.from_numpy(generator(seed, "data", epoch).permutation(len(images)))
        for part in torch.split(order, batch):
            loss = torch.nn.functional.cross_entropy(_forward(layers, inputs[part])[-1], targets[part])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    plain = [layer.detach().numpy().astype(np.float64) for layer in layers]
    return ReluWeights(tuple(plain[::2]), tuple(plain[1::2]))


def activations(network: ReluWeights, images: NDArray[np.float32]) -> list[Floats]:
    """Return the activations of all layers, (samples, neurons); the last without the maximum."""
    layers = [torch.from_numpy(part.astype(np.float32)) for pair in zip(*network, strict=True) for part in pair]
    return [a.numpy().astype(np.float64) for a in _forward(layers, torch.from_numpy(images))]


def accuracy(scores: NDArray[np.generic], labels: NDArray[np.int64]) -> float:
    """Return the percentage of samples whose largest score is that of their label."""
    return float((np.asarray(scores).argmax(axis=1) == labels).mean() * 100)


def _forward(layers: list[Tensor], inputs: Tensor) -> list[Tensor]:
    out, pairs = [inputs], list(zip(layers[::2], layers[1::2], strict=True))
    for k, (weight, bias) in enumerate(pairs):
        drive = out[-1] @ weight + bias
        out.append(drive if k == len(pairs) - 1 else drive.relu())
    return out[1:]
