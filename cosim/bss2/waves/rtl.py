"""One sample on level `rtl` with all that can be seen."""

from __future__ import annotations

from typing import Any

from ....behavioral.bss2.analog.core import AnalogConstants
from ....rtl.bss2.driver import Driver
from ...waves.recording import Recording, Row
from ..digital import LinkEvents
from ..names import bus_names, input_names, output_names
from ..rtl import RtlLevel
from .signals import event_values, interface_signals, internal_signals, link_values
from .watch import watch


def record(
    level: RtlLevel, link: LinkEvents, analog: AnalogConstants, active: Any, trial: Any, neuron: int
) -> Recording:
    """Run one sample. neuron: the column whose membrane is shown."""
    spec = level.spec
    with level.simulated(link) as fabric:

        def look(_: int) -> Row:
            ports = fabric.host.ports
            seen: Row = {"time": int(ports.system_time), **_inside(fabric.host)}
            for k, word in enumerate(fabric.handed_over()):
                stream = ports.m_axis[k]
                seen |= link_values(spec, "in", k, word) if word is not None else {}
                seen |= link_values(spec, "out", k, int(stream.tdata)) if stream.tvalid else {}
            return seen

        rows = watch(level, fabric, analog, active, trial, neuron, look)
    return Recording("rtl", 1 / spec.clock_hz, interface_signals(spec, neuron) | internal_signals(spec), rows)


def _inside(host: Driver) -> Row:
    """Return the events at the crossbar and on the buses."""
    spec, out = host.spec, Row()
    blocks = {block.func.__name__: block.sigdict for block in host.dut.subs if hasattr(block, "sigdict")}
    router, padi = blocks["crossbar"], blocks["padi"]
    bus_bits = spec.row_select_bits + spec.synapse_label_bits
    for kind, names, valid, labels, bits in (
        ("crossbar_in", input_names(spec), router["valid"], router["labels"], spec.label_bits),
        ("crossbar_out", output_names(spec), router["event_valid"], router["event_labels"], spec.label_bits),
        ("bus", bus_names(spec), padi["bus_valid"], padi["bus_events"], bus_bits),
    ):
        if valid:
            for n in (n for n in range(len(names)) if int(valid) >> n & 1):
                out |= event_values(spec, kind, names[n], int(labels) >> bits * n & ((1 << bits) - 1))
    return out
