"""The constants of one layer on one die: what the circuits and drivers it uses make of the nominal chip.

With the factors c on the capacitance and g on the leak conductance of a membrane, the gain γ_l and the offset current
o_l of its synaptic inputs (l runs over the lines), their sign s_l, the nominal time constant τ₀ and the distance D of
threshold and leak, V from the leak:

    τ₀ c dV/dt = −g V + D Σ_l s_l γ_l (i_l + o_l)

so τ_m = τ₀ c/g, a current i_l drives V to D s_l γ_l i_l / g, and without spikes V rests at Σ_l D s_l γ_l o_l / g, not
at the leak. `neuron.py` counts membranes from there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..network.neurons import USUAL_NEURONS, Neurons, Parameters, parameters
from ..network.reconstruct import TraceScale
from ..network.weights import NetworkWeights, layer_scales
from ..numerics.noise import TemporalNoise
from ..numerics.vectors import padded
from ..propagator import propagator
from .analog.cadc import CadcConstants
from .analog.neuron import NeuronConstants
from .die import Die
from .spec import ChipSpec

Array = NDArray[Any]


class LayerConstants(NamedTuple):
    """Everything a layer needs besides its weights; neurons padded to whole vectors.

    pair: int64 (blocks · sources), which circuit of the neurons of a block a source drives. trial_noise: (N) in LSB.
    numbers: first circuits of the neurons, which key their noise: the first if they lie side by side, else all.
    """

    neuron: NeuronConstants
    cadc: CadcConstants
    trial_noise: Any
    pair: Any
    numbers: Any


def layer_constants(
    spec: ChipSpec,
    die: Die,
    step_s: float,
    circuits: NDArray[np.int64],
    pair: NDArray[np.int64],
    *,
    spiking: bool,
    noise: TemporalNoise,
    quantized: bool,
    dtype: np.dtype[Any],
    neurons: Neurons = USUAL_NEURONS,
) -> LayerConstants:
    """Return the constants of neurons made of `circuits`, for steps of `step_s`.

    circuits: (neurons, circuits), hemisphere · columns + column, the first one first, −1 where a neuron has fewer. The
    membrane, comparator, reset and CADC channel are those of the first one; the synaptic lines of each have their own
    time constant and gain. pair: see `LayerConstants`. neurons: parameters that are not those of the chip.
    """
    lanes = padded(len(circuits))

    def row(values: Array | float, fill: float = 0.0) -> Array:
        out = np.full(lanes, fill)
        out[: len(circuits)] = values
        return out.astype(dtype)

    def first(deviation: Array) -> Array:
        return np.asarray(deviation.reshape(-1)[circuits[:, 0]])

    meant = voltages(spec, neurons, len(circuits))
    conductance, tau_mem = first(die.leak_conductance), meant.tau_mem_s * first(die.tau_mem)
    rest = meant.leak + first(die.leak_lsb)
    scale = spec.swing_lsb * (1.0 if spiking else spec.readout_gain) / conductance
    decay_line, drive = [], []
    for at in circuits.T:
        there = at >= 0
        for nominal, tau, gain, offset, sign in (
            (meant.tau_syn_exc_s, die.tau_syn_exc, die.gain_exc, die.offset_exc, 1.0),
            (meant.tau_syn_inh_s, die.tau_syn_inh, die.gain_inh, die.offset_inh, -1.0),
        ):
            step = propagator(step_s, tau_mem, nominal * tau.reshape(-1)[at])
            pull = sign * there * gain.reshape(-1)[at] * scale
            rest = rest + pull * offset.reshape(-1)[at]
            decay_line.append(row(step.decay_syn))
            drive.append(row(step.drive * pull))
    decay_mem = np.exp(-step_s / tau_mem)
    reset = meant.reset + first(die.reset_lsb) - rest
    threshold = meant.threshold + first(die.threshold_lsb) - rest
    neuron = NeuronConstants(
        decay_mem=row(decay_mem),
        decay_line=np.array(decay_line),
        drive=np.array(drive),
        floor=row(spec.membrane_floor_lsb - rest),
        ceiling=row(spec.membrane_ceiling_lsb - rest),
        reset=row(reset),
        start=row(reset if spec.start_at_reset else 0.0),
        threshold=row(threshold if spiking else np.inf, np.inf),
        noise=row(noise.membrane_lsb * np.sqrt(1 - decay_mem**2)),
        saturation=dtype.type(spec.synaptic_saturation),
    )
    gain, code = first(die.cadc_gain), spec.cadc_step_lsb
    cadc = CadcConstants(
        gain=row(gain / code),
        offset=row((gain * rest + first(die.cadc_offset_lsb)) / code),
        noise=row(noise.cadc_lsb / code),
        code_max=spec.cadc_max if quantized else 0,
        shift=spec.cadc_shift_s / step_s,
        jitter=spec.cadc_jitter_s / step_s,
    )
    return LayerConstants(neuron, cadc, row(noise.trial_lsb), pair.astype(np.int64), numbers(circuits[:, 0], lanes))


def voltages(spec: ChipSpec, neurons: Neurons, size: int) -> Parameters:
    """Return the parameters of neurons with voltages in CADC LSB."""
    meant = parameters(spec, neurons, size)
    scaled = {name: spec.leak_lsb + spec.swing_lsb * getattr(meant, name) for name in ("leak", "start")}
    reset = np.full(size, spec.reset_lsb) if neurons.reset is None else spec.leak_lsb + spec.swing_lsb * meant.reset
    high = np.full(size, spec.threshold_lsb)
    if neurons.threshold is not None:
        high = spec.leak_lsb + spec.swing_lsb * meant.threshold
    return meant._replace(**scaled, reset=reset, threshold=high)


def numbers(first: NDArray[np.int64], lanes: int) -> Any:
    """Return the numbers of neurons: the first of them if they are consecutive, else all, padded to `lanes`."""
    if (np.diff(first) == 1).all():
        return int(first[0]) if len(first) else 0
    return np.pad(first, (0, lanes - len(first)))


def alike(layers: tuple[LayerConstants, ...]) -> tuple[LayerConstants, ...]:
    """Return the constants of layers with the numbers of their neurons in one form, as a kernel takes them."""
    if all(isinstance(layer.numbers, int) for layer in layers):
        return layers
    return tuple(
        layer._replace(numbers=np.arange(layer.numbers, layer.numbers + len(layer.trial_noise)))
        if isinstance(layer.numbers, int)
        else layer
        for layer in layers
    )


def synapse_rows(
    codes: Array, lsb_per_unit: float, die: Die, hemisphere: NDArray[np.int64], driver: NDArray[np.int64],
    blocks: tuple[tuple[int, int], ...], dtype: np.dtype[Any],
) -> Array:  # fmt: skip
    """Return the charge a spike of each source puts on the lines: (blocks · sources, 2 · N), excitatory, inhibitory.

    codes: signed weight codes (sources, neurons), or unquantised values on the same scale. hemisphere, driver: (blocks
    · sources), where the events of a source arrive for the neurons of each block. blocks: first and last neuron of
    each.
    """
    sources, neurons = codes.shape
    lanes = padded(neurons)
    gains = die.driver_gain[hemisphere, driver] / lsb_per_unit
    rows = np.zeros((len(blocks) * sources, 2 * lanes), dtype)
    for k, (start, stop) in enumerate(blocks):
        own = slice(k * sources, (k + 1) * sources)
        charge = codes[:, start:stop] * gains[own, None]
        rows[own, start:stop] = np.maximum(charge, 0)
        rows[own, lanes + start : lanes + stop] = np.maximum(-charge, 0)
    return rows


def membrane_scale(spec: ChipSpec, dtype: np.dtype[Any], period: int) -> TraceScale:
    """Return how CADC codes of a hidden membrane become software units; one record per `period` steps."""
    leak, gain = spec.leak_lsb / spec.cadc_step_lsb, spec.cadc_step_lsb / spec.swing_lsb
    return TraceScale(dtype.type(leak), dtype.type(gain), period, dtype.type(spec.start_unit))


def readout_start(spec: ChipSpec, weights: NetworkWeights) -> float:
    """Return the membranes of the readout at the beginning of a sample, in software units of these weights."""
    lsb = spec.start_unit * spec.swing_lsb + spec.leak_lsb
    return float(readout_units(lsb / spec.cadc_step_lsb, spec, layer_scales(weights, spec)[-1]))


def readout_units(codes: Any, spec: ChipSpec, scale: float) -> Any:
    """Return CADC codes of a readout whose weights have `scale` codes per unit in software units."""
    lsb_per_unit = spec.swing_lsb * spec.readout_gain * scale / spec.weight_lsb_per_unit
    with np.errstate(over="ignore"):  # infinite, of weights that are so large; training tells their name
        return (codes * spec.cadc_step_lsb - spec.leak_lsb) / lsb_per_unit
