from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import ConfigError
from inloop.training.encodings.ear import FRAME_S, InnerEar, hear
from pydantic import ValidationError
from scipy.signal import gammatone, lfilter

RATE_HZ = 8000.0
EAR = InnerEar()


def tone(frequency_hz: float, seconds: float = 0.3) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ).astype(np.float32)


def noise(seed: int, seconds: float = 0.2) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE_HZ)).astype(np.float32)


def reference(sound: np.ndarray, ear: InnerEar) -> list[tuple[int, int]]:
    """The equations of the module with scipy's filters, one channel after the other: (channel, frame)."""
    x = sound / np.sqrt(np.mean(sound.astype(float) ** 2))
    found = []
    for c, centre in enumerate(ear.centres_hz()):
        bandwidth = 1.019 * 24.7 * (1 + 0.00437 * centre)
        decay, turn = (
            np.exp(-2 * np.pi * bandwidth / RATE_HZ),
            np.exp(2j * np.pi * centre / RATE_HZ * np.arange(len(x))),
        )
        z = x / turn
        for _ in range(4):
            z = lfilter([1 - decay], [1, -decay], z)
        motion = np.maximum(2 * np.real(z * turn), 0)[: len(x) // 8 * 8].reshape(-1, 8).mean(axis=1)
        v, pool, fibre = 0.0, 1.0, np.exp(-FRAME_S / ear.fibre_s)
        for frame, drive in enumerate(motion**ear.compression):
            v = fibre * v + (1 - fibre) * ear.gain * drive * pool
            rate = 1 / ear.recovery_s + ear.depletion * drive
            rest = 1 / ear.recovery_s / rate
            pool = rest + (pool - rest) * np.exp(-FRAME_S * rate)
            if v > 1:
                v = 0.0
                found.append((c, frame))
    return found


def test_it_follows_the_equations():
    sound = noise(0) * np.linspace(0, 1, 1600).astype(np.float32) + tone(500, 0.2)
    offsets, channel, time_s = hear([sound], RATE_HZ, EAR)
    expected = set(reference(sound, EAR))
    found = set(zip(channel.tolist(), (np.rint(time_s / FRAME_S).astype(int) - 1).tolist(), strict=True))
    assert offsets.tolist() == [0, len(channel)]
    assert len(found) == len(channel) > 100
    assert len(found ^ expected) <= 0.02 * len(expected)  # float32 against float64 moves a few by a frame


def test_the_filter_is_the_gammatone_filter():
    """Which channel answers a tone how much, against scipy's own design of the filter."""
    from inloop.training.encodings.ear import _basilar_membrane, _filters

    ear = InnerEar(channels=5, lowest_hz=300, highest_hz=2000)
    decay, omega = _filters(ear, RATE_HZ)
    sound = tone(700, 0.5)
    motion = _basilar_membrane(sound, 8, decay, omega)[-100:].mean(axis=0)
    for centre, answer in zip(ear.centres_hz(), motion, strict=True):
        b, a = gammatone(centre, "iir", fs=RATE_HZ)
        expected = np.maximum(lfilter(b, a, sound), 0)[-800:].mean()
        assert answer == pytest.approx(expected, rel=0.15, abs=2e-3)


def test_a_tone_is_heard_at_its_place():
    for frequency in (250.0, 1000.0, 2500.0):
        _, channel, _ = hear([tone(frequency)], RATE_HZ, EAR)
        loudest = np.bincount(channel, minlength=EAR.channels).argmax()
        assert EAR.centres_hz()[loudest] == pytest.approx(frequency, rel=0.1)


def test_onsets_stand_out():
    _, channel, time_s = hear([tone(1000, 0.5)], RATE_HZ, EAR)
    loudest = np.bincount(channel).argmax()
    intervals = np.diff(time_s[channel == loudest])
    assert intervals[-1] > 1.5 * intervals[0]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.25, 2.0, 64.0]))
def test_loudness_does_not_matter(seed, factor):
    quiet, loud = hear([noise(seed)], RATE_HZ, EAR), hear([noise(seed) * np.float32(factor)], RATE_HZ, EAR)
    for a, b in zip(quiet, loud, strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=6), st.integers(0, 2**32 - 1))
def test_sounds_are_heard_one_by_one(lengths, seed):
    rng = np.random.default_rng(seed)
    sounds = [rng.standard_normal(length).astype(np.float32) for length in lengths]
    offsets, channel, time_s = hear(sounds, RATE_HZ, EAR)
    assert (len(offsets), offsets[0], offsets[-1]) == (len(sounds) + 1, 0, len(channel))
    for k, sound in enumerate(sounds):
        _, alone, when = hear([sound], RATE_HZ, EAR)
        part = slice(offsets[k], offsets[k + 1])
        np.testing.assert_array_equal(channel[part], alone)
        np.testing.assert_array_equal(time_s[part], when)
        assert (np.diff(when) >= 0).all()
        assert (when <= len(sound) / RATE_HZ + 1e-6).all()


def test_silence_is_not_heard():
    offsets, channel, _ = hear([np.zeros(800, np.float32), np.zeros(0, np.float32)], RATE_HZ, EAR)
    assert offsets.tolist() == [0, 0, 0]
    assert len(channel) == 0


def test_centres_are_even_on_the_erb_scale():
    centres = EAR.centres_hz()
    assert (centres[0], centres[-1]) == (pytest.approx(100), pytest.approx(3600))
    assert np.diff(21.4 * np.log10(1 + 0.00437 * centres), 2) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("change", [{"highest_hz": 4000.0}, {"lowest_hz": 3700.0}])
def test_an_ear_beyond_the_recording_is_refused(change):
    with pytest.raises(ConfigError, match="half the sampling rate, got"):
        hear([tone(500)], RATE_HZ, InnerEar(**change))


@pytest.mark.parametrize(
    "change", [{"channels": 0}, {"gain": 0}, {"compression": 1.5}, {"depletion": -1}, {"pitch": 1}]
)
def test_parameters_that_cannot_be(change):
    with pytest.raises(ValidationError):
        InnerEar(**change)
