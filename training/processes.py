"""What the torch side needs to be safe in forked processes, in threads, and under `torch.compile`."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

import torch

Owner = TypeVar("Owner")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

COUNTING = Lock()
"""Held while noise counters move on."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=COUNTING.acquire, after_in_parent=COUNTING.release, after_in_child=COUNTING.release)
    # The threads of torch's OpenMP are lost in a forked process, which would wait for them for ever.
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


def not_compiled(
    method: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """Let `torch.compile` leave a method as it is and compile what is around it.

    Only where it is tracing: `torch.compiler.disable` imports the whole compiler.
    """

    @wraps(method)
    def run(owner: Owner, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        if torch.compiler.is_compiling():
            plain: Callable[..., Result] = torch.compiler.disable(method)  # type: ignore[no-untyped-call]
            return plain(owner, *arguments, **named)
        return method(owner, *arguments, **named)

    return run
