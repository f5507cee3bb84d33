"""Variables of numba under which nothing could be compiled."""

from __future__ import annotations

import os

import pytest
from inloop.behavioral.numerics import check_environment
from inloop.errors import ConfigError

from tests.cli.command import process


@pytest.mark.parametrize(("name", "value"), [("DISABLE_JIT", "1"), ("NUM_THREADS", "0"), ("NUM_THREADS", " -3")])
def test_they_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"NUMBA_{name} .*unset it"):
        check_environment({f"NUMBA_{name}": value})


@pytest.mark.parametrize("value", ["", "0", "abc", "9" * 5000])
def test_others_are_those_of_numba(value: str) -> None:
    check_environment({"NUMBA_DISABLE_JIT": value, "NUMBA_OPT": value})
    check_environment({"NUMBA_NUM_THREADS": "4"})


def test_the_command_says_so() -> None:
    done = process("train", "yin-yang", env={**os.environ, "NUMBA_NUM_THREADS": "0"})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("inloop: NUMBA_NUM_THREADS = 0 must be positive")
