"""Float weights on their way to the chip: scaled, rounded to the nearest integer (half to even), clipped."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .spec import ChipSpec


class NetworkWeights(NamedTuple):
    """Weights in software units, (sources, neurons) each: threshold 1, leak 0.

    forward: one matrix per layer, the readout last. recurrent: one per hidden layer, None where there is none.
    """

    forward: tuple[NDArray[Any], ...]
    recurrent: tuple[NDArray[Any] | None, ...]


def to_codes(weight: NDArray[Any], lsb_per_unit: float, weight_max: int) -> NDArray[np.int16]:
    """Return the signed weight codes, −weight_max to weight_max."""
    return np.clip(np.rint(weight * lsb_per_unit), -weight_max, weight_max).astype(np.int16)


def readout_lsb_per_unit(weight: NDArray[Any], spec: ChipSpec) -> float:
    """Return the scale that maps the largest readout weight to the largest code.

    A readout without threshold may be scaled at will; this uses the full resolution (Cramer, Billaudelle et al.,
    PNAS 119(4), 2022, Weight scaling).
    """
    largest = float(np.abs(weight).max(initial=0.0))
    return spec.weight_max / largest if largest > 0 else spec.weight_lsb_per_unit


def layer_scales(weights: NetworkWeights, spec: ChipSpec) -> tuple[float, ...]:
    """Return weight codes per software unit for each layer, the readout last."""
    hidden = (spec.weight_lsb_per_unit,) * (len(weights.forward) - 1)
    return (*hidden, readout_lsb_per_unit(weights.forward[-1], spec))


def layer_codes(weights: NetworkWeights, spec: ChipSpec, quantized: bool = True) -> tuple[NDArray[Any], ...]:
    """Return the signed weight codes of all layers, (sources, neurons), own neurons after the sources below.

    quantized=False leaves them unrounded and unclipped, in the dtype of the weights.
    """
    out = []
    for k, (weight, scale) in enumerate(zip(weights.forward, layer_scales(weights, spec), strict=True)):
        own = weights.recurrent[k] if k < len(weights.recurrent) else None
        whole = weight if own is None else np.concatenate([weight, own])
        out.append(to_codes(whole, scale, spec.weight_max) if quantized else whole * scale)
    return tuple(out)
