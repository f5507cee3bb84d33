"""`Configuration`: all that is written into the chips for one run, apart from the floating gates of the neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.synapses import code_conductance
from ...behavioral.bss1.spec import Bss1Spec
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights, layer_codes
from ...errors import ConfigError
from ...scalars import whole


@dataclass(frozen=True)
class Strength:
    """Strength of the synapses of a layer: code of V_gmax and the divider of its rows."""

    gmax: int
    gmax_div: int

    def __post_init__(self) -> None:
        """Refuse codes that cannot be."""
        for name in ("gmax", "gmax_div"):
            object.__setattr__(self, name, whole(getattr(self, name), name))

    @property
    def ratio(self) -> float:
        """What scales a weight."""
        return self.gmax / self.gmax_div


def nearest_strength(ratio: float, spec: Bss1Spec) -> Strength:
    """Return the setting with the ratio nearest to `ratio`, on any of the values of V_gmax that a quadrant has.

    They are 1, 1/3, 1/9 and 1/27 of the largest code, so that all layers of a chip find theirs.
    Raises `ConfigError` for a ratio that the chip cannot reach.
    """
    values = [max(round(spec.floating_gate_max / 3**k), 1) for k in range(spec.gmax_choices)]
    low, high = spec.gmax_div_min, spec.gmax_div_max
    if not values[-1] / high <= ratio <= values[0] / low:
        least, most = values[-1] / high, values[0] / low
        raise ConfigError(f"synapse strength {ratio:g} must lie between {least:.3g} and {most:.4g}")
    choices = [Strength(gmax, div) for gmax in values for div in range(low, high + 1)]
    return min(choices, key=lambda choice: abs(choice.ratio - ratio))


@dataclass(frozen=True, eq=False)
class Configuration:
    """Weights and their strengths per layer, the readout last.

    codes: signed integers (sources + 1, neurons), the bias last. strengths: of the excitatory and the inhibitory rows.
    bias_steps: grid steps between two bias events; None: there are none.
    """

    codes: tuple[NDArray[np.int64], ...]
    strengths: tuple[tuple[Strength, Strength], ...]
    bias_steps: int | None


def configured(weights: NetworkWeights, spec: Bss1Spec) -> Configuration:
    """Return the configuration of weights in software units, without bias.

    A unit is the conductance that drives a nominal neuron like the current of the ideal one while its membrane is at
    threshold: the distance of leak and threshold over that of threshold and reversal potential, per time constant.
    """
    distances = spec.reversal_exc_v - spec.threshold_v, spec.threshold_v - spec.reversal_inh_v
    code_hz = (spec.threshold_v - spec.leak_v) / spec.tau_mem_s / spec.weight_lsb_per_unit
    exc, inh = (nearest_strength(code_hz / distance / code_conductance(spec, 1.0), spec) for distance in distances)
    codes = tuple(
        np.vstack([each, np.zeros((1, each.shape[1]))]).astype(np.int64) for each in layer_codes(weights, spec)
    )
    return Configuration(codes, ((exc, inh),) * len(codes), None)


def check_configuration(configuration: Configuration, topology: Topology, spec: Bss1Spec) -> None:
    """Raise `ConfigError` for codes of a wrong shape, out of range or no integers, and strengths that cannot be."""
    shapes = tuple(codes.shape for codes in configuration.codes)
    expected = tuple((topology.sizes[k] + 1, size) for k, size in enumerate(topology.sizes[1:]))
    if shapes != expected:
        raise ConfigError(
            f"weights of shapes {shapes} do not fit network {topology} with a bias, which needs {expected}"
        )
    if len(configuration.strengths) != len(expected):
        raise ConfigError(f"{len(configuration.strengths)} pairs of synapse strengths for {len(expected)} layers")
    for layer, codes in enumerate(configuration.codes):
        if codes.dtype.kind not in "iu":
            raise ConfigError(f"weight codes of layer {layer + 1} are of type {codes.dtype}; they must be integers")
        largest = int(np.abs(codes.astype(np.int64)).max(initial=0))
        if largest > spec.weight_max:
            raise ConfigError(f"weight code {largest} of layer {layer + 1} is beyond ±{spec.weight_max}")
    if configuration.bias_steps is not None:
        whole(configuration.bias_steps, "bias_steps")
