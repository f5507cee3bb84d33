"""Sentences: one line, printable, short, whatever went into them."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.errors import LONGEST, ArgumentError, ConfigError, InloopError, sentence, shown


@given(st.text(st.characters(codec=None), max_size=2000))
def test_any_text_becomes_one_short_line(text: str) -> None:
    line = sentence(text)
    assert len(line) <= LONGEST < 300
    assert line.isprintable()
    assert sentence(line) == line


def test_short_sentences_stay_as_they_are() -> None:
    text = "steps_per_sample = 7 does not divide the CADC period of 208 cycles; choose a divisor of it → 8, ±"
    assert sentence(text) == str(InloopError(text)) == text


@pytest.mark.parametrize("length", [300, 5000, 10**6])
def test_a_long_input_loses_its_middle_and_what_to_do_is_kept(length: int) -> None:
    line = str(ConfigError(f"cannot read /home/{'x' * length}.toml: no such file; name another one"))
    assert len(line) == LONGEST
    assert line.startswith("cannot read /home/xxx")
    assert "…" in line
    assert line.endswith("x.toml: no such file; name another one")


def test_two_long_inputs_and_long_lists() -> None:
    line = sentence(f"file {'a' * 400} is not {'b' * 400}; choose one")
    assert line.startswith("file aaa")
    assert line.endswith("bbb; choose one")
    assert sentence("one of " + "a, " * 500).startswith("one of a, a, ")


def test_control_characters_are_escaped() -> None:
    assert sentence("a\x1b[31m\r\nb\udcff\u202e") == r"a\x1b[31m\r\nb\udcff\u202e"


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError


def test_every_value_can_be_shown() -> None:
    assert shown("die") == "'die'"
    assert shown(10**5000) == "a number of 16610 bits"
    assert shown(Hostile()) == "<Hostile>"
    assert len(shown([1.0] * 10**5)) == 60
    assert shown("a\nb") == r"'a\nb'"


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ArgumentError("a\n")))
    assert isinstance(error, TypeError)
    assert (type(error), str(error)) == (ArgumentError, r"a\n")
