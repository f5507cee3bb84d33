"""The behavioral chip in torch: the reference for the compiled kernel, and what runs on a GPU.

Same equations, constants, order and noise as `behavioral/bss2/network.py`, dense in time and channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...behavioral.bss2.analog.cadc import delay
from ...behavioral.bss2.layer import LayerConstants, membrane_scale, readout_units
from ...behavioral.network.ideal import grid_rest
from ...behavioral.network.weights import NetworkWeights, layer_scales
from ...behavioral.numerics.noise import BYTES_MEAN, CADC, MEMBRANE, PER_STD, SHAPE, TRIAL, trial_key
from ..torch_ideal import DenseRecord, Resting, joined
from ..torch_reconstruct import reconstruct
from .behavioral import BehavioralLevel

_LOW = 0xFFFFFFFF


class _Noise:
    """Draws of the counter-based generator for all samples and neurons of a layer at once."""

    def __init__(self, key: np.uint64, kind: int, trials: NDArray[np.uint64], neurons: Tensor) -> None:
        keys = np.array([trial_key(key, kind, trial) for trial in trials], np.uint64)
        low, high = keys & np.uint64(_LOW), keys >> np.uint64(32)
        self.low = torch.from_numpy(low.astype(np.int64)).to(neurons.device)[:, None]
        self.high = torch.from_numpy(high.astype(np.int64)).to(neurons.device)[:, None]
        self.neurons = neurons

    def draw(self, time: int) -> Tensor:
        return _shaped(_word(((time << 16) + self.neurons) & _LOW, self.low, self.high))


def _word(counter: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The random bits of `behavioral/numerics/noise.py`, on non-negative int64; low, high: halves of the key."""
    x = counter ^ low
    x = ((x ^ (x >> 17)) * 0xED5AD4BB) & _LOW
    x = ((((x ^ (x >> 11)) + high) & _LOW) * 0xAC4C1B51) & _LOW
    x = ((x ^ (x >> 15)) * 0x31848BAB) & _LOW
    return x ^ (x >> 14)


def _shaped(bits: Tensor) -> Tensor:
    """The normal number of a word, as `behavioral/numerics/noise.py` makes it, operation by operation."""
    pairs = (bits & 0x00FF00FF) + ((bits >> 8) & 0x00FF00FF)
    s = (((pairs + (pairs >> 16)) & 0x7FF).to(torch.float32) - float(BYTES_MEAN)) * float(PER_STD)
    square, (c1, c3, c5) = s * s, map(float, SHAPE)
    return s * (c1 + square * (c3 + square * c5))


@torch.no_grad()
def run_torch_behavioral(
    level: BehavioralLevel,
    inputs: Tensor,
    weights: NetworkWeights,
    trials: NDArray[np.uint64],
    actives: tuple[Tensor, ...],
) -> DenseRecord:
    """Run `level` on dense inputs (steps, samples, channels), on their device and in their dtype.

    actives: per hidden layer (samples, neurons), 0 where silenced. Membranes are reconstructed in every step, as
    the gradient uses them.
    """
    dtype = np.dtype(str(inputs.dtype).removeprefix("torch."))
    scales = layer_scales(weights, level.spec)
    charges, layers = level.rows(weights), level.layers(dtype)
    scale = membrane_scale(level.spec, dtype, level.grid.sample_steps)
    rest, start = grid_rest(level.spec, level.grid, dtype), level.spec.start_unit
    spikes, ages, membranes = [], [], []
    arriving = [inputs]
    record = inputs
    for k, (charge, layer) in enumerate(zip(charges, layers, strict=True)):
        size = level.topology.sizes[k + 1]
        spiking = k < len(level.topology.hidden)
        active = actives[k] if spiking else torch.ones(inputs.shape[1], size, device=inputs.device)
        blocks, below = len(level.placement[k].blocks), joined(arriving, level.topology.feeds[k])
        rows = torch.from_numpy(charge).reshape(max(1, blocks), -1, charge.shape[1])
        z, age, record = _layer(level, below, rows, layer, active, trials)
        if spiking:
            spikes.append(z)
            scaled = (record - float(scale.leak)) * float(scale.gain)
            ages.append(age)
            membranes.append(reconstruct(scaled, z, age, float(rest.steps), level.spec.reset_unit, start))
            arriving.append(torch.cat([torch.zeros_like(z[:1]), z[:-1]]))
    readout = readout_units(record, level.spec, scales[-1])
    return DenseRecord(tuple(spikes), tuple(ages), tuple(membranes), readout.permute(1, 0, 2).contiguous())


