"""Quoted texts in Markdown: where they are, and what takes their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ..errors import ConfigError
from ..training.experiments.experiment import Table
from ..training.experiments.report import markdown

_SPAN: Final = re.compile(r"(?P<open><!--=(?P<key>[^>]+?)-->)(?P<text>.*?)(?P<close><!--/-->)", re.DOTALL)
ROOT: Final = Path(__file__).parents[1]
WHOLE: Final = "table"
HOW: Final = "how"
OR: Final = " / "


def pages() -> list[Path]:
    """Return README and all pages of docs that people write; the others are generated."""
    experiments = sorted((ROOT / "docs" / "results").glob("*/README.md"))
    written = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path not in experiments]
    generated = ("registers.md", "configuration.md")
    return [ROOT / "README.md", *(path for path in written if path.name not in generated)]


def refreshed(text: str, value: Callable[[str], str]) -> str:
    """Return Markdown with each quoted text as `value` of its key; white space around it stays."""

    def put(match: re.Match[str]) -> str:
        old = match["text"]
        if "<!--=" in old:
            raise ConfigError(f"the quote <!--={match['key']}--> has no <!--/--> before the next one begins")
        start, end = old[: len(old) - len(old.lstrip())], old[len(old.rstrip()) :]
        return match["open"] + start + value(" ".join(match["key"].split())) + end + match["close"]

    return _SPAN.sub(put, text)


def unquoted(text: str) -> str:
    """Return Markdown with nothing in the place of each quote."""
    return _SPAN.sub("", text)


def found(key: str, tables: Callable[[str], Sequence[Table]]) -> str:
    """Return what a key quotes. Raises `ConfigError` unless it picks exactly one text."""
    parts = [part.strip() for part in key.split(";")]
    for at, part in enumerate(parts):
        if OR in part:
            each = ("; ".join([*parts[:at], option, *parts[at + 1 :]]) for option in part.split(OR))
            return OR.join(found(one, tables) for one in each)
    source, *words = parts
    if not words:
        raise ConfigError(f"the quote {key!r} names no column; write source; words; column")
    *words, name = words
    every = tables(source)
    if name in (WHOLE, HOW):
        whole = [table for table in every if all(word in table.title for word in words)]
        _check_one(key, len(whole))
        return markdown(whole[0]) if name == WHOLE else whole[0].note
    cells = [
        row[place] for table in every if (place := _column(table, name)) is not None for row in _rows(table, words)
    ]
    _check_one(key, len(cells))
    return cells[0]


def _rows(table: Table, words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the rows that all words pick; one that is in no cell of the table must be in its title."""
    rows = list(table.rows)
    for word in words:
        if any(word in row for row in table.rows):
            rows = [row for row in rows if word in row]
        elif word not in table.title:
            return []
    return rows


def _column(table: Table, name: str) -> int | None:
    """Return the place of the column of that name, or of the only one that begins with it."""
    if name in table.columns:
        return table.columns.index(name)
    begins = [place for place, column in enumerate(table.columns) if column.startswith(name)]
    return begins[0] if len(begins) == 1 else None


def _check_one(key: str, count: int) -> None:
    if count != 1:
        raise ConfigError(f"the quote {key!r} picks {count} texts, it must pick one")
