"""The benchmark's contestants: other ways to compute the task, with the protocol of `peers.base.Contestant`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .base import Contestant, MissingPackageError
from .plain import CompiledTorch, PlainTorch
from .with_norse import Norse
from .with_snntorch import SnnTorch
from .with_spikingjelly import SpikingJelly

if TYPE_CHECKING:
    from task import Task

__all__ = ["ALL", "CompiledTorch", "Contestant", "Norse", "PlainTorch", "SnnTorch", "SpikingJelly", "build"]

ALL: tuple[type[Contestant], ...] = (PlainTorch, CompiledTorch, Norse, SnnTorch, SpikingJelly)


def build(task: Task, kinds: tuple[type[Contestant], ...] = ALL) -> list[Contestant]:
    """Build contestants for `task`; skip, with a message, those whose library is not installed."""
    built = []
    for kind in kinds:
        try:
            built.append(kind(task))
        except MissingPackageError as error:
            print(f"skipped {kind.name}: {error}", file=sys.stderr)
    return built
