"""Numbers of README and docs that stand outside of quotes: found, and checked against `constants.toml`.

A figure is what could be a result: a number with a decimal point, with ±, or with a unit of accuracy, speed or time; in
a table also one under a heading with such a unit. Code is no text. A figure that is no quote has to be in
`constants.toml`, by page, as the words around it; behind them stands why it holds: an expression in the chips' own
constants (`= 1e6 * bss2.cadc_period_s`), which has to give the number of the words, or a reason.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from ..behavioral.bss1.die import CALIBRATIONS
from ..behavioral.bss1.spec import bss1_spec
from ..behavioral.bss2.die import UNCALIBRATED
from ..behavioral.bss2.spec import chip_spec
from ..behavioral.numerics.noise import noise_preset
from ..cosim.trials import PAIRED
from ..training.experiments import ledger
from ..training.rates.task import FIVE_DIGITS
from .markers import unquoted

CONSTANTS: Final = Path(__file__).with_name("constants.toml")
_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|^    .*$", re.DOTALL | re.MULTILINE)
_UNIT: Final = (
    r"%|points|(?:\w+/)+s\b|million|minutes|hours|(?:m|µ|n)?s\b|MB\b|×|(?:[kM])?Hz\b|LSB\b|mV\b|ms\b"
)  # fmt: skip
_NUMBER: Final = r"\d+(?:,\d{3})*(?:\.\d+)?"
_FIGURE: Final = re.compile(
    rf"{_NUMBER}(?:\s*±\s*{_NUMBER})?\s*(?:{_UNIT})|±\s*{_NUMBER}|(?<![\d.])\d+(?:,\d{3})*\.\d+(?![.\d])"
)  # fmt: skip
_HEADS: Final = re.compile(r"%|accuracy|/s\b|time|speed")


def plain(text: str) -> str:
    """Return Markdown without quotes and code, lines joined."""
    return " ".join(_CODE.sub(" ", unquoted(text)).split())


def figures(text: str) -> list[str]:
    """Return the figures of a page that are no quotes, in order."""
    found = [match[0] for match in _FIGURE.finditer(plain(text))]
    return found + [number for cell in _measured_cells(text) for number in re.findall(_NUMBER, cell)]


def _measured_cells(text: str) -> list[str]:
    """Return the cells of tables under headings that name a unit of results."""
    cells: list[str] = []
    measured: list[int] = []
    for line in _CODE.sub(" ", unquoted(text)).splitlines():
        row = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not row:
            measured = []
        elif not measured and not all(set(cell) <= set("-: ") for cell in row):
            measured = [place for place, cell in enumerate(row) if _HEADS.search(cell)] or [-1]
        else:
            cells += [row[place] for place in measured if 0 <= place < len(row)]
    return cells


def known() -> dict[str, dict[str, str]]:
    """Return what `constants.toml` says: by page the words around a figure, and why it holds."""
    return tomllib.loads(CONSTANTS.read_text(encoding="utf-8"))


def loose(page: str, text: str) -> list[str]:
    """Return the figures of a page that are neither quotes nor known."""
    rest = text
    for words in sorted(known().get(page, {}), key=len, reverse=True):
        rest = re.sub(r"\s+".join(map(re.escape, words.split())), " ", rest)
    return figures(rest)


def holds(words: str, why: str) -> bool:
    """Return whether the numbers in words are what their expression gives, to the digits that they have.

    An expression gives one number, the first of the words, or a tuple of all of them. A reason always holds.
    """
    if not why.startswith("="):
        return bool(why)
    value = eval(why[1:], {"__builtins__": {}}, _names())
    numbers = re.findall(_NUMBER, words)
    pairs = zip(numbers, value, strict=True) if isinstance(value, tuple) else zip(numbers[:1], (value,), strict=True)
    return all(f"{each:.{len(text.partition('.')[2])}f}" == text.replace(",", "") for text, each in pairs)


def _names() -> dict[str, Any]:
    """Return what expressions may speak of: chips, spreads of dies, noise, bounds, chip time."""
    return {
        "bss2": chip_spec("bss2"), "bss1": bss1_spec("bss1"), "spread": UNCALIBRATED,
        "noise": noise_preset("typical"),
        "wafer": CALIBRATIONS["calibrated"], "task": FIVE_DIGITS, "paired": PAIRED, "reset_s": ledger.RESET_S,
    }  # fmt: skip
