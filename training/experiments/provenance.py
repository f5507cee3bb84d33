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
    """Return by which programs results were made, with their numbers of trials if there are several."""
    kinds = Counter(tuple(each.items()) for each in made)
    lines = [(", ".join(f"{name} {number}" for name, number in kind), count) for kind, count in kinds.most_common()]
    return "; ".join(f"{text} ({count} trials)" if len(lines) > 1 else text for text, count in lines)
