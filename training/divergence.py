"""Where numbers of a training stop being finite, and why, as far as one can tell."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from ..behavioral.network.weights import layer_name
from .network import Network

GROWN: Final = 1e6
"""Weights, in software units, that no training needs: 10⁶ times the weight that lets a neuron spike at once."""

STEEPEST: Final = 1e18
"""Gradients whose squares, which Adam takes, leave the range of float32."""


def wrong_loss(value: float, readout: Tensor, network: Network, rate: float) -> str:
    """Say why a loss is not finite."""
    name, weight = max(_named(network), key=lambda named: float(named[1].detach().abs().max()))
    largest = float(weight.detach().abs().max())
    if largest > GROWN:
        cause = f"weights of {name} have grown to {largest:.2g}, the learning rate of {rate:.3g} is too large for them"
    elif not torch.isfinite(readout).all():
        cause = "the readout is not finite, a field of the chip is out of the range in which it can work"
    else:
        cause = "its factor (logit_scale) or that of a regulariser is too large"
    return f"the loss is {value}: {cause}"


def wrong_weights(network: Network, rate: float) -> str | None:
    """Say which weights a step of the optimiser has made infinite or NaN, and why; None if all are finite."""
    for name, weight in _named(network):
        if torch.isfinite(weight).all():
            continue
        steepest = 0.0 if weight.grad is None else float(weight.grad.abs().max())
        if steepest <= STEEPEST:
            cause = f"the learning rate of {rate:.3g} is too large"
        else:
            cause = f"their gradient has reached {steepest:.3g}; make factors of the loss, slope or weights smaller"
        return f"weights of {name} are no longer finite: {cause}"
    return None


def _named(network: Network) -> list[tuple[str, Tensor]]:
    topology = network.topology
    named = [(layer_name(layer, topology), weight) for layer, weight in enumerate(network.forward_weights)]
    own = enumerate(network.recurrent_of())
    return [*named, *((f"{layer_name(k, topology)} (recurrent)", w) for k, w in own if w is not None)]
