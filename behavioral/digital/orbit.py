"""Where on its orbit a linear feedback shift register starts: initial states from seeds.

A step of such a register is linear over GF(2). If the seeds were loaded as states, the stream of seed 3 would at all
times be the XOR of those of seeds 1 and 2. So seed n stands for a place of the orbit instead: n + 1 strides behind the
state 1, where a stride is the golden part of the orbit. Seeds that follow one another lie far apart: of eight, no two
are closer than a twelfth of the orbit. As a stride is prime to the length of the orbit, all seeds from 0 to length − 1
give different states; beyond, and below 0, they repeat. No state is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from math import gcd, sqrt
from operator import index
from typing import Any, Final

import numpy as np

from ...errors import ConfigError

GOLDEN: Final = (sqrt(5) - 1) / 2
Images = tuple[int, ...]


@lru_cache(maxsize=32)
def stride(length: int) -> int:
    """Return the whole number next to the golden part of an orbit that has no divisor in common with its length."""
    near = round(GOLDEN * length)
    return next(n for off in count() for n in (near + off, near - off) if gcd(n, length) == 1)


def place(seed: int, length: int) -> int:
    """Return the place of a seed, counted in moves behind the state 1."""
    return stride(length) * (seed + 1) % length


def whole_seeds(seeds: Any, generators: int) -> list[int]:
    """Return the seeds as integers. Raises `ConfigError` unless they are whole numbers, one per generator."""
    try:
        whole = [index(seed) for seed in np.asarray(seeds, object).ravel()]
    except TypeError:
        whole = []
    if len(whole) != generators:
        raise ConfigError(f"seeds = {seeds!r} must be whole numbers, one for each of the {generators} generators")
    return whole


def moved(state: int, images: Images, moves: int) -> int:
    """Return the state after some moves. images: of the states with a single bit, lowest first, after one move."""
    while moves:
        if moves & 1:
            state = image(state, images)
        images, moves = _twice(images), moves >> 1
    return state


def image(state: int, images: Sequence[int]) -> int:
    """Return the XOR of the images of the bits of a state."""
    result = 0
    for bit, of in enumerate(images):
        if state >> bit & 1:
            result ^= of
    return result


@lru_cache(maxsize=256)
def _twice(images: Images) -> Images:
    return tuple(image(of, images) for of in images)
