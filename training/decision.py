"""How the readout decides: its largest value, or its sum, over the time that a decision may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from torch import Tensor

from ..behavioral.events import GridEvents
from ..errors import ConfigError, TrainingError
from .defaults import LOSS
from .losses import Loss
from .registries import LOSSES

if TYPE_CHECKING:
    from .observed import Observed


@runtime_checkable
class Rule(Protocol):
    """How a readout is read; `TrainingConfig` is one."""

    @property
    def loss(self) -> str | Loss:
        """A loss, or its name in a configuration."""
        ...

    @property
    def decision_s(self) -> float | None:
        """Time that a decision may take from the first input spike; None: the whole window."""
        ...


@dataclass(frozen=True)
class MaxOverTime:
    """The largest value over time decides, by default counted from rest; `loss` is one of those that decide so."""

    decision_s: float | None = None
    loss: str | Loss = LOSS


def read_as(observed: Observed, loss: str | Loss) -> Tensor:
    """Return the readout as a loss takes it, (samples, records, outputs)."""
    return observed.from_rest if LOSSES.find(loss).from_rest else observed.readout


def decide(values: Tensor, loss: str | Loss) -> Tensor:
    """Return the class of each sample: the largest score that a loss gives the readout, taken as `read_as` gives it.

    Raises `TrainingError` for NaN, which would count as the largest.
    """
    scores = LOSSES.find(loss).scores(values)
    if torch.isnan(scores).any():
        sample = int(torch.isnan(scores).any(dim=1).nonzero()[0, 0])
        raise TrainingError(
            f"the readout of sample {sample} is not a number: weights, or a field of the chip, are out of the range in "
            "which it can work"
        )
    return scores.argmax(dim=1)


def decisive(observed: Observed, rule: Rule) -> Tensor:
    """Return the readout (samples, records, outputs) that loss and decision see.

    With `decision_s` this is what was recorded until then, counted from the first input spike of the sample, but at
    least the first record; later records are -inf, and never the largest (max-over-time restricted to [0, T]: Cramer,
    Billaudelle et al., PNAS 119(4), 2022, figure 3C). Raises `ConfigError` where the level keeps no events.
    """
    values = read_as(observed, rule.loss)
    if rule.decision_s is None:
        return values
    if observed.observation is None:
        raise ConfigError("training.decision_s needs the events of the inputs; use --device cpu")
    seen = observed.observation
    period_s = seen.period * seen.grid.step_s
    end_s = torch.arange(1, observed.readout.shape[1] + 1, dtype=torch.float64) * period_s
    late = end_s[None] > first_spike_s(seen.inputs, seen.grid.step_s)[:, None] + rule.decision_s
    late[:, 0] = False
    return values.masked_fill(late[..., None], -torch.inf)


def first_spike_s(events: GridEvents, step_s: float) -> Tensor:
    """Return the time of each sample's first event, the beginning of its step; 0 without events."""
    arrived = events.first[:, 1:] > events.first[:, :1]
    return torch.from_numpy(arrived.argmax(axis=1) * step_s)
