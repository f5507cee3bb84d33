"""Where results that take long to make are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder `INLOOP_CACHE`, or inloop in the user's cache; it need not exist."""
    given = os.environ.get("INLOOP_CACHE")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inloop"
