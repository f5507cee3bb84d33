"""Losses and regularisers of the papers; each returns a scalar tensor.

readout: (samples, records, outputs); labels: int64 (samples); counts: spikes per (sample, neuron). Without a
logit_scale each loss has the one that the presets have.
Source: Cramer, Billaudelle et al., PNAS 119(4), 2022, Materials and Methods.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..errors import LabelError
from .defaults import LOGIT_SCALE_OF_MAXIMA, LOGIT_SCALE_OF_SUMS


def _check(labels: Tensor, outputs: int) -> Tensor:
    if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < outputs:
        raise LabelError(
            f"labels range from {int(labels.min())} to {int(labels.max())}, the readout has classes 0 to {outputs - 1}"
        )
    return labels


def max_over_time(readout: Tensor, labels: Tensor, logit_scale: float = LOGIT_SCALE_OF_MAXIMA) -> Tensor:
    """Cross-entropy of logit_scale times the largest readout value over time (of equal ones the first)."""
    return cross_entropy(readout.max(dim=1).values * logit_scale, _check(labels, readout.shape[2]))


def sum_over_time(readout: Tensor, labels: Tensor, logit_scale: float = LOGIT_SCALE_OF_SUMS) -> Tensor:
    """Cross-entropy of logit_scale times the mean of the readout over its records.

    Levels differ in their number of records; the mean over them does not.
    """
    scale = logit_scale / readout.shape[1]
    return cross_entropy(readout.sum(dim=1) * scale, _check(labels, readout.shape[2]))


LOSSES: Final[dict[str, Callable[[Tensor, Tensor, float], Tensor]]] = {
    "max-over-time": max_over_time,
    "max-from-rest": max_over_time,
    "sum-over-time": sum_over_time,
    "sum-from-rest": sum_over_time,
}
"""The losses by their names in configurations; those from rest take `Observed.from_rest` for the readout."""


def readout_amplitude(readout: Tensor) -> Tensor:
    """Mean square of the largest readout values; keeps them inside the range of the CADC."""
    return readout.max(dim=1).values.square().mean()


def burst(counts: tuple[Tensor, ...]) -> Tensor:
    """Mean square spike count of a hidden neuron; keeps activity sparse."""
    return torch.stack([layer.square().mean() for layer in counts]).sum()


def homeostatic(counts: tuple[Tensor, ...], target: float) -> Tensor:
    """Square of the hidden spikes per sample in excess of `target`, mean over samples."""
    return torch.stack([(layer.sum(dim=1) - target).clamp(min=0).square().mean() for layer in counts]).sum()
