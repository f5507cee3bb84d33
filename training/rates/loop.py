"""Training in the loop by rates: run a batch on the wafer, follow the gradient of the shadow network, write weights.

    v ← μ v + g        w ← clip(w − η/m v, −1, 1)

m is the gain of the layer, the activity that a weight of 1 makes of a source at the full rate (`conversion.py`). Only
digital weights change; the floating gates stay as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ...behavioral.numerics.streams import generator
from ...checks import checked
from ...errors import ConfigError
from .on_wafer import OnWafer, Parameters
from .relu import accuracy
from .shadow import shadow_loss

TEST_TRIALS: Final = 1 << 40
"""First trial of evaluations; training counts from 0."""
SIGN_STEP: Final = 0.1
"""What the gradient is replaced by where only its sign is used."""

_BATCHES: Final = 1 << 20  # index of the loop's batches in the stream of data; software training counts from 0


@checked
@dataclass(frozen=True)
class Gradient:
    """Which gradient the updates follow.

    exact; sign: ± `SIGN_STEP`; noisy: the exact one plus white noise, `noise` times as large as it in each layer.
    """

    kind: Literal["exact", "sign", "noisy"] = "exact"
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is unknown."""
        if self.kind not in ("exact", "sign", "noisy"):
            raise ConfigError(f"unknown gradient {self.kind!r}; known: exact, sign, noisy")
        if not 0 <= self.noise < float("inf"):
            raise ConfigError(f"noise = {self.noise!r} of a gradient must be non-negative and finite")


EXACT: Final = Gradient()


@dataclass(frozen=True, eq=False)
class Iteration:
    """After one update: its number from 1, what the batch before it showed, and the weights."""

    number: int
    loss: float
    batch_accuracy: float
    parameters: Parameters


@checked
def repair(
    network: OnWafer, parameters: Parameters, images: NDArray[np.float32], labels: NDArray[np.int64], iterations: int,
    seed: int, gradient: Gradient = EXACT,
) -> Iterator[Iteration]:  # fmt: skip
    """Train in the loop from these weights; yields after each iteration."""
    task = network.task
    weights = [torch.from_numpy(part.copy()).requires_grad_() for part in parameters]
    velocity = [torch.zeros_like(weight) for weight in weights]
    size = min(task.batch, len(images))
    for number in range(1, iterations + 1):
        rng = generator(seed, "data", _BATCHES + number)
        batch = rng.choice(len(images), size, replace=False)
        rates = network.rates(_plain(weights), images[batch], seed, (number - 1) * size)
        loss = shadow_loss(
            weights, network.scales, [torch.from_numpy(each) for each in rates], torch.from_numpy(labels[batch]),
            task.logit_scale,
        )  # fmt: skip
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, moving, slope, gain in zip(weights, velocity, slopes, network.scales.gains, strict=True):
                moving.mul_(task.momentum).add_(_bent(slope, gradient, rng))
                weight.sub_(task.learning_rate / gain * moving).clamp_(-1, 1)
        yield Iteration(number, float(loss.detach()), accuracy(rates[-1], labels[batch]), _plain(weights))


@checked
def evaluated(
    network: OnWafer, parameters: Parameters, images: NDArray[np.float32], labels: NDArray[np.int64], seed: int
) -> float:
    """Return the percentage of test images whose label's neuron fires most."""
    return accuracy(network.rates(parameters, images, seed, TEST_TRIALS)[-1], labels)


def _plain(weights: list[torch.Tensor]) -> Parameters:
    return tuple(weight.detach().numpy().copy() for weight in weights)


def _bent(slope: torch.Tensor, gradient: Gradient, rng: np.random.Generator) -> torch.Tensor:
    if gradient.kind == "sign":
        return SIGN_STEP * slope.sign()
    if gradient.kind == "noisy":
        noise = torch.from_numpy(rng.standard_normal(slope.shape))
        return slope + gradient.noise * slope.square().mean().sqrt() * noise
    return slope
