"""Named independent random streams: the same seed and name give the same numbers, whatever else is drawn."""

from __future__ import annotations

import zlib
from typing import Any, Literal

import numpy as np

from ...scalars import whole

Stream = Literal[
    "die", "floating-gates", "temporal-noise", "data", "spike-trains", "augmentation", "dropout", "initial-weights",
    "imposed-spread", "silenced",
]  # fmt: skip


def check_seed(seed: Any, name: str = "seed") -> int:
    """Return `seed` as int; raise `ConfigError` unless it is a whole number from 0 to 2⁶³ − 1."""
    return whole(seed, name, 0, 2**63 - 1)


def _sequence(seed: int, stream: Stream, *index: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([check_seed(seed), zlib.crc32(stream.encode())], spawn_key=index)


def generator(seed: int, stream: Stream, *index: int) -> np.random.Generator:
    """Return a fresh generator of the stream; `index` picks one of its parts, for instance the epoch."""
    return np.random.default_rng(_sequence(seed, stream, *index))


def key(seed: int, stream: Stream) -> int:
    """Return 64 bits that key a counter-based generator."""
    return int(_sequence(seed, stream).generate_state(1, np.uint64)[0])
