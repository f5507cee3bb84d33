"""Short-term plasticity in fixed point: events use up a resource that recovery ticks bring back.

The functions are hardware: they become Verilog tasks, and like those change their first argument. Arguments are intbv
variables; `state` and `amplitude` have the widths that `ChipSpec` names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from myhdl import intbv

from ...behavioral.bss2.fabric.config import Drivers
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.sections import width

USE_SHIFT = 4  # utilization counts sixteenths
RECOVERY_SHIFT = 8  # recovery counts 256ths
OFFSET_MIDDLE = 8  # offset that shifts nothing

Arithmetic = Callable[..., None]


def stp_arithmetic(spec: ChipSpec) -> tuple[Arithmetic, Arithmetic, Arithmetic]:
    """Return the functions `recover`, `use` and `modulate` for the widths of a design."""
    state_bits = spec.stp_state_bits
    product_bits = state_bits + RECOVERY_SHIFT
    amplitude_bits = spec.amplitude_bits
    level_low = state_bits - amplitude_bits
    level_max = (1 << amplitude_bits) - 1
    rate_bits = width(spec, Drivers, "recovery")
    assert rate_bits == width(spec, Drivers, "offset")

    def recover(state: Any, recovery: Any) -> None:
        """Give back (recovery + 1) / 256 of the state."""
        share = intbv(0)[RECOVERY_SHIFT:]
        product = intbv(0)[product_bits:]
        share[rate_bits:] = recovery
        share[:] = share + 1
        product[:] = state * share
        state[:] = state - product[product_bits:RECOVERY_SHIFT]

    def use(state: Any, utilization: Any) -> None:
        """Use up utilization / 16 of what is left."""
        left = intbv(0)[state_bits:]
        product = intbv(0)[product_bits:]
        left[:] = ~state
        product[:] = left * utilization
        state[:] = state + product[state_bits + USE_SHIFT : USE_SHIFT]

    def modulate(amplitude: Any, state: Any, depressing: Any, offset: Any) -> None:
        """Turn the state into a pulse amplitude, shifted by the offset and clipped."""
        level = intbv(0)[amplitude_bits + 1 :]
        raised = intbv(0)[amplitude_bits + 1 :]
        level[amplitude_bits:] = state[state_bits:level_low]
        raised[rate_bits:] = offset
        if depressing != 0:
            level[:] = level_max - level
        level[:] = level + raised
        if level < OFFSET_MIDDLE:
            amplitude[:] = 0
        elif level > level_max + OFFSET_MIDDLE:
            amplitude[:] = level_max
        else:
            level[:] = level - OFFSET_MIDDLE
            amplitude[:] = level[amplitude_bits:]

    return recover, use, modulate
