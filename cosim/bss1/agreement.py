"""What agreement means for BrainScaleS-1: levels with the digital path give the same bit for bit.

Compared are the spikes of all neurons with their cycles, the words that the host got with the cycles in which it took
them, and all counters of all chips, sample by sample.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.fabric.result import LOSSES
from ..observation import Observation
from ..quantities import Difference, Divergence, Quantity
from ..trials import Agreement
from .measured import COUNTERS, Measured

APART: Final = 20  # cycles between two events of uncongested input: several links and encoders never meet
SPIKE_LATENCY: Final = 12  # cycles of the measured 60 ns from a spike to the synapses of others


def exactly(one: Observation, two: Observation) -> list[Difference]:
    """Compare two levels with the digital path."""
    return differences(one.raw, two.raw)


def differences(one: Measured, two: Measured) -> list[Difference]:
    """Compare two batches bit for bit."""
    spikes, words = (one.spikes(), two.spikes()), (one.words(), two.words())
    over = 1 + max(int(rows[:, 2].max(initial=0)) for rows in (*spikes, *words))
    return [
        _rows("spikes", "spike", *spikes, "circuit {}"),
        _rows("words to the host", "word", *words, "{:#x}"),
        _counters(one.registers, two.registers, over),
    ]


def _rows(plural: str, single: str, one: NDArray[Any], two: NDArray[Any], shown: str) -> Difference:
    """Compare rows of sample, chip, cycle, value."""
    a, b = ({tuple(row) for row in rows.tolist()} for rows in (one, two))
    quantity = Quantity(f"{plural} that differ", "count", 0, len(a ^ b), max(len(a), len(b)))
    if not a ^ b:
        return quantity, None
    sample, chip, cycle, value = row = min(a ^ b, key=lambda row: (row[0], row[2]))
    values = tuple(single if row in rows else f"no {single}" for rows in (a, b))
    place = f"chip {chip}, {shown.format(value)}"
    return quantity, Divergence(sample, cycle, "cycle", single, place, values)  # type: ignore[arg-type]


def _counters(one: NDArray[Any], two: NDArray[Any], over: int) -> Difference:
    """Compare registers, which are read when all is `over`: the cycle after the last event."""
    differ = np.argwhere(one != two)
    quantity = Quantity("counters that differ", "count", 0, len(differ), one.size)
    if not len(differ):
        return quantity, None
    sample, chip, bank, entity = at = tuple(differ[0].tolist())
    values = str(one[at]), str(two[at])
    name = f"counter {COUNTERS[bank]}[{entity}]"
    return quantity, Divergence(sample, over, "cycle", name, f"chip {chip}", values)


AGREEMENT: Final = Agreement(
    exactly, SPIKE_LATENCY, APART, None, None, ("distributor", *LOSSES),
    remark="not judged: links and encoders delay events by several steps, which the host of this chip does not make up",
)  # fmt: skip
