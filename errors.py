"""What can go wrong at the boundary, as a short tree.

Each message says what was given, what is allowed, where, and what to do, in one sentence of at most `LONGEST`
characters: control characters are escaped in it and long inputs shortened, here and for all. The command line prints it
as one line and exits with code 2; a library user catches `InloopError` or one of its branches.

Arguments of a wrong type, unknown ones and missing ones are `ArgumentError`s (`checks.py`), which are `TypeError`s,
too: the sentence names what is allowed, and code that expects what Python itself raises there goes on working.
"""

from __future__ import annotations

import re

LONGEST = 280
"""Characters of a sentence; with the `inloop: ` of the command line it stays below 300."""

_SHORTEST_PIECE = 40


class InloopError(Exception):
    """Base of every error that a user can cause and repair."""

    def __init__(self, message: object = "") -> None:
        super().__init__(sentence(str(message)))


class ConfigError(InloopError, ValueError):
    """A preset, field, level, seed or size that cannot be."""


class ArgumentError(ConfigError, TypeError):
    """An argument of a wrong type, one that is unknown, or one that is missing."""


class DoesNotFitError(ConfigError):
    """A network that needs more of a resource than the chip has."""


class SpikeError(InloopError, ValueError):
    """Input events that no experiment can contain: NaN, negative, too late, unknown channel."""


class LabelError(InloopError, ValueError):
    """Class labels outside the range of the readout."""


class DataError(InloopError):
    """A data file that is missing, truncated or altered."""


class TrainingError(InloopError, ArithmeticError):
    """A training whose numbers have become infinite or NaN."""


class CheckpointError(InloopError):
    """A checkpoint or run folder that cannot be read, or that belongs to something else."""


class StorageError(InloopError):
    """A result that could not be written; what was there before is untouched."""


class MissingToolError(InloopError):
    """An optional package or program that the request needs."""


class InloopWarning(UserWarning):
    """What runs, but cannot be meant: a layer that never fires, input that never reaches the chip."""


def sentence(text: str) -> str:
    """Return the text as one line of at most `LONGEST` printable characters; what is long in it loses its middle."""
    text = _without_middle(text, 1 << 16)
    text = printable(text)
    while (surplus := len(text) - LONGEST) > 0:
        longest = max(re.findall(r"\S+", text), key=len, default="")
        if len(longest) <= _SHORTEST_PIECE:
            return _without_middle(text, LONGEST)
        text = text.replace(longest, _without_middle(longest, max(_SHORTEST_PIECE, len(longest) - surplus)))
    return text


def printable(text: str, kept: str = "") -> str:
    """Return the text with what cannot be printed escaped, such as what steers a terminal; not the characters kept."""
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)


def shown(value: object, characters: int = 60) -> str:
    """Return how a value is shown in a sentence: its `repr` on one line, of a few characters, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # numbers of thousands of digits, and objects whose own code fails
        text = f"a number of {value.bit_length()} bits" if type(value) is int else f"<{type(value).__name__}>"
    text = " ".join(text[: 1 << 12].split())
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def _without_middle(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text
    head = characters * 3 // 5
    return f"{text[:head]}…{text[len(text) - (characters - head - 1) :]}"
