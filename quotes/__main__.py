"""`python -m inloop.quotes`: write all quoted figures and generated pages of README and docs anew."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from ..errors import InloopError
from ..files import write_text
from .configuration import configuration_page
from .markers import ROOT, found, pages, refreshed
from .sources import tables


def current() -> dict[Path, str]:
    """Return each page as the stored results want it. Raises `ConfigError` for a quote that picks nothing."""
    value = partial(found, tables=tables)
    written = {path: refreshed(path.read_text(encoding="utf-8"), value) for path in pages()}
    return {**written, ROOT / "docs" / "configuration.md": configuration_page()}


def main() -> int:
    """Write what has changed and name it."""
    try:
        for path, text in current().items():
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                write_text(path, text)
                print(path.relative_to(ROOT))
    except InloopError as error:
        print(f"quotes: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
