"""Float weights on their way to the chip: scaled, rounded to the nearest integer (half to even), clipped."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError
from ..design import Design
from ..numerics.types import Reals
from .topology import Topology
from .wiring import USUAL


class NetworkWeights(NamedTuple):
    """Weights in software units, (sources, neurons) each: threshold 1, leak 0.

    forward: one matrix per layer, the readout last, with the rows of its feeds (see `Topology`). recurrent: one per
    hidden layer, None where there is none.
    """

    forward: tuple[Reals, ...]
    recurrent: tuple[Reals | None, ...]


def check_weights(weights: NetworkWeights, topology: Topology) -> None:
    """Raise `ConfigError` for weights of other shapes or types, NaN and infinity.

    No level would show them: NaN is below every threshold, and becomes code 0.
    """
    shapes = tuple(w.shape for w in weights.forward)
    if shapes != topology.weight_shapes:
        raise ConfigError(f"weights of shapes {shapes} do not fit network {topology}")
    own = tuple(None if w is None else w.shape for w in weights.recurrent)
    if own != tuple((n, n) if r else None for n, r in zip(topology.hidden, topology.recurrent, strict=True)):
        raise ConfigError(f"recurrent weights of shapes {own} do not fit network {topology}")
    for k, weight in enumerate(weights.forward):
        _check_values(weight, f"weights of {layer_name(k, topology)}")
    for k, looped in enumerate(weights.recurrent):
        if looped is not None:
            _check_values(looped, f"recurrent weights of {layer_name(k, topology)}")
        if topology.wiring[k] is not USUAL:
            _check_wired(weights, topology, k)
    if topology.wiring[-1] is not USUAL:
        _check_wired(weights, topology, len(topology.hidden))


def _check_wired(weights: NetworkWeights, topology: Topology, layer: int) -> None:
    """Raise `ConfigError` for weights of connections that do not exist, or of a sign that they cannot have."""
    wiring, whole = topology.wiring[layer], stacked(weights, layer)
    wrong = np.zeros(whole.shape, bool)
    if wiring.mask is not None:
        wrong |= (whole != 0) & ~wiring.mask.array
    if wiring.signs is not None:
        wrong |= whole * np.array(wiring.signs, whole.dtype)[:, None] < 0
    if wrong.any():
        source, neuron = np.argwhere(wrong)[0]
        raise ConfigError(
            f"weights of {layer_name(layer, topology)}: {wrong.sum()} are where the network has no connection of that "
            f"sign, the first is {whole[source, neuron]:g} from source {source} to neuron {neuron}; it must be 0"
        )


def stacked(weights: NetworkWeights, layer: int) -> Reals:
    """Return all weights of a layer, (fan-in, neurons), those of its own neurons behind the others."""
    own = weights.recurrent[layer] if layer < len(weights.recurrent) else None
    return weights.forward[layer] if own is None else np.concatenate([weights.forward[layer], own])


def layer_name(layer: int, topology: Topology) -> str:
    """Return what sentences call a layer, counted from 0, the readout last."""
    return "the readout" if layer == len(topology.hidden) else f"hidden layer {layer + 1}"


def _check_values(weight: Reals, what: str) -> None:
    if weight.dtype not in (np.float32, np.float64):
        raise ConfigError(f"{what} are of type {weight.dtype}; levels compute in float32 or float64")
    finite = np.isfinite(weight)
    if not finite.all():
        source, neuron = np.argwhere(~finite)[0]
        raise ConfigError(
            f"{what} are not finite: {(~finite).sum()} of {weight.size}, the first is {weight[source, neuron]} from "
            f"source {source} to neuron {neuron}; take weights from before the training went wrong"
        )


def to_codes(weight: Reals, lsb_per_unit: float, weight_max: int) -> NDArray[np.int16]:
    """Return the signed weight codes, −weight_max to weight_max."""
    with np.errstate(over="ignore"):  # what is too large for a float is clipped as well
        codes: NDArray[np.int16] = np.clip(np.rint(weight * lsb_per_unit), -weight_max, weight_max).astype(np.int16)
    return codes


def readout_lsb_per_unit(weight: Reals, spec: Design) -> float:
    """Return the scale that maps the largest readout weight to the largest code.

    A readout without threshold may be scaled at will; this uses the full resolution (Cramer, Billaudelle et al.,
    PNAS 119(4), 2022, Weight scaling).
    """
    largest = float(np.abs(weight).max(initial=0.0))
    least = spec.weight_max / float(np.finfo(weight.dtype).max)  # below it the scale is no number of this type
    return spec.weight_max / largest if largest > least else spec.weight_lsb_per_unit


def layer_scales(weights: NetworkWeights, spec: Design) -> tuple[float, ...]:
    """Return weight codes per software unit for each layer, the readout last; it is scaled unless it spikes."""
    if spec.spiking_outputs:
        return (spec.weight_lsb_per_unit,) * len(weights.forward)
    hidden = (spec.weight_lsb_per_unit,) * (len(weights.forward) - 1)
    return (*hidden, readout_lsb_per_unit(weights.forward[-1], spec))


def layer_codes(weights: NetworkWeights, spec: Design, quantized: bool = True) -> tuple[NDArray[Any], ...]:
    """Return the signed weight codes of all layers, (sources, neurons), own neurons after the sources below.

    quantized=False leaves them unrounded and unclipped, in the dtype of the weights.
    """
    out = []
    for k, scale in enumerate(layer_scales(weights, spec)):
        whole = stacked(weights, k)
        out.append(to_codes(whole, scale, spec.weight_max) if quantized else whole * scale)
    return tuple(out)
