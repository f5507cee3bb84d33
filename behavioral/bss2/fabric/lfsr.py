"""The generator of the background sources: a Galois LFSR, moved by many steps at once.

A step is linear over GF(2), so `steps` of them map a state to the XOR of the images of its bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...digital.orbit import moved, place
from ...numerics.compiled import borrowing
from ..spec import ChipSpec

BYTES: Final = 4


@lru_cache(maxsize=8)
def leap_table(mask: int, steps: int) -> NDArray[np.int64]:
    """Return the images of each byte of the state after `steps` steps; int64 (bytes, 256)."""
    table = np.zeros((BYTES, 256), np.int64)
    for byte in range(BYTES):
        for bit in range(8):
            image = 1 << (8 * byte + bit)
            for _ in range(steps):
                image = image >> 1 ^ (mask if image & 1 else 0)
            table[byte, np.arange(256) >> bit & 1 == 1] ^= image
    return table


@borrowing
def leap(state, table):  # type: ignore[no-untyped-def]
    """Return the state after as many steps as `table` was made for."""
    image = table[0, state & 255]
    for byte in range(1, BYTES):
        image ^= table[byte, state >> (8 * byte) & 255]
    return image


def seeded_state(spec: ChipSpec, seed: int) -> int:
    """Return the state that a seed, any whole number, stands for, counted in draws (`behavioral/digital/orbit.py`)."""
    table = leap_table(spec.background_lfsr_mask, spec.background_lfsr_steps)
    images = tuple(int(table[byte, 1 << bit]) for byte in range(BYTES) for bit in range(8))
    return moved(1, images, place(seed, (1 << 8 * BYTES) - 1))
