"""Parts of the chip that the events of the crossbar reach: links to the host, PADI buses, synapse drivers."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, intbv

from ...behavioral.bss2.fabric.wiring import buses
from ..convert.hierarchy import Part, part
from ..lib.ports import AxiStreams
from ..lib.register_map import WORD_BITS
from ..lib.shared import Shared
from ..lib.vectors import join, piece, vector
from ..lib.widths import bits_for
from .link_out import link_out
from .padi import padi
from .synapse_drivers import synapse_drivers
from .timing import Timing


def links_out(shared: Shared, *, streams: AxiStreams, valid: Any, labels: Any) -> list[Part]:
    """Return the link to the host of each channel. valid, labels: of all outputs of the crossbar."""
    spec, first = shared.spec, buses(shared.spec)
    return [
        part(
            f"link_out_{k}", link_out, **shared.resettable(), now=shared.now,
            channel=Signal(intbv(k)[bits_for(spec.link_channels) :]),
            event_valid=valid(first + k), event_label=piece(labels, first + k, spec.label_bits), room=Signal(False),
            **vars(streams[k]), spec=spec,
        )
        for k in range(spec.link_channels)
    ]  # fmt: skip


def padi_buses(shared: Shared, *, valid: Any, labels: Any, software_valid: Any) -> Part:
    """Return the PADI buses. valid, labels: of all outputs of the crossbar; software_valid: a bit per bus."""
    spec, bus = shared.spec, shared.bus
    count, hemispheres = buses(spec), range(spec.hemispheres)
    return part(
        "padi", padi, clock=shared.clock, clear=shared.clear,
        enable_spl1=join(bus.settings_of("buses", "enable_spl1")),
        event_valid=valid(count, 0), event_labels=labels(count * spec.label_bits, 0), software_valid=software_valid,
        software_events=join([bus.setting("padi_event", f, h) for h in hemispheres for f in ("label", "row_select")]),
        bus_valid=vector(count), bus_events=vector(count * (spec.row_select_bits + spec.synapse_label_bits)), spec=spec,
    )  # fmt: skip


def drivers(shared: Shared, time: Timing, padi: Part, *, select: Any, index: Any) -> list[Part]:
    """Return the synapse drivers of each hemisphere. select: a bit for each."""
    spec, events = shared.spec, padi["bus_events"]
    return [
        part(
            f"drivers_{h}", synapse_drivers, **shared.resettable(), tick=time.recovery[h]["tick"],
            bus_valid=piece(padi["bus_valid"], h, spec.padi_buses),
            bus_events=piece(events, h, len(events) // spec.hemispheres),
            **shared.bus.memory(select=select(h), index=index, rdata=vector(WORD_BITS)),
            pulse_valid=vector(spec.drivers), row_exc=vector(spec.rows), row_inh=vector(spec.rows),
            pulse_label=vector(spec.drivers * spec.synapse_label_bits),
            pulse_amplitude=vector(spec.drivers * spec.amplitude_bits), spec=spec,
        )
        for h in range(spec.hemispheres)
    ]  # fmt: skip
