"""Text files that may come from strangers: of any kind, length, nesting and content."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

from ..errors import CheckpointError, ConfigError, InloopError

LARGEST_BYTES: Final = 1 << 23
"""Above this a file is none of ours: the largest that experiments leave have 0.2 MB."""

DEEPEST: Final = 12
"""Levels of nesting that are read; ours have six at most."""


def read_json(path: Path, what: str) -> dict[str, Any]:
    """Return the object in a JSON file. what: it is meant to hold.

    Raises `CheckpointError` for anything else, `FileNotFoundError` if there is no file.
    """
    try:
        content = shallow(json.loads(_text(path, CheckpointError)))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"cannot read {path}: {_reason(error)}") from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} holds no {what}: it is no JSON object")
    return content


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file. Raises `ConfigError`."""
    try:
        return parse_toml(_text(path, ConfigError, "configuration "), str(path))
    except FileNotFoundError as error:
        raise ConfigError(f"cannot read configuration {path}: {error.strerror}") from None


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Return the content of TOML text. Raises `ConfigError` with the name of the text."""
    try:
        content: dict[str, Any] = shallow(tomllib.loads(text))
        return content
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name} is no valid TOML: {_reason(error)}") from None


def shallow(content: Any) -> Any:
    """Return the content. Raises `RecursionError` if it is nested more deeply than anything of ours."""
    level = [content]
    for _ in range(DEEPEST):
        level = [inner for each in level if isinstance(each, dict | list)
                 for inner in (each.values() if isinstance(each, dict) else each)]  # fmt: skip
        if not level:
            return content
    raise RecursionError


def _text(path: Path, refuse: type[InloopError], what: str = "") -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise refuse(f"cannot read {what}{path}: it is no file")
        if found.st_size > LARGEST_BYTES:
            raise refuse(f"cannot read {what}{path}: it has {found.st_size:,} bytes, more than {LARGEST_BYTES:,}")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refuse(f"cannot read {what}{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise refuse(f"cannot read {what}{path}: it is no text in UTF-8") from None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "a number has thousands of digits" if "integer string conversion" in str(error) else str(error)
