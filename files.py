"""Files that are whole or not there: written under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from .claim import Claim
from .errors import StorageError

TEMPORARY: Final = ".inloop-"
"""How the names of temporary files begin; what a killed process leaves of them is removed by the next one."""


def write_atomically(path: Path, write: Callable[[Path], None], folders: bool = True) -> None:
    """Call write(temporary path), then rename to `path`; on any failure the old file stays as it was.

    folders: whether missing folders are made. Raises `StorageError` if the disk refuses, or if what is there is no
    file, such as a folder or a device.
    """
    temporary: Path | None = None
    try:
        if path.exists() and not path.is_file():
            raise OSError(None, "it is there and no file")
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another folder, "
            "what was there before is untouched"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str, folders: bool = True) -> None:
    """Write a text file atomically."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write, folders)


def remove_leftovers(*folders: Path) -> None:
    """Remove temporary files that killed processes left; to be called by the one that claims the folders."""
    for folder in folders:
        for file in folder.glob(f"{TEMPORARY}*"):
            with suppress(OSError):
                file.unlink()


def check_replaceable(path: Path, mark: bytes) -> None:
    """Raise `StorageError` if a file is there that is not of the kind that would replace it, or no file at all.

    mark: what stands in the first bytes of those that may be replaced.
    """
    try:
        kind = path.stat().st_mode
        ours = stat.S_ISREG(kind) and mark in _first_bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}; name another file") from None
    if not ours:
        raise StorageError(
            f"cannot write {path}: it is there and was not made by inloop; remove it or name another file"
        )


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 10)


def write_folder(folder: Path, files: dict[str, str]) -> None:
    """Write text files into a folder, all or none, beside what is there.

    Raises `StorageError` if the disk refuses, or if one of them is there and differs.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error.strerror}; choose another folder") from None
    with Claim(folder):
        remove_leftovers(folder)
        missing = {name: text for name, text in files.items() if not _is_there(folder / name, text)}
        try:
            for name, text in missing.items():
                write_text(folder / name, text)
                written.append(folder / name)
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise


def _is_there(path: Path, text: str) -> bool:
    """Return whether a file has that text already. Raises `StorageError` if it has another one."""
    try:
        if path.read_bytes() == text.encode():
            return True
    except FileNotFoundError:
        return False
    except OSError:
        pass
    raise StorageError(f"{path} is there and differs from what would be written; remove it, or name another folder")
