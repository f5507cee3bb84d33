"""How far it is: what takes long tells it to a meter, and whoever calls says who shows it.

A training does not know the terminal, nor does a data set that is encoded for the first time. They ask for a meter
here; the command line says with `shown_by` what makes one. Without it nothing is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol


class Meter(Protocol):
    """Who hears how far it is."""

    def advance(self, units: int, /) -> None:
        """Count units as done."""

    def describe(self, text: str, /) -> None:
        """Show a line beside the bar."""


MakeMeter = Callable[[str, int], AbstractContextManager[Meter]]
"""Makes a meter from what runs, in a word, and the number of units until it is done."""


class _Unseen:
    def advance(self, units: int, /) -> None:
        """Count nothing."""

    def describe(self, text: str, /) -> None:
        """Show nothing."""


def _unseen(what: str, total: int) -> AbstractContextManager[Meter]:  # noqa: ARG001
    return nullcontext(_Unseen())


_MAKER: ContextVar[MakeMeter] = ContextVar("meter", default=_unseen)


def meter(what: str, total: int, shown: bool = True) -> AbstractContextManager[Meter]:
    """Return a meter of `total` units for a `with` block. what: runs, in a word. shown: False: to nobody."""
    return (_MAKER.get() if shown else _unseen)(what, total)


@contextmanager
def shown_by(make: MakeMeter) -> Iterator[None]:
    """Have the meters that are asked for in the `with` block made by `make`."""
    before = _MAKER.set(make)
    try:
        yield
    finally:
        _MAKER.reset(before)
