"""Where data files lie, in which state they are, and how they are read.

The data folder is the environment variable INLOOP_DATA if set, otherwise `inloop` in XDG_DATA_HOME
(default ~/.local/share). A file is used only if its length and digest are the published ones.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import DataError
from ..registries import DATASETS
from .bounded import file_size, read_file
from .data_file import DataFile, DataFolder


@dataclass(frozen=True)
class FileState:
    """State of one file on disk. problem: what is wrong with it, empty if present."""

    file: DataFile
    path: Path
    state: Literal["present", "missing", "damaged"]
    problem: str = ""

    @property
    def expected_size(self) -> int | None:
        """Published length in bytes."""
        return self.file.size


def data_root() -> Path:
    """Return the data folder; it need not exist. An empty variable counts as unset.

    Raises `DataError` if it is in the home of a user who has none.
    """
    chosen = os.environ.get("INLOOP_DATA", "")
    base = os.environ.get("XDG_DATA_HOME", "")
    try:
        if chosen:
            return Path(chosen).expanduser()
        # The XDG rules say to ignore a path that is not absolute.
        return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "inloop"
    except RuntimeError:  # neither HOME nor an entry in the list of users
        raise DataError("there is no home folder; set INLOOP_DATA to the folder of the data") from None


def file_path(file: DataFile) -> Path:
    """Return where the file lies or should be put."""
    return data_root() / file.folder / file.name


def find_fault(file: DataFile, size: int, digest: str) -> str:
    """Compare a length in bytes and a digest with the published ones; return what differs, or nothing."""
    if file.size is not None and size < file.size:
        return f"is truncated: {size} of {file.size} bytes"
    if file.size is not None and size > file.size:
        return f"is altered: {size} bytes instead of {file.size}"
    if digest != file.digest:
        kind = "MD5" if file.algorithm == "md5" else "SHA-256"
        return f"is altered: {kind} {digest[:12]}… instead of {file.digest[:12]}…"
    return ""


def status(name: str) -> list[FileState]:
    """Return the state of each file of a data set; empty for a generated one.

    Raises `ConfigError` for an unknown name.
    """
    return [
        _examine_folder(file)[0] if isinstance(file, DataFolder) else _examine(file)[0]
        for file in DATASETS.get(name).files
    ]


def read_verified(file: DataFile) -> bytes:
    """Return the bytes of a file. Raises `DataError` if it is missing, unreadable, truncated or altered."""
    found, data = _examine(file)
    _refuse(found)
    return data


def read_folder(folder: DataFolder) -> dict[str, bytes]:
    """Return the bytes of each file of a folder by name, in order. Raises `DataError` as `read_verified`."""
    found, contents = _examine_folder(folder)
    _refuse(found)
    return contents


def _refuse(found: FileState) -> None:
    file = found.file
    if found.state == "missing":
        raise DataError(
            f"{file.dataset}: no file {found.path}; {file.remedy}, or put it there, "
            f"or set INLOOP_DATA to the folder that holds {file.folder}/"
        )
    if found.state == "damaged":
        raise DataError(f"{file.dataset}: {found.path} {found.problem}; {file.remedy} to replace it")


def _examine(file: DataFile) -> tuple[FileState, bytes]:
    path = file_path(file)
    unpacked = path.with_name(file.unpacked or file.name)
    if unpacked.is_file() and not path.exists():
        path = unpacked
    try:
        size = file_size(path)
        data = read_file(path) if file.size in (None, size) else b""  # of another size: not worth reading
    except (FileNotFoundError, NotADirectoryError):
        return FileState(file, path, "missing"), b""
    except OSError as error:
        return _unreadable(file, path, error), b""
    if not data and size:
        return FileState(file, path, "damaged", find_fault(file, size, "")), b""
    unchecked = path.name != file.name
    fault = "" if unchecked else find_fault(file, len(data), hashlib.new(file.algorithm, data).hexdigest())
    return FileState(file, path, "damaged" if fault else "present", fault), data


def _examine_folder(folder: DataFolder) -> tuple[FileState, dict[str, bytes]]:
    path = file_path(folder)
    try:
        names = sorted(entry.name for entry in path.iterdir() if entry.name.endswith(folder.suffix))
        size = sum(file_size(path / name) for name in names)
        contents = {name: read_file(path / name) for name in names} if folder.size in (None, size) else {}
    except (FileNotFoundError, NotADirectoryError):
        return FileState(folder, path, "missing"), {}
    except OSError as error:
        return _unreadable(folder, path, error), {}
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items()]
    fault = find_fault(folder, size, hashlib.sha256("".join(lines).encode()).hexdigest())
    return FileState(folder, path, "damaged" if fault else "present", fault), contents


def _unreadable(file: DataFile, path: Path, error: OSError) -> FileState:
    return FileState(file, path, "damaged", f"cannot be read: {error.strerror or error}")
