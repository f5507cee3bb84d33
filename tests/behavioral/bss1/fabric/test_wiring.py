"""The merger tree: every block has its place, and the presets bring every encoder to one line."""

from __future__ import annotations

import pytest
from inloop.behavioral.bss1.fabric.wiring import (
    ENCODERS,
    MERGERS,
    SOURCES,
    TAPS,
    TREE,
    WRITTEN,
    background_merger,
    line_of,
    on_one,
)
from inloop.errors import ConfigError


def ends(merge: tuple[int, ...], select: tuple[int, ...]) -> dict[int, set[int]]:
    """Return, per background merger, the DNC mergers that its events can reach."""
    reached: dict[int, set[int]] = {}
    for start in range(ENCODERS):
        places, seen = [start], set()
        while places:
            place = places.pop()
            for merger in range(MERGERS):
                for number, source in enumerate(SOURCES[merger]):
                    if source == place and (merge[merger] or select[merger] == number):
                        places.append(merger)
                        seen |= {merger - TREE} if merger >= TREE else set()
        reached[start] = seen
    return reached


def test_every_merger_but_those_of_the_background_reads_others() -> None:
    assert all(sources == (WRITTEN, WRITTEN) for sources in SOURCES[:ENCODERS])
    read = [source for sources in SOURCES[ENCODERS:TREE] for source in sources]
    assert sorted(read) == list(range(TREE - 1))
    assert [sources.first for sources in SOURCES[TREE:]] == list(TAPS)


@pytest.mark.parametrize(
    ("encoders", "channels"),
    [(1, list(range(8))), (2, [1, 1, 2, 2, 4, 4, 6, 6]), (4, [2, 2, 2, 2, 4, 4, 4, 4]), (8, [4] * 8)],
)
def test_presets_bring_each_encoder_to_one_line(encoders: int, channels: list[int]) -> None:
    """The taps of the published presets; a block of neurons ends on the line of its own number if it is alone."""
    merge, select = on_one(encoders)
    assert ends(merge, select) == {merger: {channel} for merger, channel in enumerate(channels)}
    if encoders == 1:
        assert [line_of(channels[background_merger(block)]) for block in range(ENCODERS)] == list(range(ENCODERS))


def test_below_a_merger_that_merges_all_merge() -> None:
    """A rule of the public library; DNC mergers alone take what they select."""
    for encoders in (1, 2, 4, 8):
        merge, _ = on_one(encoders)
        levels = [merge[:8], merge[8:12], merge[12:14], merge[14:15]]
        assert all(len(set(level)) == 1 for level in levels)
        assert [level[0] for level in levels] == sorted((level[0] for level in levels), reverse=True)


def test_other_numbers_are_refused() -> None:
    with pytest.raises(ConfigError, match="1, 2, 4 or 8"):
        on_one(3)
