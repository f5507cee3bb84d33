"""The gradient through the ideal network, backward in time, with recorded spikes and membranes put in.

With ḡ = ∂loss/∂(what stands below it), and the notation of `ideal.py`, each layer obeys

    v̄[t] = w[t] (σ'(v[t]) z̄[t] + b v̄[t+1])     b-term dropped where z[t] = 1; w: awake share of the step, 0 in a rest
    ī[t] = κ v̄[t] + a ī[t+1]
    ∂loss/∂W[j] = Σ_t x_j[t'] ī[t],    z̄[t] = W_up ī_up[t+1] + W_rec ī[t+1] + direct terms
    σ'(v) = 1 / (β |v − 1| + 1)²       (SuperSpike, Zenke and Ganguli, Neural Comput. 30, 2018) or another surrogate

The reset is not differentiated. x, z and v are what the level recorded: with the ideal level this is ordinary
backpropagation through time; with any other it is the in-the-loop gradient of Cramer, Billaudelle et al., PNAS
119(4), 2022, equations 2 to 5: measured values forwards, model derivative backwards.

The readout is linear, and linear filters commute with its weights: its z̄ is obtained by filtering W g in hidden
space, one row addition per non-zero g = ∂loss/∂readout instead of a dense product per step. That is how a chain is run.
In other networks z̄ of each layer is added up over all that it feeds, the readout first.
"""

from __future__ import annotations

import numpy as np

from ..numerics.compiled import embedded, inlined, kernel
from ..numerics.foreign import call
from ..numerics.simd import at, load, magnitude, pick, rows_of, select, splat, store
from ..numerics.vectors import LANES, add, add_scaled
from .crossing import ROUNDING, Course, follow
from .feeds import stream
from .ideal import replay
from .reconstruct import membranes


@embedded
def _filter(constants, v_bar, i_bar):  # type: ignore[no-untyped-def]
    """ī ← a ī + κ v̄, then v̄ ← b v̄, ready for the step before."""
    for line in range(rows_of(constants.decay_syn)):
        first = line * v_bar.shape[0]
        for n in range(v_bar.shape[0]):
            k = first + n
            i_bar[k] = pick(constants.decay_syn, k) * i_bar[k] + pick(constants.drive, k) * v_bar[n]
    for n in range(v_bar.shape[0]):
        v_bar[n] *= pick(constants.decay_mem, n)


@embedded  # where rows are counted as references, that takes as long as the sum
def _matvec(transposed, x, out):  # type: ignore[no-untyped-def]
    """Add transposed' x to out."""
    for m in range(transposed.shape[0]):
        if x[m] != 0:
            add_scaled(out, x[m], transposed[m])


@inlined
def _spiking_step(  # type: ignore[no-untyped-def]
    w, t, row, v, slope, given, active, above, own, on_membrane, course, constants, v_bar
):
    """v̄ of the neurons of word w in step t; it comes and leaves multiplied by b. Return it as it is.

    z̄ is row `row` of `above` plus `own`. course: of the layer's spikes and rests. given: whether v has been replaced by
    the values of a surrogate. on_membrane: direct terms of v̄ (steps, neurons), if it has rows.
    """
    lanes, n = v_bar.shape[0], w * LANES
    one = v.dtype.type(1)
    nothing = splat(v.dtype.type(0), LANES)
    through_spike = load(above, row * lanes + n, LANES) + load(own, n, LANES)
    if given:
        through_spike = through_spike * load(v, t * lanes + n, LANES)
    else:
        width = slope * magnitude(load(v, t * lanes + n, LANES) - splat(one, LANES)) + splat(one, LANES)
        through_spike = through_spike / (width * width)
    gradient = select(course.fired[t, w], nothing, load(v_bar, n, LANES)) + load(active, n, LANES) * through_spike
    if on_membrane.shape[0]:
        gradient = gradient + load(on_membrane, t * lanes + n, LANES)
    gradient = select(course.asleep[t, w], nothing, gradient)
    if course.waking[t, w]:
        gradient = select(course.waking[t, w], load(course.share, t * lanes + n, LANES) * gradient, gradient)
    store(v_bar, n, at(constants.decay_mem, n, LANES) * gradient)
    return gradient


