"""Where results that take long to make are kept between runs, and how a file there proves to be whole."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from uuid import uuid4

from .errors import StorageError

_SEAL_BYTES = hashlib.sha256().digest_size


def cache_folder() -> Path:
    """Return the folder of the cache; it need not exist.

    `INLOOP_CACHE`, or inloop in the user's cache, or, where that cannot be written, a folder among the temporary files
    that only this user may enter. Raises `StorageError` if there is none of them.
    """
    if given := os.environ.get("INLOOP_CACHE"):
        return Path(given).absolute()  # compilers run in folders of their own
    own = _users_cache()
    return own / "inloop" if own is not None and _writable(own / "inloop") else _private_temporary()


def _users_cache() -> Path | None:
    """Return the user's cache by the rules of the XDG base directories, None for a user without a home."""
    given = Path(os.environ.get("XDG_CACHE_HOME") or "")
    if given.is_absolute():
        return given
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ".cache" if home.is_absolute() else None


def _writable(folder: Path) -> bool:
    """Return whether a folder is there and can be written, or can be made."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _private_temporary() -> Path:
    """Return a folder that nobody else may write, as what lies there is loaded as code."""
    try:
        folder = Path(tempfile.gettempdir()) / f"inloop-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise StorageError(f"no folder to keep compiled code in ({error}); set INLOOP_CACHE to one") from None
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
    if not private:
        raise StorageError(f"{folder} can be written by others; set INLOOP_CACHE to a folder for compiled code")
    return folder


def read_sealed(path: Path) -> bytes | None:
    """Return the content of a file that `write_sealed` wrote, None if it is missing, harmed or no plain file."""
    try:
        whole = path.read_bytes() if path.is_file() else b""
    except OSError:
        return None
    content, seal = whole[:-_SEAL_BYTES], whole[-_SEAL_BYTES:]
    return content if hashlib.sha256(content).digest() == seal else None


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file with its hash behind, under another name until it is whole. Raises `OSError` as the disk does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex}")
    try:
        temporary.write_bytes(content + hashlib.sha256(content).digest())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
