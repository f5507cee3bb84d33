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

from .compiled import inlined, kernel
from .ideal import replay
from .reconstruct import membranes
from .vectors import add, add_scaled


@kernel
def _spiking_step(v, t, slope, above, row, own, gate, constants, v_bar, i_bar):  # type: ignore[no-untyped-def]
    """v̄ and ī of step t from those of the next; v̄ comes and leaves multiplied by b. gate: 0 where z̄ is lost.

    z̄ is row `row` of `above` plus `own`. Rows are indexed here, since a slice per step costs as much as the work.
    """
    one = v.dtype.type(1)
    for n in range(v_bar.shape[0]):
        width = slope * abs(v[t, n] - one) + one
        gradient = gate[n] * (v_bar[n] + (above[row, n] + own[n]) / (width * width))
        i_bar[n] = constants.decay_syn * i_bar[n] + constants.drive * gradient
        v_bar[n] = constants.decay_mem * gradient


@kernel
def _filter(factor_v, factor_i, drive, v_bar, i_bar):  # type: ignore[no-untyped-def]
    """ī ← a ī + κ v̄, then v̄ ← b v̄, ready for the step before."""
    for n in range(i_bar.shape[0]):
        i_bar[n] = factor_i * i_bar[n] + drive * v_bar[n]
        v_bar[n] *= factor_v


@kernel
def _matvec(transposed, x, out):  # type: ignore[no-untyped-def]
    """Add transposed' x to out."""
    for m in range(transposed.shape[0]):
        if x[m] != 0:
            add_scaled(out, x[m], transposed[m])


@inlined
def _layer_step(  # type: ignore[no-untyped-def]
    t, first_in, unit_in, shift, first, unit, v, constants, slope, active, gate, above, row, own, weight_grad,
    recurrent_grad, v_bar, i_bar,
):  # fmt: skip
    """One step back in a spiking layer: v̄ and ī of step t, and its part of the weight gradients."""
    for e in range(first[t], first[t + 1]):
        v_bar[unit[e]] = 0
    clamped = first[max(t - constants.refractory_steps, 0)]
    for e in range(clamped, first[t]):
        gate[unit[e]] = 0
    _spiking_step(v, t, slope, above, row, own, gate, constants, v_bar, i_bar)
    for e in range(clamped, first[t]):
        gate[unit[e]] = active[unit[e]]
    if t >= shift:
        for e in range(first_in[t - shift], first_in[t - shift + 1]):
            add(weight_grad[unit_in[e]], i_bar)
    if t and recurrent_grad.shape[0]:
        for e in range(first[t - 1], first[t]):
            add(recurrent_grad[unit[e]], i_bar)


@inlined
def _readout_step(t, first, unit, grad, period, transposed, constants, weight_grad, v_out, i_out, v_hid, i_hid):  # type: ignore[no-untyped-def]
    """One step back in the readout; leaves z̄[t − 1] of the last hidden layer in i_hid."""
    if (t + 1) % period == 0:
        sample = (t + 1) // period - 1
        for o in range(grad.shape[1]):
            if grad[sample, o] != 0:
                v_out[o] += grad[sample, o]
                add_scaled(v_hid, grad[sample, o], transposed[o])
    _filter(constants.decay_mem, constants.decay_syn, constants.drive, v_out, i_out)
    _filter(constants.decay_mem, constants.decay_syn, constants.drive, v_hid, i_hid)
    if t:
        for e in range(first[t - 1], first[t]):
            add(weight_grad[unit[e]], i_out)


