"""Membranes on the grid from what was recorded, in torch: `behavioral/network/reconstruct.py`, dense."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def reconstruct(
    record: Tensor,
    spikes: Tensor,
    ages: Tensor,
    rest_steps: Any,
    reset: float | Tensor,
    start: float | Tensor,
    threshold: float | Tensor = 1.0,
) -> Tensor:
    """Return membranes (steps, samples, neurons) from records (records, samples, neurons) in software units.

    rest_steps, reset, start, threshold: one for all, or one per neuron.

    The nodes are those of `behavioral/network/reconstruct.py`: a scan forwards finds the last, one backwards the next.
    """
    steps, period = len(spikes), len(spikes) // len(record)
    if period == 1:
        return record
    time, value = torch.full_like(spikes, -1.0), torch.zeros_like(spikes)
    last_time = torch.full_like(spikes[0], -1.0)
    last_value = torch.as_tensor(start, dtype=spikes.dtype, device=spikes.device).expand_as(spikes[0])
    for t in range(steps):
        time[t], value[t] = last_time, last_value
        if (t + 1) % period == 0:
            newer = last_time < t
            last_time = torch.where(newer, float(t), last_time)
            last_value = torch.where(newer, record[t // period], last_value)
        fired = spikes[t] > 0
        last_time = torch.where(fired, (t - ages[t] + rest_steps).clamp(min=t), last_time)
        last_value = torch.where(fired, reset, last_value)
    next_time, next_value = torch.full_like(spikes[0], float(steps)), torch.zeros_like(spikes[0])
    out = torch.empty_like(spikes)
    for t in reversed(range(steps)):
        if (t + 1) % period == 0:
            next_time, next_value = torch.full_like(next_time, float(t)), record[t // period]
        fired = spikes[t] > 0
        phase = (t - time[t]) / (next_time - time[t]).clamp(min=1e-30)
        out[t] = torch.where(next_time == t, next_value, value[t] + (next_value - value[t]) * phase)
        out[t] = torch.where(fired, threshold, out[t])
        next_time = torch.where(fired, t - ages[t], next_time)
        next_value = torch.where(fired, threshold, next_value)
    return out
