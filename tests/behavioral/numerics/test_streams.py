from __future__ import annotations

from itertools import combinations
from typing import Any, get_args

import numpy as np
import pytest
from inloop.behavioral.numerics.streams import Stream, check_seed, generator, key
from inloop.errors import ConfigError

STREAMS: tuple[Any, ...] = get_args(Stream)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_gives_the_same_numbers_whatever_else_is_drawn(stream: Any) -> None:
    first = generator(3, stream, 1).random(5)
    for other in STREAMS:
        generator(3, other, 1).random(17)
    np.testing.assert_array_equal(generator(3, stream, 1).random(5), first)


def test_streams_seeds_and_parts_are_independent() -> None:
    draws = [generator(3, stream).standard_normal(4000) for stream in STREAMS]
    draws += [generator(seed, "data").standard_normal(4000) for seed in (0, 4, 2**62)]
    draws += [generator(3, "data", *index).standard_normal(4000) for index in ((1,), (2,), (1, 2), (2, 1))]
    for one, two in combinations(draws, 2):
        assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(4000)


def test_part_0_of_a_stream_is_not_the_stream_itself() -> None:
    assert generator(3, "data", 0).random() != generator(3, "data").random()
    assert generator(3, "data", 1).random() != generator(3, "data", 1, 0).random()


def test_keys_are_64_bits_and_differ() -> None:
    keys = {key(seed, stream) for seed in range(50) for stream in STREAMS}
    assert len(keys) == 50 * len(STREAMS)
    assert all(0 <= k < 2**64 for k in keys)
    assert max(keys) > 2**60
    assert key(5, "data") == key(5, "data")


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1, np.int64(7), np.uint64(7), np.int8(7)])
def test_whole_numbers_are_seeds(seed: Any) -> None:
    assert check_seed(seed) == int(seed)
    assert type(check_seed(seed)) is int


@pytest.mark.parametrize("seed", [True, np.True_, 1.5, 1.0, "7", -1, 2**63, None])
def test_anything_else_is_refused_by_name(seed: Any) -> None:
    with pytest.raises(ConfigError, match=r"data_seed = .* must be a whole number from 0 to 2\^63 - 1"):
        check_seed(seed, "data_seed")
    with pytest.raises(ConfigError, match="seed = "):
        generator(seed, "data")
