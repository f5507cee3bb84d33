from __future__ import annotations

import gzip
import hashlib
import io

import h5py
import numpy as np
import pytest
from inloop.errors import ConfigError, DataError, LabelError, MissingToolError
from inloop.training.datasets import shd
from inloop.training.datasets.data_file import DataFile
from inloop.training.datasets.shd import TEST, TRAIN, Shd, parse_shd
from inloop.training.datasets.store import status


def contents(count: int, seed: int) -> dict[str, list]:
    """Utterances of the structure and types of the original: rows of different lengths in half precision."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 30, count)
    return {
        "times": [np.sort(rng.random(n)).astype(np.float16) for n in lengths],
        "units": [rng.integers(0, 700, n).astype(np.uint16) for n in lengths],
        "labels": rng.integers(0, 20, count).tolist(),
        "speaker": rng.integers(0, 4, count).tolist(),
    }


def hdf5(data: dict[str, list]) -> bytes:
    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        for name, kind in (("times", np.float16), ("units", np.uint16)):
            rows = file.create_dataset(f"spikes/{name}", (len(data[name]),), h5py.vlen_dtype(kind))
            for k, row in enumerate(data[name]):
                rows[k] = row
        file["labels"] = np.array(data["labels"], np.uint16)
        file["extra/speaker"] = np.array(data["speaker"], np.uint16)
        file["extra/keys"] = np.array([b"zero", b"null"])
    return sink.getvalue()


def load_shd(split: str, hold_out: bool = False):
    return shd.SHD.load(split, hold_out)


@pytest.fixture
def small_shd(data_root, monkeypatch):
    """Put two small files in the data folder and register their MD5; return their contents."""
    sets = {TRAIN: contents(40, 0), TEST: contents(12, 1)}
    files = []
    (data_root / "shd").mkdir(parents=True)
    for name, data in sets.items():
        packed = gzip.compress(hdf5(data), 1, mtime=0)
        (data_root / "shd" / name).write_bytes(packed)
        digest = hashlib.md5(packed).hexdigest()
        files.append(DataFile("shd", "shd", name, None, digest, (), "md5", name.removesuffix(".gz")))
    monkeypatch.setattr(shd, "SHD", Shd("shd", shd.CLASSES, tuple(files), "test"))
    return sets


def test_what_is_in_the_file_is_read(small_shd):
    data, words = small_shd[TEST], load_shd("test")
    assert words.labels.tolist() == data["labels"]
    assert np.diff(words.offsets).tolist() == [len(row) for row in data["units"]]
    assert words.channel.tolist() == np.concatenate(data["units"]).tolist()
    np.testing.assert_array_equal(words.time_s, np.concatenate(data["times"]).astype(np.float32))
    assert (words.channels, words.classes, words.name) == (700, 20, "shd")


def test_validation_is_an_unseen_speaker(small_shd):
    data = small_shd[TRAIN]
    speaker, labels = np.array(data["speaker"]), np.array(data["labels"])
    assert load_shd("train").labels.tolist() == data["labels"]
    assert load_shd("train", hold_out=True).labels.tolist() == labels[speaker < 3].tolist()
    assert load_shd("validation").labels.tolist() == labels[speaker == 3].tolist()
    assert len(load_shd("test", hold_out=True)) == 12


@pytest.mark.usefixtures("small_shd")
def test_the_unpacked_file_serves_as_well(data_root):
    packed = data_root / "shd" / TEST
    expected = load_shd("test")
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    assert [(state.state, state.path.name) for state in status("shd")][1] == ("present", "shd_test.h5")
    np.testing.assert_array_equal(load_shd("test").time_s, expected.time_s)


@pytest.mark.usefixtures("small_shd")
def test_an_altered_file_is_refused(data_root):
    packed = data_root / "shd" / TEST
    packed.write_bytes(packed.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"is altered: MD5 .*inloop data fetch shd"):
        load_shd("test")


@pytest.mark.usefixtures("data_root")
def test_missing_files_say_what_to_do():
    with pytest.raises(
        DataError, match=r"no file .*shd/shd_train\.h5\.gz; run `inloop data fetch shd`, or put it there"
    ):
        load_shd("train")


def test_an_unknown_split():
    with pytest.raises(ConfigError, match="'dev' of data set shd"):
        load_shd("dev")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:200],
        lambda data: b"nothing" + data,
        lambda data: gzip.compress(data)[:-20],
        lambda data: data[: len(data) // 2],
        lambda _: b"",
    ],
)
def test_bytes_that_are_no_such_file(damage):
    with pytest.raises(DataError, match=r"^x\.h5: no file of the Spiking Heidelberg Digits"):
        parse_shd(damage(hdf5(contents(5, 0))), "x.h5")


def test_a_file_of_another_structure():
    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        file["images"] = np.zeros(3)
    with pytest.raises(DataError, match="no file of the Spiking Heidelberg Digits"):
        parse_shd(sink.getvalue(), "x.h5")


def changed(**changes) -> bytes:
    return hdf5(contents(5, 0) | changes)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (lambda: changed(labels=[0, 1, 2, 3, 20]), LabelError, "label 20 of sample 4"),
        (lambda: changed(labels=[0, 1, 2]), DataError, "5 inputs need as many labels"),
        (lambda: changed(speaker=[0, 1]), DataError, "2 speakers"),
        (lambda: changed(units=[np.array([700], np.uint16)] * 5, times=[np.zeros(1)] * 5), DataError, r"0 \.\. 699"),
        (lambda: changed(units=[np.zeros(1)] * 5, times=[-np.ones(1)] * 5), DataError, "not negative"),
        (lambda: changed(units=[np.zeros(1)] * 5, times=[np.full(1, np.nan)] * 5), DataError, "not negative"),
        (lambda: changed(units=[np.zeros(2)] * 5, times=[np.zeros(1)] * 5), DataError, "another number of times"),
    ],
)
def test_content_that_cannot_be(data, error, message):
    with pytest.raises(error, match=message):
        parse_shd(data(), "x.h5")


def test_an_empty_file_has_no_utterances():
    words, speaker = parse_shd(changed(times=[], units=[], labels=[], speaker=[]), "x.h5")
    assert len(words) == len(speaker) == 0


@pytest.mark.usefixtures("small_shd")
def test_without_h5py_it_says_what_to_install(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(shd, "import_module", absent)
    with pytest.raises(MissingToolError, match=r"inloop\[speech\]"):
        load_shd("train")
