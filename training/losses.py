"""Losses and regularisers of the papers; each returns a scalar tensor.

readout: (samples, records, outputs); labels: int64 (samples); counts: spikes per (sample, neuron). Without a
logit_scale each loss has the one that the presets have. `Loss` is what the trainer must know of one.
Source: Cramer, Billaudelle et al., PNAS 119(4), 2022, Materials and Methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..checks import checked
from ..errors import ConfigError, LabelError

LOGIT_SCALE_OF_MAXIMA: Final = 3.0
LOGIT_SCALE_OF_SUMS: Final = 100.0


@dataclass(frozen=True)
class Loss:
    """What a trainer knows of a loss.

    function: of readout (samples, records, outputs), labels (samples) and logit_scale, a scalar tensor. scores: the
    same readout as (samples, outputs), the largest of which is the class. logit_scale: the factor before the softmax
    where none is given. from_rest: whether it takes the readout counted from what it records without input.
    early: whether a decision may be made before the end of the window (`decision_s`), for which records at -inf must
    count as if they were not there.
    """

    function: Callable[[Tensor, Tensor, float], Tensor]
    scores: Callable[[Tensor], Tensor]
    logit_scale: float = 1.0
    from_rest: bool = False
    early: bool = False

    def __call__(self, readout: Tensor, labels: Tensor, logit_scale: float | None = None) -> Tensor:
        """Return the loss of a batch."""
        return self.function(readout, labels, self.logit_scale if logit_scale is None else logit_scale)


def _check(readout: Tensor, labels: Tensor) -> Tensor:
    """Return the labels for the cross-entropy. Raises `LabelError` for those that do not fit the readout."""
    samples, outputs = _checked_readout(readout).shape[0], readout.shape[2]
    if labels.dtype not in _WHOLE or labels.shape != (samples,):
        raise LabelError(
            f"labels of {labels.dtype}, shape {tuple(labels.shape)}, must be whole numbers, one per sample: {samples}"
        )
    if not samples:
        raise LabelError("there are no samples and no labels; a mean over none is not a number")
    if not 0 <= int(labels.min()) <= int(labels.max()) < outputs:
        raise LabelError(
            f"labels range from {int(labels.min())} to {int(labels.max())}, the readout has classes 0 to {outputs - 1}"
        )
    return labels.long()


def _checked_readout(readout: Tensor) -> Tensor:
    if readout.ndim != 3 or not readout.is_floating_point() or 0 in readout.shape[1:]:
        raise ConfigError(
            f"readout of {readout.dtype}, shape {tuple(readout.shape)}, must be numbers of (samples, records, outputs)"
        )
    return readout


def _checked_counts(counts: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    for layer in counts:
        if layer.ndim != 2 or not layer.is_floating_point():
            raise ConfigError(
                f"spike counts of {layer.dtype}, shape {tuple(layer.shape)}, must be floats of (samples, neurons)"
            )
    if not counts:
        raise ConfigError("spike counts are needed of one hidden layer at least, got none")
    return counts


@checked
def max_over_time(readout: Tensor, labels: Tensor, logit_scale: float = LOGIT_SCALE_OF_MAXIMA) -> Tensor:
    """Cross-entropy of logit_scale times the largest readout value over time (of equal ones the first)."""
    target = _check(readout, labels)
    return cross_entropy(readout.max(dim=1).values * logit_scale, target)


@checked
def sum_over_time(readout: Tensor, labels: Tensor, logit_scale: float = LOGIT_SCALE_OF_SUMS) -> Tensor:
    """Cross-entropy of logit_scale times the mean of the readout over its records.

    Levels differ in their number of records; the mean over them does not.
    """
    target, scale = _check(readout, labels), logit_scale / readout.shape[1]
    return cross_entropy(readout.sum(dim=1) * scale, target)


@checked
def largest_over_time(readout: Tensor) -> Tensor:
    """Return the largest value of each output, (samples, outputs)."""
    return _checked_readout(readout).amax(dim=1)


@checked
def total_over_time(readout: Tensor) -> Tensor:
    """Return the sum of each output, (samples, outputs)."""
    return _checked_readout(readout).sum(dim=1)


_WHOLE: Final = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)

MAX_OVER_TIME: Final = Loss(max_over_time, largest_over_time, LOGIT_SCALE_OF_MAXIMA, early=True)
MAX_FROM_REST: Final = Loss(max_over_time, largest_over_time, LOGIT_SCALE_OF_MAXIMA, from_rest=True, early=True)
SUM_OVER_TIME: Final = Loss(sum_over_time, total_over_time, LOGIT_SCALE_OF_SUMS)
SUM_FROM_REST: Final = Loss(sum_over_time, total_over_time, LOGIT_SCALE_OF_SUMS, from_rest=True)


@checked
def readout_amplitude(readout: Tensor) -> Tensor:
    """Mean square of the largest readout values; keeps them inside the range of the CADC."""
    return _checked_readout(readout).max(dim=1).values.square().mean()


@checked
def burst(counts: tuple[Tensor, ...]) -> Tensor:
    """Mean square spike count of a hidden neuron; keeps activity sparse."""
    return torch.stack([layer.square().mean() for layer in _checked_counts(counts)]).sum()


@checked
def homeostatic(counts: tuple[Tensor, ...], target: float) -> Tensor:
    """Square of the hidden spikes per sample in excess of `target`, mean over samples."""
    return torch.stack(
        [(layer.sum(dim=1) - target).clamp(min=0).square().mean() for layer in _checked_counts(counts)]
    ).sum()
