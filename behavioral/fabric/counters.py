"""Widths of the counters that a host can read, and what they do at their end.

The twin counts without limit; these functions turn its totals into register values.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LATE_BITS: Final = 16  # late events per link, saturates
DROP_BITS: Final = 16  # dropped events per crossbar input, saturates
LOST_BITS: Final = 16  # lost spikes per event output, saturates
EVENT_BITS: Final = 24  # events per crossbar output, wraps
SPIKE_BITS: Final = 8  # spikes per neuron, wraps with a sticky flag


def saturated(total: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return what a counter shows that stops at its largest value."""
    return np.minimum(total, (1 << bits) - 1)


def wrapped(total: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return what a counter shows that begins anew."""
    return total & ((1 << bits) - 1)


def overflowed(total: NDArray[np.int64], bits: int) -> NDArray[np.bool_]:
    """Return whether a counter has begun anew at least once."""
    begun: NDArray[np.bool_] = total >> bits > 0
    return begun
