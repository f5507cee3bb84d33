"""Which block of a HICANN an access of the host is for, and its place there; behind the register file."""

from __future__ import annotations

from typing import Any

from myhdl import always_comb, block, intbv

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.widths import bits_for
from .register_map import register_map


@block
def register_select(
    *,
    selected: Any,
    offset: Any,
    neurons: Any,
    neuron_index: Any,
    drivers: Any,
    driver_index: Any,
    spec: Bss1Spec,
) -> Any:
    """Take a bit per distributed bank and a word number; give a bit per encoder, one for the drivers, and the index.

    A block of neurons has all of side 0 first.
    """
    banks = register_map(spec).distributed
    neurons_at, drivers_at = banks.index("neurons"), banks.index("drivers")
    encoders = ENCODERS
    width_bits = bits_for(spec.columns // ENCODERS)
    side_low = width_bits + bits_for(ENCODERS)
    side_bits = bits_for(spec.sides)
    neuron_index_bits, driver_index_bits = len(neuron_index), len(driver_index)

    @always_comb
    def select_neuron() -> None:
        chosen = intbv(0)[encoders:]
        place = intbv(0)[neuron_index_bits:]
        if selected[neurons_at]:
            chosen[offset[side_low:width_bits]] = 1
            place[width_bits:] = offset[width_bits:]
            place[width_bits + side_bits : width_bits] = offset[side_low + side_bits : side_low]
        neurons.next = chosen
        neuron_index.next = place

    @always_comb
    def select_driver() -> None:
        drivers.next = selected[drivers_at]
        driver_index.next = offset[driver_index_bits:]

    return select_neuron, select_driver
