"""From the ReLU network to rates of neurons on the wafer.

Activity a is a rate in units of the full rate. With the mean activation curve a = κ (q D − θ), where D is the sum of
code · activity over the sources and q the strength of the synapses, a layer with weights W and biases B between −1
and 1, rounded to codes 15 W and 15 B, makes

    a_l = max(m_l (W_l a_{l−1} + ρ B_l) − κ θ, 0),       m_l = 15 κ q_l

ρ is the rate of the bias generator in units of the full rate. Activations of the software network are scaled so that a
high percentile of each layer is the full rate (Diehl et al., IJCNN 2015). m_l is the weight that becomes the largest
code, chosen for the least square error of rounding and clipping; q_l, set by V_gmax and the divider, follows from it.
An inhibitory row is weaker by the ratio of the distances of the two reversal potentials from the threshold. The
biases carry the rheobase θ of the mean neuron; ρ is such that the largest of them fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.spec import Bss1Spec
from ...cosim.bss1.configuration import Configuration, Strength, nearest_strength
from ...errors import ConfigError
from .curves import ActivationCurves
from .relu import ReluWeights

Floats = NDArray[np.float64]

PERCENTILE: Final = 99.0
"""Of a layer's activations in software; it becomes the full rate."""
HEADROOM: Final = 1.5
"""The weight of the largest bias after conversion is one over this, if the generator can be that fast."""


@dataclass(frozen=True, eq=False)
class RateScales:
    """What the chip makes of weights between −1 and 1; see the equation of the file.

    gains: m of each layer. offset: κ θ. bias_rate: ρ. strengths: of the excitatory and inhibitory rows per layer.
    """

    gains: tuple[float, ...]
    offset: float
    bias_rate: float
    bias_steps: int
    strengths: tuple[tuple[Strength, Strength], ...]
    weight_max: int

    def configuration(self, parameters: tuple[Floats, ...]) -> Configuration:
        """Return the configuration for weights (sources + 1, neurons) per layer, the biases last."""
        return Configuration(tuple(self.codes(w) for w in parameters), self.strengths, self.bias_steps)

    def codes(self, parameter: Floats) -> NDArray[np.int64]:
        """Round weights to codes. Raises `ConfigError` for NaN and infinity."""
        if not np.isfinite(parameter).all():
            bad = int((~np.isfinite(parameter)).sum())
            raise ConfigError(f"{bad} of {parameter.size} weights are not finite; take those from before they were")
        return np.clip(np.rint(parameter * self.weight_max), -self.weight_max, self.weight_max).astype(np.int64)


def convert(
    network: ReluWeights, activations: list[Floats], curves: ActivationCurves, spec: Bss1Spec, rate_hz: float
) -> tuple[tuple[Floats, ...], RateScales]:
    """Return weights between −1 and 1 with the biases as last row, and what the chip makes of them.

    activations: of the software network on training images. rate_hz: the full rate.
    Raises `ConfigError` if the chip cannot reach the strength or the bias that a layer needs.
    """
    inhibition = (spec.reversal_exc_v - spec.threshold_v) / (spec.threshold_v - spec.reversal_inh_v)
    offset = curves.slope * curves.rheobase
    below, parts, gains, strengths = 1.0, [], [], []
    last = len(network.weights) - 1
    for k, (weight, bias, active) in enumerate(zip(*network, activations, strict=True)):
        raised = bias - np.percentile(active.max(axis=1), 100 - PERCENTILE) if k == last else bias
        level = active + (raised - bias).max() if k == last else active
        full = max(float(np.percentile(level[level > 0], PERCENTILE)), 1e-9)
        scaled = weight * below / full
        ratio = _least_error(scaled, spec.weight_max) / (spec.weight_max * curves.slope)
        pair = nearest_strength(ratio, spec), nearest_strength(ratio * inhibition, spec)
        gains.append(spec.weight_max * curves.slope * pair[0].ratio)
        parts.append((scaled / gains[-1], (raised / full + offset) / gains[-1]))
        strengths.append(pair)
        below = full
    bias_steps = _bias_steps(max(float(np.abs(bias).max()) for _, bias in parts), rate_hz, spec)
    bias_rate = 1 / (bias_steps * spec.step_s * rate_hz)
    parameters = tuple(np.clip(np.vstack([weight, bias / bias_rate]), -1, 1) for weight, bias in parts)
    return parameters, RateScales(tuple(gains), offset, bias_rate, bias_steps, tuple(strengths), spec.weight_max)


def _bias_steps(largest: float, rate_hz: float, spec: Bss1Spec) -> int:
    """Return the distance of bias events that leaves the largest bias, in full rates, `HEADROOM` if it can."""
    if largest * rate_hz * spec.step_s > 1:
        raise ConfigError(
            f"a bias of {largest:.3g} full rates of {rate_hz:g} Hz needs more than one event per step of "
            f"{spec.step_s:g} s; make the full rate smaller"
        )
    return max(int(1 / (HEADROOM * largest * rate_hz * spec.step_s)), 1)


def _least_error(weights: Floats, weight_max: int) -> float:
    """Return the weight that should become the largest code, so that rounding and clipping do the least harm."""
    largest = max(float(np.abs(weights).max()), 1e-9)

    def error(full: float) -> float:
        codes = np.clip(np.rint(weights / full * weight_max), -weight_max, weight_max)
        return float(np.square(weights - codes * full / weight_max).sum())

    return min((largest * float(share) for share in np.linspace(1, 0.1, 46)), key=error)
