"""CADC trigger: a strobe every `period` cycles, counted."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv


@block
def cadc_trigger(*, clock: Any, clear: Any, run: Any, enable: Any, period: Any, trigger: Any, samples: Any) -> Any:
    """Raise `trigger` in cycles period, 2 · period, …; `samples` wraps (declare it as modbv)."""
    counter = Signal(intbv(0)[len(period) :])

    @always(clock.posedge)
    def count() -> None:
        if clear:
            counter.next = 0
            trigger.next = 0
            samples.next = 0
        else:
            trigger.next = 0
            if run and enable:
                if counter + 1 >= period:
                    counter.next = 0
                    trigger.next = 1
                    samples.next = samples + 1
                else:
                    counter.next = counter + 1

    return count
