"""Which program made a result: versions of what it stands on, and a digest of its own source."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from ..run_folder import versions

FOLDERS: Final = ("behavioral", "rtl", "cosim", "training")
"""Of the package: what stands in them can change a result."""
CODE: Final = "code"
UNKNOWN: Final = {CODE: "unknown"}
"""Of results that were kept before their source was noted."""


def provenance() -> dict[str, str]:
    """Return the versions of Python and packages, and the digest of the source as `code`."""
    return {**versions(), CODE: source_digest(Path(__file__).parents[2])}


@cache
def source_digest(package: Path) -> str:
    """Return twelve hexadecimal digits of SHA-256 over names and contents of the Python and TOML files.

    They tell apart two states of the program that carry the same version number.
    """
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for file in sorted(each for each in (package / folder).rglob("*") if each.suffix in (".py", ".toml")):
            digest.update(f"{file.relative_to(package).as_posix()}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def in_words(made: Sequence[dict[str, str]]) -> str:
    """Return by which programs results were made; where they differ, with the numbers of trials."""
    names = dict.fromkeys(name for each in made for name in each)
    return ", ".join(_counted(name, [each.get(name, "unknown") for each in made]) for name in names)


def _counted(name: str, values: Sequence[str]) -> str:
    found = Counter(values).most_common()
    texts = [value if len(found) == 1 else f"{value} ({count} trials)" for value, count in found]
    return f"{name} {' and '.join(texts)}"
