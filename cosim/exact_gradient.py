"""The weight gradient of a recorded batch by EventProp: threads over the batch around its sweeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.network.eventprop import Neurons
from ..behavioral.network.eventprop_chain import run_eventprop
from ..behavioral.network.feeds import Feeds, feeds_of
from ..behavioral.network.ideal import grid_rest
from ..behavioral.network.lines import of_lines
from ..behavioral.network.neurons import USUAL_NEURONS, parameters
from ..behavioral.network.neurons import Neurons as OwnNeurons
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..behavioral.numerics.threads import parts, run_parts
from ..behavioral.numerics.vectors import LANES, NARROW, pad_columns
from ..errors import ConfigError
from .further import NOTHING, Further
from .gradient import added, spike_ages, zeros
from .observation import Observation

Array = NDArray[Any]


def exact_weight_gradients(
    observed: Observation,
    topology: Topology,
    weights: NetworkWeights,
    spec: Design,
    graze: float,
    readout_grad: Array,
    count_grads: tuple[Array, ...],
    further: Further = NOTHING,
) -> NetworkWeights:
    """Return the gradients of all weights, summed over the batch; see `weight_gradients`.

    graze: the least i − 1 that a spike counts with (`eventprop.py`).
    """
    check_neurons(topology)
    dtype, grid = weights.forward[0].dtype, observed.grid
    ranges = parts(observed.inputs.samples)
    layers = tuple(
        w if own is None else np.concatenate([w, own])
        for w, own in zip(weights.forward, (*weights.recurrent, None), strict=True)
    )
    lanes = (*(LANES for _ in observed.spikes), NARROW)
    stacked = tuple(pad_columns(w, dtype, by) for w, by in zip(layers, lanes, strict=True))
    sums = tuple(zeros((len(ranges), *w.shape), dtype) for w in stacked)
    feeds = feeds_of(topology)
    incoming = tuple(
        np.array([*_feeds(feeds, layer), *([] if own is None else [(layer + 1, len(w))])], np.int64).reshape(-1, 2)
        for layer, (w, own) in enumerate(zip(weights.forward, (*weights.recurrent, None), strict=True))
    )
    rest_s = float(grid_rest(spec, grid, np.float64).steps) * grid.step_s
    neurons = tuple(
        _neurons(spec, own, w.shape[1], rest_s, graze) for own, w in zip(topology.neurons_of, stacked, strict=True)
    )
    period = grid.steps // readout_grad.shape[1]
    record_s = np.arange(period, grid.steps + 1, period) * grid.step_s
    events = (observed.inputs, *observed.spikes)
    room = max(1, *(int((each.first[:, -1] - each.first[:, 0]).max()) for each in events))
    ages = tuple(spike_ages(layer, dtype) for layer in observed.spikes)
    readout_grad = np.ascontiguousarray(readout_grad, dtype)
    count_grads = tuple(pad_columns(grad, dtype) for grad in count_grads)

    trains = further.dense("trains", observed, dtype)
    membranes = further.dense("membranes", observed, dtype, padding=False)
    times, begins = further.on_times(observed)

    def task(part: int, start: int, stop: int) -> None:
        run_eventprop(
            start, stop, observed.inputs.first, observed.inputs.unit,
            tuple(layer.first for layer in observed.spikes), tuple(layer.unit for layer in observed.spikes), ages,
            grid.step_s, neurons, incoming, stacked, record_s, readout_grad, count_grads, trains, times, begins,
            membranes, tuple(total[part] for total in sums), room,
        )  # fmt: skip

    run_parts(task, ranges)
    totals = tuple(of_lines(added(total), w, 1) for total, w in zip(sums, layers, strict=True))
    return NetworkWeights(
        tuple(total[: len(w)] for total, w in zip(totals, weights.forward, strict=True)),
        tuple(
            None if own is None else total[len(w) :]
            for total, w, own in zip(totals, weights.forward, weights.recurrent, strict=False)
        ),
    )


def _feeds(feeds: Feeds, layer: int) -> list[tuple[int, int]]:
    """Return the streams that a layer gets from inputs and layers before it, each with its first row."""
    own = slice(feeds.begin[layer], feeds.begin[layer + 1])
    return list(zip(feeds.source[own].tolist(), feeds.row[own].tolist(), strict=True))


def check_neurons(topology: Topology) -> None:
    """Raise `ConfigError` for parameters of neurons that these gradients are not for."""
    for own in topology.neurons_of:
        if own.tau_syn_exc_s != own.tau_syn_inh_s or own.leak or own.threshold or own.refractory_s:
            raise ConfigError(
                "gradient 'eventprop' is for neurons with one synaptic time constant and with leak, threshold and "
                "refractory time of the chip; use another estimator"
            )


def _neurons(spec: Design, own: OwnNeurons, lanes: int, rest_s: float, graze: float) -> Neurons:
    """Return the constants of the neurons of a layer; padding neurons are those of the chip."""
    size = max((len(values) for values in own.given), default=0)
    values, nominal = parameters(spec, own, size), parameters(spec, USUAL_NEURONS, lanes)
    mem, syn, reset = (
        np.concatenate([getattr(values, name), getattr(nominal, name)[size:]])
        for name in ("tau_mem_s", "tau_syn_exc_s", "reset")
    )
    return Neurons(mem, syn, reset, True, rest_s, graze)
