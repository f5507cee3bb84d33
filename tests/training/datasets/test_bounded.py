"""Files of strangers: what is no file is not read, and what claims to be large takes no memory."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import resource
import struct
import wave
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from inloop.errors import DataError
from inloop.training.datasets.bounded import gunzip, read_file, read_npz
from inloop.training.datasets.fsdd import parse_wav
from inloop.training.datasets.idx import MOST_VALUES, parse_images
from inloop.training.datasets.image_set import TRAIN_LABELS
from inloop.training.datasets.shd import parse_shd
from inloop.training.datasets.store import file_path, read_verified, status
from inloop.training.datasets.utterances import Utterances
from inloop.training.encodings.on_chip import on_chip
from inloop.training.registries import DATASETS


def make_link(path: Path, target: str) -> None:
    path.symlink_to(target)


NO_FILES: dict[str, tuple[Any, str]] = {
    "folder": (lambda path: path.mkdir(), "a folder"),
    "pipe": (os.mkfifo, "a pipe"),
    "endless device": (lambda path: make_link(path, "/dev/zero"), "a device"),
    "link to nowhere": (lambda path: make_link(path, "/nowhere/at/all"), "a link to nowhere"),
    "link to itself": (lambda path: make_link(path, path.name), "symbolic links"),
    "file without end": (lambda path: make_link(path, "/proc/self/maps"), "more bytes than it says"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    make, reason = NO_FILES[kind]
    make(tmp_path / "x")
    with pytest.raises(OSError, match=reason):
        read_file(tmp_path / "x")


@pytest.mark.usefixtures("small_mnist", "data_root")
@pytest.mark.parametrize("kind", NO_FILES)
def test_a_data_file_that_is_none_is_damaged(kind: str) -> None:
    file = DATASETS.get("mnist").file(TRAIN_LABELS)
    path = file_path(file)
    path.parent.mkdir(parents=True)
    NO_FILES[kind][0](path)
    assert [state.state for state in status("mnist") if state.path == path] == ["damaged"]
    with pytest.raises(DataError, match="inloop data fetch mnist") as caught:
        read_verified(file)
    assert "\n" not in str(caught.value)


@pytest.fixture
def little_memory() -> Any:
    """Allow 400 MB more than there is now."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (400 << 20), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """2 GB of zeros, packed twice, behind the header of an IDX file that promises them."""
    member = gzip.compress(bytes(1 << 24), 9, mtime=0)
    return gzip.compress(struct.pack(">4I", 2051, 2816, 875, 875), 9, mtime=0) + member * 128


@pytest.mark.usefixtures("little_memory")
def test_packed_files_do_not_burst(bomb: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file holds 1 or more"):
        parse_images(bomb, "x.gz")
    with pytest.raises(OSError, match="unpacks to more than"):
        gunzip(bomb, MOST_VALUES)
    with pytest.raises(DataError, match="unpacks to more than"):
        parse_shd(bomb, "x.h5")
    with (
        zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": (1 << 28,)})
        for _ in range(96):
            member.write(bytes(1 << 24))
    with pytest.raises(ValueError, match="too large"):
        read_npz(tmp_path / "x.npz", 1 << 26)


@pytest.mark.parametrize("shape", [(1 << 40,), (3,), (1, 1)])
def test_an_npz_that_promises_what_it_does_not_hold(shape: tuple[int, ...], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive, archive.open("a.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": shape})
        member.write(bytes(16))
    with pytest.raises(ValueError, match="not what their headers say"):
        read_npz(tmp_path / "x.npz", 1 << 20)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_npz_is_refused(method: int, tmp_path: Path) -> None:
    whole = io.BytesIO()
    np.save(whole, np.arange(300))
    with zipfile.ZipFile(tmp_path / "x.npz", "w", method) as archive:
        archive.writestr("a.npy", whole.getvalue())
    packed = (tmp_path / "x.npz").read_bytes()
    for at in range(30, len(packed), 13):
        (tmp_path / "x.npz").write_bytes(
            packed[:at] + bytes(0x5A ^ byte for byte in packed[at : at + 6]) + packed[at + 6 :]
        )
        with contextlib.suppress(OSError, ValueError):
            read_npz(tmp_path / "x.npz", 1 << 20)


def test_an_npz_of_numbers_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.arange(6).reshape(2, 3), b=np.float32([0.5]))
    found = read_npz(tmp_path / "x.npz", 1 << 20)
    assert (found["a"].tolist(), found["b"].tolist()) == ([[0, 1, 2], [3, 4, 5]], [0.5])
    np.savez(tmp_path / "o.npz", a=np.array([print], object))
    with pytest.raises(ValueError, match="headers"):
        read_npz(tmp_path / "o.npz", 1 << 20)


def test_a_recording_shorter_than_its_header() -> None:
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(200))
    data = bytearray(sink.getvalue())
    data[40:44] = struct.pack("<I", 0x7FFFFFFE)
    with pytest.raises(DataError, match="promises 1073741823 samples, it holds 100"):
        parse_wav(bytes(data), "x.wav")


def speech(**entries: Any) -> bytes:
    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        for name, kind in (("times", np.float32), ("units", np.uint16)):
            rows = entries.get(name, [[0.1, 0.9] if name == "times" else [3, 77]])
            made = file.create_dataset(
                f"spikes/{name}", (len(rows),), h5py.vlen_dtype(entries.get(f"{name}_type", kind))
            )
            for k, row in enumerate(rows):
                made[k] = row
        for name, where in (("labels", "labels"), ("speaker", "extra/speaker")):
            if callable(entries.get(name)):
                entries[name](file, where)
            else:
                file[where] = np.array(entries.get(name, [1]))
    return sink.getvalue()


@pytest.mark.parametrize("factor", [1e3, 1e6, 1 / 2000])
def test_times_that_are_no_seconds_are_refused(factor: float) -> None:
    assert len(parse_shd(speech(), "x.h5")[0]) == 1
    with pytest.raises(DataError, match=r"times end at .* they must be in seconds of sound: divide ms by 1e3"):
        parse_shd(speech(times=[[0.1 * factor, 0.9 * factor]]), "x.h5")


def dataset(*arguments: Any, **options: Any) -> Any:
    return lambda file, where: file.create_dataset(where, *arguments, **options)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"labels": dataset((1 << 40,), "i8", chunks=(1 << 10,))}, "has shape"),
        ({"labels": dataset((1 << 20, 1 << 20), "i8", chunks=(1, 8))}, "has shape"),
        ({"labels": dataset((9,), "i1", external=[("/dev/zero", 0, 9)])}, "another file"),
        ({"labels": lambda file, where: file.__setitem__(where, h5py.ExternalLink("/etc/x.h5", "/a"))}, "no file of"),
        ({"labels": np.array([0.5])}, "whole numbers"),
        ({"labels": np.array([np.nan])}, "whole numbers"),
        ({"labels": [b"zero"]}, "does not hold numbers"),
        ({"units": [[3.5, 77.0]], "units_type": np.float32}, r"units must be 0 \.\. 699"),
        ({"units": [[np.nan, 77.0]], "units_type": np.float32}, r"units must be 0 \.\. 699"),
    ],
)  # fmt: skip
def test_entries_that_cannot_be(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse_shd(speech(**entries), "x.h5")


def test_events_of_which_none_arrives_are_refused() -> None:
    words = Utterances("words", np.array([0, 2]), np.int16([3, 4]), np.float32([0.1, 0.2]), 70, np.array([0]), 10)
    assert on_chip(words, 5000, 40e-6).units == 70
    with pytest.raises(DataError, match=r"none of 2 events arrives; they begin at 0\.1 s, divided by compression = 5"):
        on_chip(words, 5, 40e-6)
