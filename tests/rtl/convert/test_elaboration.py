"""A design is elaborated on a stack of its own, and what goes wrong there is seen here."""

from __future__ import annotations

import inspect

import pytest
from inloop.errors import ConfigError
from inloop.rtl.convert.elaboration import elaborate


def depth(deeper: int) -> int:
    return depth(deeper - 1) if deeper else elaborate(lambda: len(inspect.stack(0)))


def test_the_stack_is_short_wherever_it_is_called() -> None:
    assert depth(0) == depth(100) < 12


def test_the_result_and_errors_come_back() -> None:
    assert elaborate(divmod, 7, 3) == (2, 1)

    def refuse() -> None:
        raise ConfigError("no such design")

    with pytest.raises(ConfigError, match="no such design"):
        elaborate(refuse)
