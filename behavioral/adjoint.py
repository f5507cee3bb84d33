"""The gradient through the ideal network, backward in time, with recorded spikes and membranes put in.

With ḡ = ∂loss/∂(what stands below it), and the notation of `ideal.py`, each layer obeys

    v̄[t] = σ'(v[t]) z̄[t] + b v̄[t+1]     b-term dropped where z[t] = 1; v̄[t] = 0 where the membrane is clamped
    ī[t] = κ v̄[t] + a ī[t+1]
    ∂loss/∂W[j] = Σ_t x_j[t'] ī[t],    z̄[t] = W_up ī_up[t+1] + W_rec ī[t+1] + direct terms
    σ'(v) = 1 / (β |v − 1| + 1)²       (SuperSpike, Zenke and Ganguli, Neural Comput. 30, 2018)

The reset is not differentiated. x, z and v are what the level recorded: with the ideal level this is ordinary
backpropagation through time; with any other it is the in-the-loop gradient of Cramer, Billaudelle et al., PNAS
119(4), 2022, equations 2 to 5: measured values forwards, model derivative backwards.

The readout is linear, and linear filters commute with its weights: its z̄ is obtained by filtering W g in hidden
space, one row addition per non-zero g = ∂loss/∂readout instead of a dense product per step.
"""

from __future__ import annotations

import numpy as np

from .compiled import kernel
from .reconstruct import membranes
from .vectors import add, add_scaled


@kernel
def _surrogate(v, slope, spike_grad, count_grad, active, v_bar):  # type: ignore[no-untyped-def]
    """Add σ'(v) z̄ to v̄ of active neurons."""
    one = v.dtype.type(1)
    for n in range(v.shape[0]):
        width = slope * abs(v[n] - one) + one
        v_bar[n] += active[n] * (spike_grad[n] + count_grad[n]) / (width * width)


@kernel
def _filter(factor_v, factor_i, drive, v_bar, i_bar):  # type: ignore[no-untyped-def]
    """ī ← a ī + κ v̄, then v̄ ← b v̄, ready for the step before."""
    for n in range(i_bar.shape[0]):
        i_bar[n] = factor_i * i_bar[n] + drive * v_bar[n]
    for n in range(v_bar.shape[0]):
        v_bar[n] *= factor_v


@kernel
def _readout_back(first, unit, grad, period, transposed, constants, weight_grad, spike_grad):  # type: ignore[no-untyped-def]
    """Readout of one sample. grad: (samples, outputs); transposed: (outputs, hidden); spike_grad: (steps, hidden)."""
    steps = first.shape[0] - 1
    v_out = np.zeros(weight_grad.shape[1], weight_grad.dtype)
    i_out = np.zeros_like(v_out)
    v_hidden = np.zeros(transposed.shape[1], weight_grad.dtype)
    i_hidden = np.zeros_like(v_hidden)
    spike_grad[steps - 1] = 0
    for t in range(steps - 1, 0, -1):
        if (t + 1) % period == 0:
            sample = (t + 1) // period - 1
            for o in range(grad.shape[1]):
                if grad[sample, o] != 0:
                    v_out[o] += grad[sample, o]
                    add_scaled(v_hidden, grad[sample, o], transposed[o])
        _filter(constants.decay_mem, constants.decay_syn, constants.drive, v_out, i_out)
        _filter(constants.decay_mem, constants.decay_syn, constants.drive, v_hidden, i_hidden)
        for e in range(first[t - 1], first[t]):
            add(weight_grad[unit[e]], i_out)
        spike_grad[t - 1] = i_hidden


@kernel
def _matvec(transposed, x, out):  # type: ignore[no-untyped-def]
    """Add transposed' x to out."""
    for m in range(transposed.shape[0]):
        if x[m] != 0:
            add_scaled(out, x[m], transposed[m])


@kernel
def _matrix(flat, rows, columns):  # type: ignore[no-untyped-def]
    return flat[: rows * columns].reshape(rows, columns)


