"""Link out: what the host gets of the DNC outputs, and when.

Nothing waits for the link out, so it follows from the outputs alone. Word j of the stream needs room in the FIFO, so it
is granted only after word j − depth was handed over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...bss2.fabric.link_out import ready_from
from ...digital.arbiter import behind, next_in_turn
from ...numerics.compiled import kernel
from ..spec import Bss1Spec
from .config import FabricConfig
from .stimulus import Stimulus, host_wait
from .wiring import ENCODERS

Array = NDArray[np.int64]


def sent_words(
    spec: Bss1Spec, config: FabricConfig, given: Stimulus, outputs: Array, cycles: int
) -> tuple[Array, Array, int]:
    """Return words and losses of the clock edges before `cycles`, and how many events were for the host.

    outputs: rows of cycle, channel, address, by cycle. Words: channel, address, stamp, cycle of the handshake, in the
    order of the stream. Losses: per channel.
    """
    toward = config.channels.enable & (1 - config.channels.to_chip)
    rows = outputs[(toward[outputs[:, 1]] == 1) & (outputs[:, 0] < cycles)]
    words, lost = np.empty((len(rows), 4), np.int64), np.zeros(ENCODERS, np.int64)
    count = send(rows, host_wait(given), spec.link_out_depth, (1 << spec.stamp_bits) - 1, cycles, cycles, words, lost)
    words = words[:count]
    return words[words[:, 3] < cycles], lost, len(rows)


@kernel
def send(rows, wait, depth, stamp_mask, run, cycles, words, lost):  # type: ignore[no-untyped-def]
    """Fill words and losses, see `sent_words`; return the number of words granted.

    wait: (1, period), cycles until the host is ready. run: the cycle from which on time stands.
    """
    full = np.zeros(lost.shape[0], np.bool_)
    address, stamp = np.empty_like(lost), np.empty_like(lost)
    pointer, waiting, granted, row, cycle = 0, 0, 0, 0, 0
    while True:
        if waiting and granted >= depth:
            cycle = max(cycle, words[granted - depth, 3] + 1)
            if row < rows.shape[0]:
                cycle = min(cycle, rows[row, 0])
        elif not waiting:
            if row == rows.shape[0]:
                return granted
            cycle = rows[row, 0]
        if cycle >= cycles:
            return granted
        if waiting and (granted < depth or words[granted - depth, 3] < cycle):
            k = next_in_turn(full, pointer)
            pointer = behind(k, full.shape[0])
            full[k] = False
            waiting -= 1
            offered = cycle + 1
            if granted:
                offered = max(offered, words[granted - 1, 3] + 1)
            words[granted, 0], words[granted, 1], words[granted, 2] = k, address[k], stamp[k]
            words[granted, 3] = ready_from(wait, 0, offered)
            granted += 1
        while row < rows.shape[0] and rows[row, 0] == cycle:
            k = rows[row, 1]
            if full[k]:
                lost[k] += 1
            else:
                full[k] = True
                waiting += 1
                address[k], stamp[k] = rows[row, 2], min(cycle, run) & stamp_mask
            row += 1
        cycle += 1
