"""The package opens at once and shows what it has."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import inloop
import pytest


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("module", ["inloop", "inloop.errors", "inloop.cli"])
def test_importing_is_lazy(module: str) -> None:
    heavy = {"torch", "numba", "matplotlib", "pydantic"}
    assert python(f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))") == "[]"
    assert python("import sys, inloop; inloop.InTheLoop; print('numba' in sys.modules)") == "True"


def test_everything_public_is_there() -> None:
    assert dir(inloop) == sorted(dir(inloop))
    assert {"Chip", "Network", "InTheLoop", "SpikeBatch", "losses", "InloopError"} <= set(dir(inloop))
    for name in dir(inloop):
        value = getattr(inloop, name)
        assert value.__name__.split(".")[-1] == name
        assert value.__doc__, name


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'inloop' has no attribute 'Chips'"):
        _ = inloop.Chips


def test_docstring_is_a_program_that_runs() -> None:
    assert inloop.__doc__ is not None
    program = "\n".join(line for line in inloop.__doc__.splitlines() if line.startswith(tuple("cnmol")))
    assert (
        python(f"""
import inloop, torch
labels = torch.tensor([1, 2])
spikes = inloop.SpikeBatch.from_events([0, 1] * 50, range(100), [1e-6] * 100, samples=2, units=256)
{program}
print(network.forward_weights[0].grad is not None)""")
        == "True"
    )


def test_every_error_is_an_inloop_error() -> None:
    from inloop import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    kinds.remove(errors.InloopWarning)
    assert len(kinds) == 11
    assert all(issubclass(kind, errors.InloopError) for kind in kinds)
    assert issubclass(errors.InloopWarning, UserWarning)
    assert issubclass(errors.DoesNotFitError, errors.ConfigError)
    assert issubclass(errors.ConfigError, ValueError)


def test_help_is_quick() -> None:
    """Best of five processes, in CPU time, so that a busy machine does not count."""
    seconds = []
    for _ in range(5):
        before, begin = os.times(), time.perf_counter()
        python("import sys; sys.argv = ['inloop', '--help']; import inloop.cli; inloop.cli.main()")
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        seconds.append(min(cpu, time.perf_counter() - begin))
    assert min(seconds) < 1


def test_types_are_announced() -> None:
    assert (Path(inloop.__file__).parent / "py.typed").exists()