@kernel
def _layer_back(  # type: ignore[no-untyped-def]
    first_in, unit_in, shift, first, unit, record, scale, constants, slope, active, count_grad,
    transposed, recurrent_transposed, weight_grad, recurrent_grad, v, spike_grad, below,
):  # fmt: skip
    """One spiking layer of one sample.

    v: scratch (steps, neurons). spike_grad: z̄ from above (steps, neurons), completed here by recurrence. below: z̄
    of the layer below (steps, sources), or no rows where that is the input.
    """
    steps = first.shape[0] - 1
    v_bar = np.zeros(weight_grad.shape[1], weight_grad.dtype)
    i_bar = np.zeros_like(v_bar)
    release = np.empty(v_bar.shape[0], np.int64)
    membranes(record, scale, first, unit, constants.refractory_steps, constants.reset, release, v)
    if below.shape[0]:
        below[steps - 1] = 0
    for t in range(steps - 1, -1, -1):
        for e in range(first[t], first[t + 1]):
            v_bar[unit[e]] = 0
        _surrogate(v[t], slope, spike_grad[t], count_grad, active, v_bar)
        for e in range(first[max(t - constants.refractory_steps, 0)], first[t]):
            v_bar[unit[e]] = 0
        _filter(constants.decay_mem, constants.decay_syn, constants.drive, v_bar, i_bar)
        if t >= shift:
            for e in range(first_in[t - shift], first_in[t - shift + 1]):
                add(weight_grad[unit_in[e]], i_bar)
        if t and recurrent_grad.shape[0]:
            for e in range(first[t - 1], first[t]):
                add(recurrent_grad[unit[e]], i_bar)
            _matvec(recurrent_transposed, i_bar, spike_grad[t - 1])
        if t and below.shape[0]:
            below[t - 1] = 0
            _matvec(transposed, i_bar, below[t - 1])


@kernel
def run_adjoint(  # type: ignore[no-untyped-def]
    start, stop, first, unit, firsts, units, records, scale, constants, slope, actives, readout_grad, count_grads,
    readout_period, transposed, recurrent_transposed, weight_grads, recurrent_grads,
):  # fmt: skip
    """Accumulate the weight gradients of samples start:stop.

    first, unit: input events. firsts, units: recorded events per hidden layer. records: recorded membranes per
    hidden layer (samples, records, neurons), read by `scale`. actives: per hidden layer (samples, neurons), 0
    where silenced. readout_grad: (samples, readout samples, outputs), every `readout_period` steps. count_grads:
    per hidden layer (samples, neurons), the gradient on the number of spikes. transposed, recurrent_transposed:
    weights with sources and neurons swapped, padded. Out: weight_grads, recurrent_grads, shaped as the weights.
    """
    layers = len(weight_grads) - 1
    steps = first.shape[1] - 1
    widest = max([grad.shape[1] for grad in weight_grads])
    scratch = np.empty((3, steps * widest), weight_grads[0].dtype)
    for b in range(start, stop):
        spike_grad = _matrix(scratch[0], steps, transposed[layers].shape[1])
        _readout_back(
            firsts[layers - 1][b], units[layers - 1], readout_grad[b], readout_period, transposed[layers],
            constants, weight_grads[layers], spike_grad,
        )  # fmt: skip
        for up in range(layers):
            layer = layers - 1 - up
            below = _matrix(scratch[(up + 1) % 2], steps if layer else 0, transposed[layer].shape[1])
            _layer_back(
                first[b] if layer == 0 else firsts[layer - 1][b],
                unit if layer == 0 else units[layer - 1],
                0 if layer == 0 else 1,
                firsts[layer][b], units[layer], records[layer][b], scale, constants, slope, actives[layer][b],
                count_grads[layer][b], transposed[layer], recurrent_transposed[layer], weight_grads[layer],
                recurrent_grads[layer], _matrix(scratch[2], steps, weight_grads[layer].shape[1]), spike_grad, below,
            )  # fmt: skip
            spike_grad = below
