"""The shadow network: a ReLU network in whose forward pass recorded rates replace the activations.

    p_l = m_l (W_l â_{l−1} + ρ B_l) − κ θ          forwards â_l, as recorded; backwards ∂a_l/∂p_l = 1 where the neuron
                                                   is active, recorded or in the shadow, else 0; 1 for all outputs,
                                                   which are linear in the software network too

W and B are the rounded weights forwards; backwards rounding is the identity. The gradient knows nothing of mismatch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .conversion import RateScales


def shadow_loss(
    parameters: list[Tensor], scales: RateScales, rates: list[Tensor], labels: Tensor, logit_scale: float
) -> Tensor:
    """Return the mean cross-entropy of a batch, of softmax(logit_scale · rates of the outputs).

    parameters: (sources + 1, neurons) per layer, between −1 and 1, the biases last. rates: recorded activities
    (samples, neurons) of all populations, the inputs first.
    """
    active, last = rates[0], len(parameters) - 1
    for layer, (weight, gain, recorded) in enumerate(zip(parameters, scales.gains, rates[1:], strict=True)):
        rounded = weight + (torch.round(weight * scales.weight_max) / scales.weight_max - weight).detach()
        drive = gain * (active @ rounded[:-1] + scales.bias_rate * rounded[-1]) - scales.offset
        open_ = (recorded > 0) | (drive.detach() > 0) | (layer == last)
        model = drive * open_.to(drive.dtype)
        active = model + (recorded - model).detach()
    return torch.nn.functional.cross_entropy(logit_scale * active, labels)
