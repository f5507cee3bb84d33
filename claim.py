"""One process at a time works in a folder. The lock goes with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from .errors import StorageError


class Claim:
    """The right to write into a folder that exists, for as long as the `with` block lasts.

    Raises `StorageError` if another process has it, or the folder cannot be opened. File systems without locks (some
    network ones) give it to everyone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StorageError(f"cannot write into {folder}: {error.strerror}; choose another folder") from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise StorageError(
                f"another inloop is at work in {folder}; wait until it has ended, or name another folder"
            ) from None
        except OSError:
            pass  # no locks here

    def check(self) -> None:
        """Raise `StorageError` if the folder has been deleted, or another one has its name."""
        try:
            same = os.path.samestat(self.folder.stat(), os.fstat(self._handle))
        except OSError:
            same = False
        if not same:
            raise StorageError(f"folder {self.folder} was deleted or replaced while the run went on; the run ends here")

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)
