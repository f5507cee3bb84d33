"""What a run of the twin shows: pulses, events to the host, spikes, and the counters as a host reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...digital.counters import overflowed, saturated, wrapped
from ...digital.ticks import NEVER
from ..spec import ChipSpec
from .config import FabricConfig
from .counters import DROP_BITS, EVENT_BITS, LATE_BITS, LOST_BITS, SPIKE_BITS
from .state import FabricState
from .stimulus import Stimulus, link_schedule
from .wiring import crossbar_inputs, crossbar_nodes

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FabricResult:
    """All that the clock edges of cycles 0 to cycles − 1 cause; counters as they are in cycle `cycles`.

    pulses: rows of cycle, driver, row_exc, row_inh, label, amplitude, by cycle and driver; cycles 1 to `cycles`. A
    driver whose rows are off is listed too: its label, amplitude and plasticity change.
    sent: rows of channel, stamp, label, cycle of the handshake, by channel and time.
    spikes: rows of cycle, neuron, first cycle without clamp, first cycle at rest; accepted fires, in the order given.
    accepted, released: per link event in the order given, cycles of its handshake and of its release; `NEVER` if not
    within the run. A handshake before the run has a negative cycle.
    cadc_triggers: cycles in which the trigger is high, 1 to `cycles`.
    late: (links), drops: (crossbar inputs), events: (crossbar outputs), lost: (event outputs), spike_count and
    spike_overflow: (neurons), cadc_samples: registers.
    entered: (inputs), matched and dropped: (nodes), granted: (outputs), queued: (nodes): events at the crossbar,
    without the limits of registers; matched = dropped + granted + queued, summed over the nodes of an output.
    """

    cycles: int
    pulses: Array
    sent: Array
    spikes: Array
    accepted: Array
    released: Array
    cadc_triggers: Array
    late: Array
    drops: Array
    events: Array
    lost: Array
    spike_count: Array
    spike_overflow: NDArray[np.bool_]
    cadc_samples: int
    entered: Array
    matched: Array
    dropped: Array
    granted: Array
    queued: Array


def fabric_result(
    spec: ChipSpec, config: FabricConfig, given: Stimulus, cycles: int, state: FabricState,
    pulses: Array, sent: Array, spikes: Array,
) -> FabricResult:  # fmt: skip
    """Put together the result of a run whose state and log rows are given."""
    order, _, accepted, released = link_schedule(spec, given)
    taken, left = np.empty_like(order), np.empty_like(order)
    taken[order] = np.where(accepted < cycles, accepted, NEVER)
    left[order] = np.where(released < cycles, released, NEVER)
    late = (left < cycles) & (given.stamp < left)
    source, target = np.array(crossbar_nodes(spec), np.int64).T
    nodes, granted, dropped = state.crossbar.nodes, state.crossbar.outputs["granted"], state.crossbar.nodes["dropped"]
    spike_count = state.backend.neurons["spikes"]
    counted = np.bincount(source, dropped * config.nodes.count_drops, crossbar_inputs(spec)).astype(np.int64)
    triggers = _cadc_triggers(config, cycles)
    sent = sent[sent[:, 3] < cycles]
    return FabricResult(
        cycles=cycles,
        pulses=pulses[np.lexsort((pulses[:, 1], pulses[:, 0]))],
        sent=sent[np.argsort(sent[:, 0], kind="stable")],
        spikes=spikes,
        accepted=taken,
        released=left,
        cadc_triggers=triggers,
        late=saturated(np.bincount(given.channel[late], minlength=spec.link_channels), LATE_BITS),
        drops=saturated(counted, DROP_BITS),
        events=wrapped(granted * config.outputs.count_events, EVENT_BITS),
        lost=saturated(state.backend.outputs["lost"], LOST_BITS),
        spike_count=wrapped(spike_count, SPIKE_BITS),
        spike_overflow=overflowed(spike_count, SPIKE_BITS),
        cadc_samples=len(triggers),
        entered=state.inputs["entered"].copy(),
        matched=nodes["matched"].copy(),
        dropped=dropped.copy(),
        granted=granted.copy(),
        queued=state.crossbar.full[target, source].astype(np.int64),
    )


def _cadc_triggers(config: FabricConfig, cycles: int) -> Array:
    period = max(int(config.cadc.period[0]), 1)
    return np.arange(period, cycles + 1, period) if config.cadc.enable[0] else np.empty(0, np.int64)
