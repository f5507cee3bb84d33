"""EventProp through a chain of layers on a time grid: the traffic of each sample, and the sweeps, last layer first.

An input event acts at the beginning of its step. A spike crosses threshold at its age before the end of its step and
acts at the beginning of the next one; what lies between does not change with the weights.
"""

from __future__ import annotations

import numpy as np

from ..numerics.compiled import kernel
from .eventprop import Arrivals, Traffic, merge, sweep


@kernel
def put_stream(  # type: ignore[no-untyped-def]
    first, unit, age, step_s, spiking, count_grad, train_grad, time_grad, stream, traffic
):
    """Fill one stream of `traffic` with the events of a sample: first (steps + 1), unit and age as in `GridEvents`.

    spiking: whether they are spikes of neurons. The loss has the gradient count_grad (lanes) on their numbers,
    train_grad (steps, lanes) on spikes in a step, time_grad (spikes) on their times, per second; the last two may have
    no rows.
    """
    count = 0
    traffic.grad[stream], traffic.jump[stream] = 0, 0
    for t in range(first.shape[0] - 1):
        begin = count
        for e in range(first[t], first[t + 1]):
            time = (t + 1 - age[e]) * step_s if spiking else t * step_s
            k = count
            while k > begin and traffic.time[stream, k - 1] > time:  # by time within the step, too
                for part in (traffic.time, traffic.grad, traffic.jump):
                    part[stream, k] = part[stream, k - 1]
                traffic.unit[stream, k] = traffic.unit[stream, k - 1]
                k -= 1
            traffic.unit[stream, k], traffic.time[stream, k] = unit[e], time
            if spiking:
                traffic.jump[stream, k] = count_grad[unit[e]]
                if train_grad.shape[0]:
                    traffic.jump[stream, k] += train_grad[t, unit[e]]
                traffic.grad[stream, k] = time_grad[count] if time_grad.shape[0] else 0.0
            traffic.arrival[stream, count] = (t + 1) * step_s if spiking else time
            count += 1
    traffic.counts[stream] = count


@kernel
def run_eventprop(  # type: ignore[no-untyped-def]
    start, stop, first, unit, firsts, units, ages, step_s, neurons, incoming, weights, record_s, readout_grad,
    count_grads, train_grads, time_grads, time_begins, membrane_grads, weight_grads, room,
):  # fmt: skip
    """Accumulate the weight gradients of samples start:stop of a chain of layers.

    first, unit: input events. firsts, units, ages: recorded events per hidden layer. step_s: of the grid. neurons,
    incoming (see `merge`; stream 0 is the input, stream l + 1 hidden layer l), weights: per layer, the readout last,
    weights padded, with a row for each unit of each incoming stream. record_s, readout_grad (samples, records,
    outputs): of all layers, and of the readout. count_grads: per hidden layer (samples, lanes). train_grads (samples,
    steps, lanes), time_grads (spikes) with time_begins (samples + 1), membrane_grads (samples, records, lanes): per
    hidden layer, or without entries. room: events of the fullest stream of a sample. Out: weight_grads, padded as the
    weights.
    """
    streams, layers = len(firsts) + 1, len(weights)
    traffic = Traffic(
        np.zeros(streams, np.int64), np.empty((streams, room), np.int32), np.empty((streams, room)),
        np.empty((streams, room)), np.empty((streams, room)), np.empty((streams, room)), np.arange(streams) > 0,
    )  # fmt: skip
    most = streams * room
    arrivals = Arrivals(np.empty(most), np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64))
    no_age, never = np.empty(0, weights[0].dtype), np.empty(0)
    no_rows = np.empty((0, 0), weights[0].dtype)
    outputs = readout_grad.shape[2]
    from_records = np.zeros((record_s.shape[0], weights[layers - 1].shape[1]), weights[0].dtype)
    for b in range(start, stop):
        put_stream(first[b], unit, no_age, step_s, False, no_age, no_rows, never, 0, traffic)
        for layer in range(streams - 1):
            on_times = time_grads[layer]
            put_stream(
                firsts[layer][b], units[layer], ages[layer], step_s, True, count_grads[layer][b],
                train_grads[layer][b] if train_grads[layer].shape[0] else no_rows,
                on_times[time_begins[layer][b] :] if on_times.shape[0] else never, layer + 1, traffic,
            )  # fmt: skip
        from_records[:, :outputs] = readout_grad[b]
        for down in range(layers):
            layer = layers - 1 - down
            last = down == 0
            count = merge(traffic, incoming[layer], arrivals)
            records = from_records if last else no_rows
            if not last and membrane_grads[layer].shape[0]:
                records = membrane_grads[layer][b]
            sweep(
                neurons[layer], traffic, -1 if last else layer + 1, weights[layer], arrivals, count,
                record_s if records.shape[0] else never, records, weight_grads[layer],
            )  # fmt: skip
