"""Download of data files: to a temporary name, checked, then renamed, so nobody sees half a file."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ...errors import DataError, StorageError
from .bounded import LARGEST_FILE
from .data_file import DataFile
from .store import file_path, find_fault, status

Progress = Callable[[DataFile, int, int | None], None]
"""Called with the file, the bytes received so far, and its size in bytes, if known. A new mirror begins at 0 again."""

_CHUNK = 1 << 16


class _MirrorError(Exception):
    """One mirror failed; the next one is tried."""


def fetch(name: str, progress: Progress | None = None, timeout_s: float = 30.0) -> list[Path]:
    """Download the files of a data set that are missing or damaged; return the paths of those downloaded.

    Raises `ConfigError` for an unknown name, `DataError` if no mirror delivers, `StorageError` if a file
    cannot be written.
    """
    wanted = [found.file for found in status(name) if found.state != "present"]
    return [fetch_file(file, progress, timeout_s) for file in wanted]


def fetch_file(file: DataFile, progress: Progress | None = None, timeout_s: float = 30.0) -> Path:
    """Download one file from the first mirror that delivers the published bytes; return its path.

    timeout_s: seconds without an answer after which a mirror is given up. What was at the path before stays
    until the new file is whole and checked. Raises `DataError` that names every mirror and its failure, and
    `StorageError` if the folder or the file cannot be written.
    """
    target = file_path(file)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    failures = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in file.urls:
            try:
                with part.open("wb") as sink:
                    _download(file, url, sink, progress, timeout_s)
                    sink.flush()
                    os.fsync(sink.fileno())
                part.replace(target)
            except _MirrorError as error:
                failures.append(f"{url}: {error}")
            else:
                return target
    except OSError as error:
        raise StorageError(
            f"cannot write {target}: {error.strerror or error}; free some space or set INLOOP_DATA to another folder"
        ) from error
    finally:
        _discard(part)
    raise DataError(
        f"no mirror delivered {file.name} of {file.dataset} ({'; '.join(failures) or 'it has no mirror'}); "
        f"try again, or {'' if file.urls else file.remedy + ' and '}put it at {target}"
    )


def _download(file: DataFile, url: str, sink: BinaryIO, progress: Progress | None, timeout_s: float) -> None:
    """Copy a URL to `sink`. Raises `_MirrorError` for network trouble and for wrong bytes."""
    digest = hashlib.new(file.algorithm)
    done = 0
    try:
        response = urlopen(Request(url, headers={"User-Agent": "inloop"}), timeout=timeout_s)
    except HTTPError as error:
        error.close()
        raise _MirrorError(f"HTTP {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise _MirrorError(_reason(error)) from error
    with response:
        while done <= (LARGEST_FILE if file.size is None else file.size):
            try:
                chunk = response.read(_CHUNK)
            except (OSError, HTTPException, ValueError) as error:
                raise _MirrorError(f"stopped after {done} bytes: {_reason(error)}") from error
            if not chunk:
                break
            done += len(chunk)
            digest.update(chunk)
            sink.write(chunk)
            if progress is not None:
                progress(file, done, file.size)
    fault = find_fault(file, done, digest.hexdigest())
    if fault:
        raise _MirrorError(f"what it sent {fault}")


def _discard(part: Path) -> None:
    """Remove the temporary file; if even that fails, the error that led here matters more."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return


def _reason(error: Exception) -> str:
    if isinstance(error, URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
