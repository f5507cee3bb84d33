from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from inloop.errors import ConfigError, DataError
from inloop.training.datasets import fsdd
from inloop.training.datasets.data_file import DataFolder
from inloop.training.datasets.fsdd import Fsdd, parse_wav
from inloop.training.datasets.store import read_folder, status
from inloop.training.datasets.utterances import Utterances
from inloop.training.encodings import inner_ear
from inloop.training.encodings.ear import InnerEar, hear
from inloop.training.encodings.inner_ear import InnerEarEncoding

EAR = InnerEar(channels=10)
NAMES = [f"{digit}_{who}_{index}.wav" for digit in (0, 7) for who in ("ann", "bob") for index in range(12)]


def wav(samples: np.ndarray, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return sink.getvalue()


def sound(name: str) -> np.ndarray:
    """Noise that tells the recordings apart."""
    return np.random.default_rng(NAMES.index(name)).integers(-9000, 9000, 400)


@pytest.fixture
def recordings(data_root, monkeypatch, tmp_path) -> Path:
    """Put 48 short recordings in the data folder and register their digest; return their folder."""
    folder = data_root / "fsdd" / "recordings"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_bytes(wav(sound(name)))
    (folder / "notes.txt").write_text("not a recording")
    monkeypatch.setenv("INLOOP_CACHE", str(tmp_path / "cache"))
    register(monkeypatch, folder)
    return folder


def load_fsdd(split: str, ear: InnerEar, hold_out: bool = False) -> Utterances:
    return InnerEarEncoding(ear=ear).prepared(fsdd.FSDD.load(split, hold_out))


def register(monkeypatch, folder: Path) -> None:
    import subprocess

    listed = subprocess.run(
        "LC_ALL=C sha256sum *.wav | sha256sum", shell=True, cwd=folder, capture_output=True, text=True
    )
    size = sum(path.stat().st_size for path in folder.glob("*.wav"))
    file = DataFolder(
        "fsdd", "fsdd", "recordings", size, listed.stdout.split()[0], (), suffix=".wav", origin="the repository"
    )
    monkeypatch.setattr(fsdd, "FSDD", Fsdd("fsdd", tuple("0123456789"), (file,), "test"))


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize(
    ("split", "hold_out", "indices"),
    [
        ("test", False, range(5)),
        ("test", True, range(5)),
        ("validation", True, range(5, 10)),
        ("train", False, range(5, 12)),
        ("train", True, range(10, 12)),
    ],
)
def test_the_splits(split, hold_out, indices):
    words = load_fsdd(split, EAR, hold_out)
    chosen = sorted(
        (name for name in NAMES if int(name.split("_")[2][:-4]) in indices),
        key=lambda name: (int(name.split("_")[2][:-4]), name),
    )
    assert words.labels.tolist() == [int(name[0]) for name in chosen]
    offsets, channel, time_s = hear([parse_wav(wav(sound(name)), name) for name in chosen], 8000, EAR)
    np.testing.assert_array_equal(words.offsets, offsets)
    np.testing.assert_array_equal(words.channel, channel)
    np.testing.assert_array_equal(words.time_s, time_s)
    assert (words.channels, words.classes) == (10, 10)
    assert offsets[-1] > len(chosen)


@pytest.mark.usefixtures("recordings")
def test_the_second_time_nothing_is_heard_again(monkeypatch):
    first = load_fsdd("test", EAR)
    monkeypatch.setattr(inner_ear, "hear", None)
    np.testing.assert_array_equal(load_fsdd("test", EAR).time_s, first.time_s)
    with pytest.raises(TypeError):
        load_fsdd("test", InnerEar(channels=11))


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("harm", [lambda data: data[:-300], lambda _: b"", lambda data: data[:80] + b"??" + data[82:]])
def test_a_harmed_cache_is_made_anew(harm, tmp_path):
    first = load_fsdd("train", EAR)
    (kept,) = (tmp_path / "cache").glob("*.npz")
    kept.write_bytes(harm(kept.read_bytes()))
    np.testing.assert_array_equal(load_fsdd("train", EAR).channel, first.channel)


@pytest.mark.usefixtures("data_root")
def test_missing_recordings_say_where_to_get_them():
    with pytest.raises(
        DataError, match=r"no file .*fsdd/recordings; get the folder recordings/ of https://.*INLOOP_DATA"
    ):
        load_fsdd("train", EAR)
    assert [state.state for state in status("fsdd")] == ["missing"]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-2]), "is truncated"),
        (lambda path: path.unlink(), "is truncated"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\7"), "is altered: SHA-256"),
        (lambda path: path.rename(path.with_name("0_ann_99.wav")), "is altered: SHA-256"),
        (lambda path: path.with_name("0_cat_0.wav").write_bytes(b"x"), "is altered: "),
    ],
)
def test_a_harmed_set_is_refused(recordings, harm, message):
    harm(recordings / NAMES[3])
    with pytest.raises(DataError, match=message + ".*the repository"):
        load_fsdd("test", EAR)
    assert [state.state for state in status("fsdd")] == ["damaged"]


def test_a_folder_that_is_a_file_and_one_that_cannot_be_read(recordings):
    (recordings / NAMES[0]).unlink()
    (recordings / NAMES[0]).mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        read_folder(fsdd.FSDD.files[0])


def test_a_name_without_digit_is_refused(recordings, monkeypatch):
    (recordings / NAMES[0]).rename(recordings / "zero_ann_0.wav")
    register(monkeypatch, recordings)
    with pytest.raises(DataError, match=r"'zero_ann_0\.wav' is not named DIGIT_SPEAKER_INDEX"):
        load_fsdd("test", EAR)


@pytest.mark.usefixtures("recordings")
def test_an_unknown_split():
    with pytest.raises(ConfigError, match="'dev' of data set fsdd"):
        load_fsdd("dev", EAR)


def test_what_is_recorded_is_read():
    np.testing.assert_array_equal(parse_wav(wav(np.array([0, -32768, 16384])), "x"), np.float32([0, -1, 0.5]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.wav: no WAV file"),
        (b"RIFF0000WAVE", "x.wav: no WAV file"),
        (wav(np.zeros(4), rate=16000), "1 channels of 16 bits at 16000 Hz, expected 1 of 16 at 8000"),
        (wav(np.zeros(4), channels=2), "2 channels"),
        (wav(np.zeros(4), width=4), "of 32 bits"),
    ],
)
def test_other_recordings_are_refused(data, message):
    with pytest.raises(DataError, match=message):
        parse_wav(data, "x.wav")


@pytest.mark.usefixtures("real_data")
def test_the_real_recordings():
    if status("fsdd")[0].state == "missing":
        pytest.skip("the recordings are not there")
    counts = {(split, hold): len(load_fsdd(split, InnerEar(), hold)) for split, hold in
              (("test", False), ("train", False), ("train", True), ("validation", True))}  # fmt: skip
    assert counts == {("test", False): 300, ("train", False): 2700, ("train", True): 2400, ("validation", True): 300}
    words = load_fsdd("test", InnerEar())
    assert np.bincount(words.labels).tolist() == [30] * 10
    assert np.bincount(words.labels[:60]).tolist() == [6] * 10
    assert 300 < len(words.channel) / 300 < 2000