def _layer(
    level: BehavioralLevel,
    below: Tensor,
    rows: Tensor,
    layer: LayerConstants,
    active: Tensor,
    trials: NDArray[np.uint64],
) -> tuple[Tensor, Tensor, Tensor]:
    """Return spikes and ages (steps, samples, neurons) and CADC records (records, samples, neurons) of one layer."""
    device, dtype, size = below.device, below.dtype, active.shape[1]
    steps, samples, sources = below.shape
    lanes, neuron = rows.shape[2] // 2, layer.neuron

    def put(values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(device)[..., :size]

    decay_mem, decay_line, drive = put(neuron.decay_mem), put(neuron.decay_line), put(neuron.drive)
    floor, ceiling, reset = put(neuron.floor), put(neuron.ceiling), put(neuron.reset)
    signed = torch.stack([rows[..., :size], rows[..., lanes : lanes + size]]).to(device)
    pair = torch.from_numpy(layer.pair).to(device).view(rows.shape[:2])[None, ..., None]
    circuits = drive.shape[0] // 2
    parts = [torch.where(pair == c, signed, torch.zeros_like(signed)) for c in range(circuits)]
    charge = torch.cat(parts).sum(dim=1)  # each block has neurons of its own
    saturation = float(neuron.saturation)
    noisy = bool(level.noise_key)
    numbers = np.arange(layer.numbers, layer.numbers + size) if isinstance(layer.numbers, int) else layer.numbers[:size]
    index = torch.from_numpy(numbers).to(device)[None]
    noise = {kind: _Noise(level.noise_key, kind, trials, index) for kind in (MEMBRANE, CADC, TRIAL)} if noisy else {}
    threshold = put(neuron.threshold) + torch.where(active > 0, 0.0, float("inf")).to(dtype)
    if noisy:
        threshold = threshold + put(layer.trial_noise) * noise[TRIAL].draw(0)
    u = put(neuron.start).expand(samples, size)
    resting = Resting(u, grid_rest(level.spec, level.grid, np.dtype(str(dtype).removeprefix("torch."))))
    lines = torch.zeros(len(charge), samples, size, dtype=dtype, device=device)
    spikes: list[Tensor] = []
    ages: list[Tensor] = []
    traces: list[Tensor] = []
    own = charge[:, sources:] if charge.shape[1] > sources else None
    for t in range(steps):
        lines = lines + below[t] @ charge[:, :sources]
        if own is not None and t:
            lines = lines + spikes[-1] @ own
        lines = lines.clamp(max=saturation)
        before, u = u, decay_mem * u + (drive[:, None] * lines).sum(dim=0)
        lines = lines * decay_line[:, None]
        if noisy:
            u = u + put(neuron.noise) * noise[MEMBRANE].draw(t)
        u = torch.minimum(torch.maximum(u, floor), ceiling)
        share = resting.share()
        before = torch.where(share == 1, before, reset)
        u = torch.where(share == 1, u, reset + share * (u - reset))
        traces.append(u)
        fired = (u > threshold) & (share > 0)
        age = torch.where(fired, resting.age(share, before, u, threshold), 0.0)
        resting.step(fired, age)
        u = torch.where(fired, reset, u)
        spikes.append(fired.to(dtype))
        ages.append(age)
    late = torch.tensor([delay(layer.cadc, level.noise_key, trial) for trial in trials], device=device)
    trace, period, records = torch.stack(traces), level.grid.sample_steps, []
    each = torch.arange(samples, device=device)
    for k in range(level.grid.samples):
        taken = trace[((k + 1) * period - 1 + late).clamp(0, steps - 1), each]
        value = put(layer.cadc.gain) * taken + put(layer.cadc.offset)
        if noisy:
            value = value + put(layer.cadc.noise) * noise[CADC].draw(k)
        records.append(value.round().clamp(0, layer.cadc.code_max) if layer.cadc.code_max else value)
    return torch.stack(spikes), torch.stack(ages), torch.stack(records)
