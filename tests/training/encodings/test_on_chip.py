from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import ConfigError, DataError, LabelError
from inloop.training.datasets.utterances import Utterances
from inloop.training.encodings.on_chip import on_chip


def words(seed: int = 0, count: int = 7, channels: int = 700, rate: int = 40) -> Utterances:
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, rate, count))])
    events = int(offsets[-1])
    return Utterances(
        "x", offsets, rng.integers(0, channels, events).astype(np.int16), rng.random(events).astype(np.float32),
        channels, rng.integers(0, 20, count), 20,
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 600), st.integers(1, 20), st.floats(1e-6, 1e-3))
def test_every_kept_spike_comes_from_one_spoken(seed, first, step, window_s):
    spoken = words(seed, count=300)
    kept = range(first, 700, step)
    times_s = spoken.time_s.astype(float) / 2000
    if not any(c in kept and t < window_s for c, t in zip(spoken.channel, times_s, strict=True)):
        with pytest.raises(DataError, match="none of"):
            on_chip(spoken, 2000, window_s, first=first, step=step)
        return
    batch = on_chip(spoken, 2000, window_s, first=first, step=step)
    assert (batch.samples, batch.units) == (300, len(kept))
    for k in range(0, 300, 37):
        part = slice(spoken.offsets[k], spoken.offsets[k + 1])
        pairs = zip(spoken.channel[part].tolist(), spoken.time_s[part].astype(float).tolist(), strict=True)
        expected = [(kept.index(c), t / 2000) for c, t in pairs if c in kept and t / 2000 < window_s]
        own = slice(batch.offsets[k], batch.offsets[k + 1])
        assert list(zip(batch.unit[own].tolist(), batch.time_s[own].tolist(), strict=True)) == expected
    batch.check_times(window_s)


def test_the_published_channels():
    batch = on_chip(words(), 2000, 1e-3, first=70, step=9)
    assert batch.units == 70


def test_jitter_moves_channels_by_its_width_and_keeps_times():
    spoken = words(count=400, rate=100)
    batch = on_chip(spoken, 1000, 1.0, jitter=5.0, rng=np.random.default_rng(3))
    margin = (spoken.channel > 50) & (spoken.channel < 650)
    count = int(margin.sum())
    alone = Utterances(
        "x", np.array([0, count]), spoken.channel[margin], spoken.time_s[margin], 700, np.zeros(1, int), 1
    )
    moved = on_chip(alone, 1000, 1.0, jitter=5.0, rng=np.random.default_rng(3))
    assert len(moved.unit) == count
    shift = moved.unit - spoken.channel[margin]
    assert shift.std() == pytest.approx(5.0, rel=0.03)
    assert abs(shift.mean()) < 0.2
    assert len(batch.unit) < len(spoken.channel)  # some leave at the ends
    assert set(batch.time_s) <= set(spoken.time_s / np.float64(1000))


def test_jitter_depends_on_the_generator_alone():
    spoken = words(count=600)
    one, same, other = (on_chip(spoken, 1000, 1.0, jitter=2.0, rng=np.random.default_rng(k)) for k in (1, 1, 2))
    np.testing.assert_array_equal(one.unit, same.unit)
    assert not np.array_equal(one.unit[:50], other.unit[:50])


def test_without_width_no_draw():
    spoken = words()
    rng = np.random.default_rng(0)
    still = on_chip(spoken, 1000, 1.0, jitter=0.0, rng=rng)
    np.testing.assert_array_equal(still.unit, spoken.channel)
    assert rng.random() == np.random.default_rng(0).random()


def test_selection_in_another_order():
    spoken = words()
    chosen = spoken.select(np.array([5, 0, 5]))
    assert chosen.labels.tolist() == spoken.labels[[5, 0, 5]].tolist()
    part = spoken.time_s[spoken.offsets[5] : spoken.offsets[6]]
    np.testing.assert_array_equal(chosen.time_s[: len(part)], part)
    assert len(spoken.select(np.zeros(0, np.int64))) == 0


@pytest.mark.parametrize("count", [0, 3, 7])
def test_the_first_few(count):
    spoken = words()
    few, same = spoken.first(count), spoken.select(np.arange(count))
    for name in ("offsets", "channel", "time_s", "labels"):
        np.testing.assert_array_equal(getattr(few, name), getattr(same, name))


@pytest.mark.parametrize(
    "bad",
    [
        {"compression": 0},
        {"window_s": 0},
        {"first": -1},
        {"first": 700},
        {"step": 0},
        {"jitter": -1.0},
        {"jitter": 1.0},
    ],
)
def test_parameters_that_cannot_be(bad):
    with pytest.raises(ConfigError, match="x: "):
        on_chip(words(), **({"compression": 1000, "window_s": 1.0} | bad))


def test_labels_are_checked():
    whole = words()
    with pytest.raises(LabelError, match="label 20 of sample 0"):
        Utterances("x", whole.offsets, whole.channel, whole.time_s, 700, np.full(7, 20), 20)
    with pytest.raises(DataError, match="7 inputs"):
        Utterances("x", whole.offsets, whole.channel, whole.time_s, 700, np.zeros(6, np.int64), 20)
