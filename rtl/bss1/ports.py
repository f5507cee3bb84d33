"""The ports of a HICANN as signals, for simulation and conversion: `top(**make_ports(spec).connections(spec))`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from myhdl import Signal, modbv

from ...behavioral.bss1.fabric.config import DECODERS
from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.ports import AxiLite, AxiStream, TopPorts
from ..lib.vectors import vector
from .buildable import LINK_WORD_BITS, check_buildable
from .register_map import register_map


@dataclass(frozen=True)
class Ports(TopPorts):
    """Signals at the boundary of the top, under the names they have in Verilog.

    fire: a bit per neuron circuit, side by side. foreign_valid, foreign_addresses: per line of another chip, at its
    end. line_valid, line_addresses: the same of the chip's own lines, for other chips. strobe: four bits per driver
    (even and odd columns of the bottom row, then of the top row), side by side; synapse_address: per driver.
    """

    s_axis: AxiStream
    m_axis: AxiStream
    fire: Any
    foreign_valid: Any
    foreign_addresses: Any
    line_valid: Any
    line_addresses: Any
    strobe: Any
    synapse_address: Any
    system_time: Any


def make_ports(spec: Bss1Spec) -> Ports:
    """Return fresh signals. Raises `ConfigError` for a design that cannot be built."""
    check_buildable(spec)
    drivers = spec.sides * spec.drivers

    return Ports(
        clock=Signal(False),
        reset=Signal(False),
        s_axil=AxiLite(register_map(spec).address_bits),
        s_axis=AxiStream(LINK_WORD_BITS),
        m_axis=AxiStream(LINK_WORD_BITS),
        fire=vector(spec.circuits),
        foreign_valid=vector(spec.foreign_lines),
        foreign_addresses=vector(spec.foreign_lines * spec.address_bits),
        line_valid=vector(ENCODERS),
        line_addresses=vector(ENCODERS * spec.address_bits),
        strobe=vector(len(DECODERS) * drivers),
        synapse_address=vector(spec.synapse_decoder_bits * drivers),
        system_time=Signal(modbv(0)[spec.stamp_bits :]),
    )
