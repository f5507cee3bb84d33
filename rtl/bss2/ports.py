"""The ports of the top as signals, for simulation and conversion: `top(**make_ports(spec).connections(spec))`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from myhdl import Signal, modbv

from ...behavioral.bss2.fabric.wiring import neurons
from ...behavioral.bss2.spec import ChipSpec
from ..lib.ports import AxiLite, AxiStreams, TopPorts
from ..lib.vectors import vector
from .buildable import LINK_WORD_BITS, check_buildable
from .register_map import register_map


@dataclass(frozen=True)
class Ports(TopPorts):
    """Signals at the boundary of the top, under the names they have in Verilog."""

    s_axis: AxiStreams
    m_axis: AxiStreams
    fire: Any
    clamp: Any
    refractory: Any
    row_exc: Any
    row_inh: Any
    pulse_label: Any
    pulse_amplitude: Any
    pulse_valid: Any
    cadc_trigger: Any
    system_time: Any


def make_ports(spec: ChipSpec) -> Ports:
    """Return fresh signals. Raises `ConfigError` for a design that cannot be built."""
    check_buildable(spec)
    drivers = spec.hemispheres * spec.drivers

    return Ports(
        clock=Signal(False),
        reset=Signal(False),
        s_axil=AxiLite(register_map(spec).address_bits),
        s_axis=AxiStreams(spec.link_channels, LINK_WORD_BITS),
        m_axis=AxiStreams(spec.link_channels, LINK_WORD_BITS),
        fire=vector(neurons(spec)),
        clamp=vector(neurons(spec)),
        refractory=vector(neurons(spec)),
        row_exc=vector(2 * drivers),
        row_inh=vector(2 * drivers),
        pulse_label=vector(drivers * spec.synapse_label_bits),
        pulse_amplitude=vector(drivers * spec.amplitude_bits),
        pulse_valid=vector(drivers),
        cadc_trigger=Signal(False),
        system_time=Signal(modbv(0)[spec.time_bits :]),
    )
