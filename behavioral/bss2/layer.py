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

    pair: int64 (sources), which circuit of the neuron a source drives. trial_noise: (N) in LSB. first_column: where
    the layer begins; neuron n sits on column first_column + n, which also keys its noise.
    """

    neuron: NeuronConstants
    cadc: CadcConstants
    trial_noise: Any
    pair: Any
    first_column: int


def layer_constants(
    spec: ChipSpec,
    die: Die,
    step_s: float,
    columns: NDArray[np.int64],
    hemisphere: NDArray[np.int64],
    *,
    spiking: bool,
    noise: TemporalNoise,
    quantized: bool,
    dtype: np.dtype[Any],
) -> LayerConstants:
    """Return the constants of the neurons on `columns`, fed by sources in `hemisphere`, for steps of `step_s`.

    The membrane, comparator, reset and CADC channel are those of hemisphere 0; each hemisphere's synaptic lines
    have their own time constant and gain.
    """
    lanes = padded(len(columns))

    def row(values: Array | float, fill: float = 0.0) -> Array:
        out = np.full(lanes, fill)
        out[: len(columns)] = values
        return out.astype(dtype)

    conductance, tau_mem = die.leak_conductance[0, columns], spec.tau_mem_s * die.tau_mem[0, columns]
    rest = spec.leak_lsb + die.leak_lsb[0, columns]
    scale = spec.swing_lsb * (1.0 if spiking else spec.readout_gain) / conductance
    decay_line, drive = [], []
    for h in range(spec.hemispheres):
        for tau, gain, offset, sign in (
            (die.tau_syn_exc, die.gain_exc, die.offset_exc, 1.0),
            (die.tau_syn_inh, die.gain_inh, die.offset_inh, -1.0),
        ):
            step = propagator(step_s, tau_mem, spec.tau_syn_s * tau[h, columns])
            pull = sign * gain[h, columns] * scale
            rest = rest + pull * offset[h, columns]
            decay_line.append(row(step.decay_syn))
            drive.append(row(step.drive * pull))
    decay_mem = np.exp(-step_s / tau_mem)
    reset = spec.reset_lsb + die.reset_lsb[0, columns] - rest
    threshold = spec.threshold_lsb + die.threshold_lsb[0, columns] - rest
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
    gain, code = die.cadc_gain[0, columns], spec.cadc_step_lsb
    cadc = CadcConstants(
        gain=row(gain / code),
        offset=row((gain * rest + die.cadc_offset_lsb[0, columns]) / code),
        noise=row(noise.cadc_lsb / code),
        code_max=spec.cadc_max if quantized else 0,
        shift=spec.cadc_shift_s / step_s,
        jitter=spec.cadc_jitter_s / step_s,
    )
    return LayerConstants(neuron, cadc, row(noise.trial_lsb), hemisphere.astype(np.int64), int(columns[0]))


def synapse_rows(
    codes: Array, lsb_per_unit: float, die: Die, hemisphere: NDArray[np.int64], driver: NDArray[np.int64],
    dtype: np.dtype[Any],
) -> Array:  # fmt: skip
    """Return the charge a spike of each source puts on the lines: (sources, 2 · N), excitatory then inhibitory.

    codes: signed weight codes (sources, neurons), or unquantised values on the same scale.
    """
    sources, neurons = codes.shape
    lanes = padded(neurons)
    charge = codes * (die.driver_gain[hemisphere, driver] / lsb_per_unit)[:, None]
    rows = np.zeros((sources, 2 * lanes), dtype)
    rows[:, :neurons] = np.maximum(charge, 0)
    rows[:, lanes : lanes + neurons] = np.maximum(-charge, 0)
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
    return (codes * spec.cadc_step_lsb - spec.leak_lsb) / lsb_per_unit
