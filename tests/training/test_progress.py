"""Who shows how far it is: nobody, unless the caller says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from inloop.training.progress import meter, shown_by


class Heard:
    def __init__(self) -> None:
        self.said: list[object] = []

    def advance(self, units: int) -> None:
        self.said.append(units)

    def describe(self, text: str) -> None:
        self.said.append(text)


def test_a_meter_is_made_by_whom_the_caller_says() -> None:
    heard = Heard()

    @contextmanager
    def make(what: str, total: int) -> Iterator[Heard]:
        heard.said += [what, total]
        yield heard

    def works(shown: bool = True) -> None:
        with meter("ideal", 7, shown) as bar:
            bar.advance(3)
            bar.describe("epoch 1")

    works()
    with shown_by(make):
        works(shown=False)
        assert heard.said == []
        works()
        assert heard.said == ["ideal", 7, 3, "epoch 1"]
    works()
    assert len(heard.said) == 4


def test_an_error_ends_the_showing() -> None:
    with pytest.raises(ValueError, match="so it is"), shown_by(lambda *_: pytest.fail("shown")):
        raise ValueError("so it is")
    with meter("ideal", 1):
        pass
