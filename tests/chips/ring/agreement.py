"""What agreement means for the made-up chip: spikes, and what was on the bus, bit for bit."""

from __future__ import annotations

from typing import Final

import numpy as np
from inloop.cosim.differences import counters_exactly
from inloop.cosim.observation import Observation
from inloop.cosim.quantities import Difference, Divergence, Quantity
from inloop.cosim.spike_differences import spikes_exactly
from inloop.cosim.trials import Agreement


def exactly(one: Observation, two: Observation) -> list[Difference]:
    """Compare two levels with the bus."""
    a, b = ({tuple(row) for row in seen.raw.tolist()} for seen in (one, two))
    quantity, place = Quantity("events on the bus that differ", "count", 0, len(a ^ b), max(len(a), len(b))), None
    if a ^ b:
        sample, cycle, address = row = min(a ^ b)
        values = tuple("event" if row in seen else "no event" for seen in (a, b))
        place = Divergence(sample, cycle, "cycle", "event", f"address {address}", values)  # type: ignore[arg-type]
    assert np.isfinite(quantity.figure)
    return [spikes_exactly(one, two), (quantity, place), counters_exactly(one, two)]


AGREEMENT: Final = Agreement(exactly, latency=2, apart=4, limitless=None, paired=None, lost=("lost",))
