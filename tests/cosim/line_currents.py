"""The currents of the synaptic lines, from recorded spikes and weights alone: what no level returns."""

from __future__ import annotations

from typing import Any

import numpy as np
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.behavioral import BehavioralLevel
from inloop.cosim.observation import Observation


def largest_currents(level: BehavioralLevel, weights: NetworkWeights, seen: Observation) -> tuple[Any, ...]:
    """Return the largest current that each line would carry in each sample if nothing limited it.

    Per layer (samples, lines, neurons) in software units; lines: excitatory and inhibitory, hemisphere by hemisphere.
    """
    spec, die, found = level.spec, level.die, []
    populations = [seen.inputs.dense(), *(_a_step_later(layer.dense()) for layer in seen.spikes)]
    columns = [place.circuits[:, 0] for place in level.placement]
    for layer, (place, rows) in enumerate(zip(level.placement, level.rows(weights), strict=True)):
        events = populations[layer]
        if len(rows) > events.shape[2]:
            events = np.concatenate([events, populations[layer + 1]], axis=2)
        neurons, lanes = len(place.circuits), rows.shape[1] // 2
        lines = []
        for h in range(spec.hemispheres):
            mine = place.hemisphere == h
            for charge, tau in ((rows[:, :lanes], die.tau_syn_exc), (rows[:, lanes:], die.tau_syn_inh)):
                decay = np.exp(-level.grid.step_s / (spec.tau_syn_s * tau[h, columns[layer]]))
                lines.append(_largest(events[:, :, mine] @ charge[mine, :neurons], decay))
        found.append(np.stack(lines, axis=1))
    return tuple(found)


def _a_step_later(events: Any) -> Any:
    return np.concatenate([np.zeros_like(events[:, :1]), events[:, :-1]], axis=1)


def _largest(arriving: Any, decay: Any) -> Any:
    """arriving: (samples, steps, neurons)."""
    current, largest = np.zeros_like(arriving[:, 0]), np.zeros_like(arriving[:, 0])
    for step in range(arriving.shape[1]):
        current = current + arriving[:, step]
        largest = np.maximum(largest, current)
        current = decay * current
    return largest
