"""Checkpoints: everything that a run needs to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import CheckpointError
from .files import write_atomically
from .in_the_loop import InTheLoop

FORMAT = "inloop-checkpoint"
VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """State after a number of whole epochs. metrics: one row per epoch. best: best validation accuracy so far."""

    topology: str
    epochs_done: int
    model: dict[str, Any]
    optimizer: dict[str, Any]
    metrics: list[dict[str, float]]
    best: float


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically. Raises `StorageError`."""
    content = {"format": FORMAT, "version": VERSION, **vars(checkpoint)}

    def write(temporary: Path) -> None:
        try:
            torch.save(content, temporary)
        except RuntimeError as error:  # what torch makes of a full disk
            raise OSError(None, str(error).splitlines()[0]) from None

    write_atomically(path, write)


def load_checkpoint(path: Path, topology: str) -> Checkpoint:
    """Read a checkpoint of a network with that topology.

    Raises `CheckpointError` if it is missing, damaged, foreign, of another version or of another network.
    """
    if not path.is_file():
        raise CheckpointError(f"no checkpoint {path}; train first, or name another run folder")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # random bytes make torch and pickle raise nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0][:80]
        raise CheckpointError(f"checkpoint {path} cannot be read ({reason}); it is damaged or no checkpoint") from None
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise CheckpointError(f"{path} is no inloop checkpoint")
    version = content.pop("version", None)
    if version != VERSION:
        raise CheckpointError(f"checkpoint {path} has version {version}, this inloop reads {VERSION}; train again")
    try:
        checkpoint = Checkpoint(**content)
    except TypeError:
        raise CheckpointError(f"checkpoint {path} lacks fields or has unknown ones; it is damaged") from None
    if checkpoint.topology != topology:
        raise CheckpointError(f"checkpoint {path} belongs to a {checkpoint.topology} network, not to {topology}")
    return checkpoint


def restore(path: Path, model: InTheLoop, optimizer: torch.optim.Optimizer | None = None) -> Checkpoint:
    """Read a checkpoint into a model of the same network, and into an optimiser. Raises `CheckpointError`."""
    checkpoint = load_checkpoint(path, str(model.network.topology))
    try:
        model.load_state_dict(checkpoint.model)
        if optimizer is not None:
            optimizer.load_state_dict(checkpoint.optimizer)
    except (RuntimeError, TypeError, ValueError, KeyError, AttributeError):
        raise CheckpointError(f"checkpoint {path} lacks parts of its network or optimiser; it is damaged") from None
    return checkpoint
