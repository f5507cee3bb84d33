"""Where data files lie, in which state they are, and how they are read.

The data folder is the environment variable INLOOP_DATA if set, otherwise `inloop` in XDG_DATA_HOME
(default ~/.local/share). A file is used only if its length and SHA-256 are the published ones.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import DataError
from .registry import DataFile, dataset_info


@dataclass(frozen=True)
class FileState:
    """State of one file on disk. problem: what is wrong with it, empty if present."""

    file: DataFile
    path: Path
    state: Literal["present", "missing", "damaged"]
    problem: str = ""

    @property
    def expected_size(self) -> int:
        """Published length in bytes."""
        return self.file.size


def data_root() -> Path:
    """Return the data folder; it need not exist. An empty variable counts as unset."""
    chosen = os.environ.get("INLOOP_DATA", "")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_DATA_HOME", "")
    # The XDG rules say to ignore a path that is not absolute.
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share"
    return home / "inloop"


def file_path(file: DataFile) -> Path:
    """Return where the file lies or should be put."""
    return data_root() / file.folder / file.name


def find_fault(file: DataFile, size: int, sha256: str) -> str:
    """Compare a length in bytes and a SHA-256 with the published ones; return what differs, or nothing."""
    if size < file.size:
        return f"is truncated: {size} of {file.size} bytes"
    if size > file.size:
        return f"is altered: {size} bytes instead of {file.size}"
    if sha256 != file.sha256:
        return f"is altered: SHA-256 {sha256[:12]}… instead of {file.sha256[:12]}…"
    return ""


def status(name: str) -> list[FileState]:
    """Return the state of each file of a data set; empty for a generated one.

    Raises `ConfigError` for an unknown name.
    """
    return [_examine(file)[0] for file in dataset_info(name).files]


def read_verified(file: DataFile) -> bytes:
    """Return the bytes of a file. Raises `DataError` if it is missing, unreadable, truncated or altered."""
    found, data = _examine(file)
    if found.state == "missing":
        raise DataError(
            f"{file.dataset}: no file {found.path}; run `inloop data fetch {file.dataset}`, or put it there, "
            f"or set INLOOP_DATA to the folder that holds {file.folder}/"
        )
    if found.state == "damaged":
        raise DataError(
            f"{file.dataset}: {found.path} {found.problem}; run `inloop data fetch {file.dataset}` to replace it"
        )
    return data


def _examine(file: DataFile) -> tuple[FileState, bytes]:
    path = file_path(file)
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return FileState(file, path, "missing"), b""
    except OSError as error:
        return FileState(file, path, "damaged", f"cannot be read: {error.strerror or error}"), b""
    fault = find_fault(file, len(data), hashlib.sha256(data).hexdigest())
    return FileState(file, path, "damaged" if fault else "present", fault), data
