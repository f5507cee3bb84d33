"""`DataFile`: a published file that a data set is made of.

A `DataFile` is identified by its digest, so it does not matter which mirror, or who, delivers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DataFile:
    """One published file of a data set.

    dataset: name of the data set that it belongs to. folder: its folder under the data folder.
    size: bytes, None where it is not published. digest: hexadecimal, lower case. mirrors: URLs of folders that hold it,
    in the order to try. algorithm: of the digest. unpacked: name of the unpacked file, which serves as well; without a
    published digest its content is checked by its reader alone.
    """

    dataset: str
    folder: str
    name: str
    size: int | None
    digest: str
    mirrors: tuple[str, ...]
    algorithm: Literal["sha256", "md5"] = "sha256"
    unpacked: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """Full address of the file on each mirror."""
        return tuple(mirror + self.name for mirror in self.mirrors)

    @property
    def remedy(self) -> str:
        """What to do if it is missing or damaged."""
        return f"run `inloop data fetch {self.dataset}`"


@dataclass(frozen=True)
class DataFolder(DataFile):
    """A folder of many small files, checked as one.

    size: of all files together. digest: SHA-256 over the SHA-256 lines of its files (`sha256sum *.SUFFIX | sha256sum`
    in the order of their names). suffix: of the files that count, all others are ignored. origin: where to get it.
    """

    suffix: str = ""
    origin: str = ""

    @property
    def remedy(self) -> str:
        """What to do if it is missing or damaged."""
        return f"get the folder {self.name}/ of {self.origin}"