@inlined
def _readout_arrives(t, grad, period, transposed, v_out, v_hidden):  # type: ignore[no-untyped-def]
    """Add the gradient of the readout sample at the end of step t, if any, to v̄ of readout and hidden space."""
    if (t + 1) % period == 0:
        sample = (t + 1) // period - 1
        for o in range(grad.shape[1]):
            if grad[sample, o] != 0:
                v_out[o] += grad[sample, o]
                add_scaled(v_hidden, grad[sample, o], transposed[o])


@kernel
def _layer_back(  # type: ignore[no-untyped-def]
    first_in, unit_in, shift, first, unit, course, v, constants, readout_constants, slope, given, active, count_grad,
    on_spikes, on_membrane, from_above, readout_grad, period, readout_transposed, readout_weight_grad, transposed,
    recurrent_transposed, weight_grad, recurrent_grad, below,
):  # fmt: skip
    """One spiking layer of one sample, all steps.

    course: of its spikes and rests. v: membranes (steps, neurons), or what a surrogate makes of them. on_spikes,
    on_membrane: direct terms of z̄ and v̄ (steps, neurons), if they have rows. from_above: z̄ from the layer above
    (steps, neurons); without rows the readout is above, and is run along. below: receives z̄ of
    the layer below (steps, sources), if it has rows.
    """
    steps, lanes = first.shape[0] - 1, active.shape[0]
    v_bar = np.zeros(lanes, weight_grad.dtype)
    i_bar = np.zeros(weight_grad.shape[1], weight_grad.dtype)
    last = from_above.shape[0] == 0
    above = np.zeros((1, lanes), v_bar.dtype) if last else from_above
    i_hidden = above[0]
    v_hidden = np.zeros_like(v_bar)
    v_out = np.zeros(readout_weight_grad.shape[1], weight_grad.dtype)
    i_out = np.zeros_like(v_out)
    own = count_grad.copy()
    if below.shape[0]:
        below[steps - 1] = 0
    for t in range(steps - 1, -1, -1):
        if on_spikes.shape[0]:
            add(own, on_spikes[t])
        if last:
            _readout_arrives(t, readout_grad, period, readout_transposed, v_out, v_hidden)
        arrived = first_in[max(t - shift, 0)], first_in[max(t - shift + 1, 0)]
        for w in range(lanes // LANES):
            n = w * LANES
            gradient = _spiking_step(
                w, t, 0 if last else t, v, slope, given, active, above, own, on_membrane, course, constants, v_bar
            )
            for line in range(rows_of(constants.decay_syn)):
                k = line * lanes + n
                i = at(constants.decay_syn, k, LANES) * load(i_bar, k, LANES) + at(constants.drive, k, LANES) * gradient
                store(i_bar, k, i)
                for e in range(arrived[0], arrived[1]):
                    place = unit_in[e] * weight_grad.shape[1] + k
                    store(weight_grad, place, load(weight_grad, place, LANES) + i)
        if last:
            _filter(readout_constants, v_hidden, i_hidden)
            _filter(readout_constants, v_out, i_out)
            for e in range(first[max(t - 1, 0)], first[t]):
                add(readout_weight_grad[unit[e]], i_out)
        if on_spikes.shape[0]:
            own[:] = count_grad
        if recurrent_grad.shape[0]:
            for e in range(first[max(t - 1, 0)], first[t]):
                add(recurrent_grad[unit[e]], i_bar)
            own[:] = count_grad
            _matvec(recurrent_transposed, i_bar, own)
        if t and below.shape[0]:
            below[t - 1] = 0
            _matvec(transposed, i_bar, below[t - 1])


@kernel
def _on_times(grads, first, unit, age, course, constants, v, least_rise, on_membrane):  # type: ignore[no-untyped-def]
    """Add ∂loss/∂v of the times of spikes: they move by −δv / rise of the membrane in a whole step, up to threshold."""
    one = v.dtype.type(1)
    k = 0
    for t in range(first.shape[0] - 1):
        for e in range(first[t], first[t + 1]):
            n = unit[e]
            share = one
            before, threshold = v[t - 1, n] if t else pick(constants.start, n), pick(constants.threshold, n)
            if course.waking[t, n // LANES] >> np.uint64(n % LANES) & np.uint64(1):
                share, before = course.share[t, n], pick(constants.reset, n)
            rise = max((v[t, n] - before) / share, (threshold - before) / max(share - age[e], v.dtype.type(ROUNDING)))
            on_membrane[t, n] -= grads[k] / max(rise, least_rise)
            k += 1


@kernel
def _readout_back(  # type: ignore[no-untyped-def]
    first_in, unit_in, shift, constants, grad, period, transposed, weight_grad, below
):
    """The readout of one sample, all steps; grad: (samples, outputs). below: as for `_layer_back`."""
    steps = first_in.shape[0] - 1
    i_bar = np.zeros(weight_grad.shape[1], weight_grad.dtype)
    v_bar = np.zeros(i_bar.size // rows_of(constants.decay_syn), i_bar.dtype)
    if below.shape[0]:
        below[steps - 1] = 0
    for t in range(steps - 1, -1, -1):
        if (t + 1) % period == 0:
            for o in range(grad.shape[1]):
                v_bar[o] += grad[(t + 1) // period - 1, o]
        _filter(constants, v_bar, i_bar)
        for e in range(first_in[max(t - shift, 0)], first_in[max(t - shift + 1, 0)]):
            add(weight_grad[unit_in[e]], i_bar)
        if t and below.shape[0]:
            below[t - 1] = 0
            _matvec(transposed, i_bar, below[t - 1])


@kernel
def _hand_down(below, feeds, layer, above):  # type: ignore[no-untyped-def]
    """Add z̄ of the hidden layers that feed a layer, `below` (steps, sources), to `above`, (steps, neurons) of each."""
    for k in range(feeds.begin[layer], feeds.begin[layer + 1]):
        if feeds.source[k]:
            to = above[feeds.source[k] - 1]
            row = feeds.row[k] - feeds.inputs[layer]
            for t in range(to.shape[0]):
                for n in range(feeds.units[k]):
                    to[t, n] += below[t, row + n]


@embedded
def _from_threshold(threshold, v):  # type: ignore[no-untyped-def]
    """Shift membranes so that all thresholds are 1, as surrogates take them; a number is 1."""
    if rows_of(threshold) > 1:
        for t in range(v.shape[0]):
            for n in range(v.shape[1]):
                v[t, n] += 1 - pick(threshold, n)


@kernel
def _matrix(flat, rows, columns):  # type: ignore[no-untyped-def]
    return flat[: rows * columns].reshape(rows, columns)


@kernel
def run_adjoint(  # type: ignore[no-untyped-def]
    start, stop, first, unit, feeds, firsts, units, ages, records, scale, constants, slope, surrogate, actives,
    readout_grad, count_grads, train_grads, membrane_grads, time_grads, time_begins, least_rise, readout_period,
    weights, recurrent, transposed, recurrent_transposed, aboves, weight_grads,
    recurrent_grads,
):  # fmt: skip
    """Accumulate the weight gradients of samples start:stop.

    first, unit: input events. feeds: see `Feeds`. firsts, units, ages: recorded events per hidden layer. records:
    recorded membranes per hidden layer (samples, records, neurons), read by `scale`; without samples the membranes are
    those of the ideal model with the recorded spikes, which takes less time than to store and fetch them. slope: β, an
    array of one. constants: of each layer. surrogate: address of its code, 0 for SuperSpike (`surrogate.py`). actives:
    per hidden layer (samples, neurons), 0 where silenced. readout_grad: (samples, readout samples, outputs), every
    `readout_period` steps. count_grads: per hidden layer (samples, neurons), the gradient on the number of spikes.
    train_grads, membrane_grads: the same on spikes and membranes of every step (samples, steps, neurons); time_grads,
    time_begins: on the times of spikes, in steps, and where those of each sample begin; none without entries.
    least_rise: of a membrane in the step in which it spikes, for them. weights, recurrent: padded. transposed,
    recurrent_transposed: with sources and neurons swapped, without the inputs, padded. aboves: room for z̄ per hidden
    layer (steps, neurons), without rows if the network is a chain. Out: weight_grads, recurrent_grads, padded as the
    weights.
    """
    layers = len(weight_grads) - 1
    steps = first.shape[1] - 1
    chain = aboves[0].shape[0] == 0
    widest = max([max(weight_grads[k].shape[1], transposed[k].shape[1]) for k in range(layers + 1)])
    scratch = np.empty((4, steps * widest), weight_grads[0].dtype)
    bits = np.empty((3, steps * widest // LANES), np.uint64)
    release = np.empty(widest)
    for b in range(start, stop):
        from_above = _matrix(scratch[1], 0, widest)
        if not chain:
            for k in range(layers):  # assigned to by its index: numba drops what is assigned to an item of a loop
                aboves[k][:] = 0
            first_in, unit_in, shift = stream(feeds, layers, b, first, unit, firsts, units)
            below = _matrix(scratch[1], steps, transposed[layers].shape[1])
            _readout_back(
                first_in, unit_in, shift, constants[layers], readout_grad[b], readout_period, transposed[layers],
                weight_grads[layers], below,
            )  # fmt: skip
            _hand_down(below, feeds, layers, aboves)
        for up in range(layers):
            layer = layers - 1 - up
            lanes = actives[layer].shape[1]
            v = _matrix(scratch[0], steps, lanes)
            words = lanes // LANES
            course = Course(
                _matrix(bits[0], steps, words), _matrix(bits[1], steps, words), _matrix(bits[2], steps, words),
                _matrix(scratch[3], steps, lanes),
            )  # fmt: skip
            follow(firsts[layer][b], units[layer], ages[layer], constants[layer].rest, course)
            first_in, unit_in, shift = stream(feeds, layer, b, first, unit, firsts, units)
            if records[layer].shape[0]:
                membranes(
                    records[layer][b], scale, firsts[layer][b], units[layer], ages[layer], constants[layer],
                    release[:lanes], v,
                )  # fmt: skip
            else:
                replay(
                    first_in, unit_in, shift, weights[layer], recurrent[layer], constants[layer], firsts[layer][b],
                    units[layer], course, v,
                )  # fmt: skip
            on_spikes, on_membrane = _matrix(scratch[1], 0, lanes), _matrix(scratch[1], 0, lanes)
            if train_grads[layer].shape[0]:
                on_spikes = train_grads[layer][b]
            if membrane_grads[layer].shape[0]:
                on_membrane = membrane_grads[layer][b]
            elif time_grads[layer].shape[0]:
                on_membrane = np.zeros((steps, lanes), v.dtype)
            if time_grads[layer].shape[0]:
                _on_times(
                    time_grads[layer][time_begins[layer][b] :], firsts[layer][b], units[layer], ages[layer], course,
                    constants[layer], v, least_rise, on_membrane,
                )  # fmt: skip
            _from_threshold(constants[layer].threshold, v)
            if surrogate:
                call(surrogate, (v.ctypes.data, steps * lanes, slope.ctypes.data))
            below = _matrix(scratch[1 + up % 2], steps if transposed[layer].shape[1] else 0, transposed[layer].shape[1])
            if not chain:
                from_above = aboves[layer]
            _layer_back(
                first_in, unit_in, shift, firsts[layer][b], units[layer], course, v, constants[layer],
                constants[layers], slope[0],
                surrogate != 0, actives[layer][b], count_grads[layer][b], on_spikes, on_membrane, from_above,
                readout_grad[b], readout_period,
                transposed[layers], weight_grads[layers], transposed[layer], recurrent_transposed[layer],
                weight_grads[layer], recurrent_grads[layer], below,
            )  # fmt: skip
            if not chain:
                _hand_down(below, feeds, layer, aboves)
            from_above = below
