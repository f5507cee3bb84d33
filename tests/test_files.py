"""Nothing is lost when the disk refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from inloop.errors import StorageError
from inloop.files import check_replaceable, write_atomically, write_folder, write_text


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def half_written(path: Path) -> None:
    path.write_bytes(b"half")
    full()


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_text_is_written_into_new_folders_and_over_old_files(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "ü.txt"
    write_text(path, "erst\n")
    write_text(path, "zweit: θ\n")
    assert path.read_text(encoding="utf-8") == "zweit: θ\n"
    assert files_in(tmp_path).keys() == {"a/b/ü.txt"}
    assert path.stat().st_mode & 0o777 == 0o644


def test_full_disk_in_mid_file_keeps_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(StorageError, match=rf"cannot write {path}: No space left on device; free some space"):
        write_atomically(path, half_written)
    assert files_in(tmp_path) == {"file.txt": b"old"}


@pytest.mark.parametrize("what", ["fsync", "replace"])
def test_full_disk_at_the_end_keeps_the_old_one(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    monkeypatch.setattr(*((os, "fsync") if what == "fsync" else (Path, "replace")), full)
    with pytest.raises(StorageError, match="No space left"):
        write_text(path, "new")
    assert files_in(tmp_path) == {"file.txt": b"old"}


def test_interruption_leaves_nothing_half_written(tmp_path: Path) -> None:
    def interrupted(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file.txt", interrupted)
    assert not files_in(tmp_path)


def test_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("old")
    with pytest.raises(StorageError, match="cannot write"):
        write_text(tmp_path / "in-the-way" / "file.txt", "new")
    assert files_in(tmp_path) == {"in-the-way": b"old"}


def test_only_files_with_the_mark_are_replaceable(tmp_path: Path) -> None:
    (tmp_path / "ours").write_bytes(b"made by: ours")
    (tmp_path / "late").write_bytes(b" " * 5000 + b"ours")
    (tmp_path / "empty").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "fifo")
    for name in ("ours", "new", "dangling", "new/new"):
        check_replaceable(tmp_path / name, b"ours")
    for name in ("late", "empty", "fifo", ".", "x" * 300):
        with pytest.raises(StorageError, match=r"cannot write .*; .*name another file"):
            check_replaceable(tmp_path / name, b"ours")


@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_what_is_no_file_is_not_replaced(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(StorageError, match="it is there and no file"):
        write_text(path, "new")
    assert list(tmp_path.iterdir()) == [path]
    assert path.exists()
    assert not path.is_file()


def test_a_missing_folder_is_not_made_where_it_should_be_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        write_text(tmp_path / "gone" / "a.txt", "new", folders=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_files_is_written_whole_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a.v": "one", "b.v": "two"}
    (tmp_path / ".inloop-x.v").touch()
    (tmp_path / "notes").write_text("mine")
    write_folder(tmp_path, files)
    write_folder(tmp_path, files)
    assert files_in(tmp_path) == {"a.v": b"one", "b.v": b"two", "notes": b"mine"}
    with pytest.raises(StorageError, match=r"b.v is there and differs"):
        write_folder(tmp_path, {"new.v": "three", "b.v": "other"})
    calls: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: full() if calls else calls.append(fsync(handle) or handle))
    with pytest.raises(StorageError, match="No space left"):
        write_folder(tmp_path, {"new.v": "three", "newer.v": "four"})
    assert files_in(tmp_path) == {"a.v": b"one", "b.v": b"two", "notes": b"mine"}