@kernel
def _layer_back(  # type: ignore[no-untyped-def]
    first_in, unit_in, shift, first, unit, v, constants, slope, active, count_grad, from_above, readout_grad, period,
    readout_transposed, readout_weight_grad, transposed, recurrent_transposed, weight_grad, recurrent_grad, below,
):  # fmt: skip
    """One spiking layer of one sample, all steps.

    v: membranes (steps, neurons). from_above: z̄ from the layer above (steps, neurons); without rows the readout is
    above, and is run along. below: receives z̄ of the layer below (steps, sources), if it has rows.
    """
    steps = first.shape[0] - 1
    v_bar = np.zeros(weight_grad.shape[1], weight_grad.dtype)
    i_bar = np.zeros_like(v_bar)
    last = from_above.shape[0] == 0
    above = np.zeros((1, v_bar.shape[0]), v_bar.dtype) if last else from_above
    i_hidden = above[0]
    v_hidden = np.zeros_like(v_bar)
    v_out = np.zeros(readout_weight_grad.shape[1], weight_grad.dtype)
    i_out = np.zeros_like(v_out)
    own = count_grad.copy()
    gate = active.copy()
    recurrent = recurrent_grad.shape[0] > 0
    if below.shape[0]:
        below[steps - 1] = 0
    for t in range(steps - 1, -1, -1):
        _layer_step(
            t, first_in, unit_in, shift, first, unit, v, constants, slope, active, gate, above, 0 if last else t, own,
            weight_grad, recurrent_grad, v_bar, i_bar,
        )  # fmt: skip
        if last:
            _readout_step(
                t, first, unit, readout_grad, period, readout_transposed, constants, readout_weight_grad, v_out,
                i_out, v_hidden, i_hidden,
            )  # fmt: skip
        if recurrent:
            own[:] = count_grad
            _matvec(recurrent_transposed, i_bar, own)
        if t and below.shape[0]:
            below[t - 1] = 0
            _matvec(transposed, i_bar, below[t - 1])


@kernel
def _matrix(flat, rows, columns):  # type: ignore[no-untyped-def]
    return flat[: rows * columns].reshape(rows, columns)


@kernel
def run_adjoint(  # type: ignore[no-untyped-def]
    start, stop, first, unit, firsts, units, records, scale, constants, slope, actives, readout_grad, count_grads,
    readout_period, weights, recurrent, transposed, recurrent_transposed, weight_grads, recurrent_grads,
):  # fmt: skip
    """Accumulate the weight gradients of samples start:stop.

    first, unit: input events. firsts, units: recorded events per hidden layer. records: recorded membranes per
    hidden layer (samples, records, neurons), read by `scale`; without samples the membranes are those of the ideal
    model with the recorded spikes, which takes less time than to store and fetch them. actives: per hidden layer
    (samples, neurons), 0 where silenced. readout_grad: (samples, readout samples, outputs), every `readout_period`
    steps. count_grads: per hidden layer (samples, neurons), the gradient on the number of spikes. weights,
    recurrent: padded. transposed, recurrent_transposed: with sources and neurons swapped, padded; those of the
    first layer are not used. Out: weight_grads, recurrent_grads, padded as the weights.
    """
    layers = len(weight_grads) - 1
    steps = first.shape[1] - 1
    widest = max([grad.shape[1] for grad in weight_grads])
    scratch = np.empty((3, steps * widest), weight_grads[0].dtype)
    release = np.empty(widest, np.int64)
    for b in range(start, stop):
        from_above = _matrix(scratch[1], 0, widest)
        for up in range(layers):
            layer = layers - 1 - up
            lanes = weight_grads[layer].shape[1]
            v = _matrix(scratch[0], steps, lanes)
            first_in = first[b] if layer == 0 else firsts[layer - 1][b]
            unit_in = unit if layer == 0 else units[layer - 1]
            shift = 0 if layer == 0 else 1
            if records[layer].shape[0]:
                membranes(
                    records[layer][b], scale, firsts[layer][b], units[layer], constants.refractory_steps,
                    constants.reset, release[:lanes], v,
                )  # fmt: skip
            else:
                replay(
                    first_in, unit_in, shift, weights[layer], recurrent[layer], constants, firsts[layer][b],
                    units[layer], v,
                )  # fmt: skip
            below = _matrix(scratch[1 + up % 2], steps if layer else 0, transposed[layer].shape[1])
            _layer_back(
                first_in, unit_in, shift, firsts[layer][b], units[layer], v, constants, slope, actives[layer][b],
                count_grads[layer][b],
                from_above, readout_grad[b], readout_period, transposed[layers], weight_grads[layers],
                transposed[layer], recurrent_transposed[layer], weight_grads[layer], recurrent_grads[layer], below,
            )  # fmt: skip
            from_above = below
