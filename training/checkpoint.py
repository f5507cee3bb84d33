"""Checkpoints: everything that a run needs to go on as if it had never stopped.

A checkpoint may come from a stranger. Nothing in it is executed, no memory is taken before the sizes are known to be
those of the network, and nothing of it is used before names, shapes, types and values have been compared with what the
configuration asks for; hyperparameters come from the configuration.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.optim import Optimizer

from ..errors import CheckpointError, shown
from ..files import write_atomically
from .evaluate import TEST_TRIALS
from .in_the_loop import InTheLoop
from .reading import shallow

FORMAT = "inloop-checkpoint"
VERSION = 1
MOST_RECORD_BYTES: Final = 1 << 23
"""Of what is no tensor: metrics of 50,000 epochs fit."""
MOST_STATES: Final = 4
"""Weights and two moments, and room for one more."""
LARGEST_BYTES: Final = 1 << 30
"""Of a checkpoint whose network is not known."""
HYPERPARAMETERS: Final = ("betas", "eps", "weight_decay", "amsgrad", "maximize")
"""Of Adam, which all runs share; the learning rate is set for each step."""


@dataclass(frozen=True)
class Checkpoint:
    """State after a number of whole epochs. metrics: one row per epoch. best: best validation accuracy so far.

    config: with which the weights were trained, as plain values; None in checkpoints from before it was kept.
    """

    topology: str
    epochs_done: int
    model: dict[str, Any]
    optimizer: dict[str, Any]
    metrics: list[dict[str, float]]
    best: float
    config: dict[str, Any] | None = None


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically into a folder that exists. Raises `StorageError`."""
    content = {"format": FORMAT, "version": VERSION, **vars(checkpoint)}

    def write(temporary: Path) -> None:
        try:
            torch.save(content, temporary)
        except RuntimeError as error:  # what torch makes of a full disk
            raise OSError(None, str(error).splitlines()[0]) from None

    write_atomically(path, write, folders=False)


def load_checkpoint(path: Path, topology: str, most_bytes: int = LARGEST_BYTES) -> Checkpoint:
    """Read a checkpoint of a network with that topology. most_bytes: of its file.

    Raises `CheckpointError` if it is missing, damaged, foreign, of another version or of another network. Its tensors
    are read when they are used.
    """
    if not path.is_file():
        raise CheckpointError(f"no checkpoint {path}; train first, or name another run folder")
    try:
        before = path.stat()
        _check_sizes(path, before.st_size, most_bytes)
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        after = path.stat()
        if (before.st_ino, before.st_mtime_ns) != (after.st_ino, after.st_mtime_ns):
            raise ValueError("it changed while it was read, try again")
    except Exception as error:  # random bytes make torch and pickle raise nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0][:80]
        raise CheckpointError(f"checkpoint {path} cannot be read ({reason}); it is damaged or no checkpoint") from None
    if type(content) is not dict or not _is(content.pop("format", None), FORMAT):
        raise CheckpointError(f"{path} is no inloop checkpoint")
    version = content.pop("version", None)
    if not _is(version, VERSION):
        raise CheckpointError(
            f"checkpoint {path} has version {shown(version)}, this inloop reads {VERSION}; train again"
        )
    try:
        checkpoint = Checkpoint(**content)
    except TypeError:
        raise CheckpointError(f"checkpoint {path} lacks fields or has unknown ones; it is damaged") from None
    if not _is(checkpoint.topology, topology):
        raise CheckpointError(
            f"checkpoint {path} belongs to a {shown(checkpoint.topology).strip(chr(39))} network, not to {topology}"
        )
    return checkpoint


def beginning(model: InTheLoop) -> Checkpoint:
    """Return the checkpoint of a model before its first epoch, for a run that begins with the weights of another."""
    return Checkpoint(str(model.network.topology), 0, model.state_dict(), {}, [], -1.0)


def restore(path: Path, model: InTheLoop, optimizer: Optimizer | None = None) -> Checkpoint:
    """Read a checkpoint into a model of the same network, and into an optimiser. Raises `CheckpointError`."""
    own = {name: value.cpu() for name, value in model.state_dict().items()}
    tensors = sum(value.numel() * value.element_size() for value in own.values())
    checkpoint = load_checkpoint(path, str(model.network.topology), MOST_STATES * tensors + MOST_RECORD_BYTES)
    try:
        _check_record(checkpoint)
        weights = _like(checkpoint.model, own, "weights")
        _require(0 <= int(weights["trials_run"]) < TEST_TRIALS, "trials_run is no count of samples")
        moments = None if optimizer is None or not checkpoint.epochs_done else _moments(checkpoint.optimizer, optimizer)
    except _Misfit as error:
        raise CheckpointError(
            f"checkpoint {path} lacks parts of its network or optimiser; it is damaged ({error})"
        ) from None
    model.load_state_dict(weights)
    if optimizer is not None and moments is not None:
        optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return checkpoint


class _Misfit(Exception):  # noqa: N818
    """Why a checkpoint is not one of this network."""


def _is(found: Any, wanted: str | int) -> bool:
    """Compare what may be of any type; a tensor has an equality of its own."""
    return type(found) is type(wanted) and bool(found == wanted)


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise _Misfit(reason)


def _check_sizes(path: Path, size: int, most_bytes: int) -> None:
    """Check that reading takes no more memory than the file has bytes, before anything is read."""
    if size > most_bytes:
        raise ValueError(f"{size:,} bytes are more than its network can need")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    packed = any(each.compress_type != zipfile.ZIP_STORED for each in entries)
    if packed or not entries or min(each.header_offset for each in entries):
        raise ValueError("it is packed in another way")
    if sum(each.file_size for each in entries) > size:
        raise ValueError("its parts claim to be larger than the file")
    if any(each.file_size > MOST_RECORD_BYTES for each in entries if not each.filename.rpartition("/")[2].isdigit()):
        raise ValueError("its record is too long")


def _check_record(checkpoint: Checkpoint) -> None:
    """Check what is no tensor, and no part of the optimiser."""
    done, rows = checkpoint.epochs_done, checkpoint.metrics
    _require(type(done) is int and done >= 0, f"epochs_done = {shown(done)}")
    _require(_is_number(checkpoint.best), f"best = {shown(checkpoint.best)}")
    _require(type(rows) is list and len(rows) == done, "metrics must have one row for each epoch")
    for row in rows:
        _require(type(row) is dict and row.keys() == rows[0].keys(), "metrics must have the same columns in each row")
        _require(all(type(k) is str and _is_number(v) for k, v in row.items()), "metrics must be numbers with names")
    _require(checkpoint.config is None or type(checkpoint.config) is dict, f"config = {shown(checkpoint.config)}")
    try:
        shallow(checkpoint.config)
    except RecursionError:
        raise _Misfit("config is nested too deeply") from None


def _is_number(value: Any) -> bool:
    return (type(value) is int and abs(value) < 1 << 63) or (type(value) is float and isfinite(value))


def _like(found: Any, wanted: Mapping[str, Tensor], what: str) -> dict[str, Tensor]:
    """Return copies of tensors, after comparing names, shapes and types with those wanted; all must be finite."""
    names = found.keys() if isinstance(found, dict) else {}
    _require(names == wanted.keys(), f"{what}: {shown(sorted(map(str, names)))}, not {shown(sorted(wanted))}")
    for name, tensor in wanted.items():
        value, where = found[name], f"{what} {name}"
        _require(type(value) is Tensor and value.layout == torch.strided, f"{where}: {type(value).__name__}, no tensor")
        _require(value.device.type == "cpu", f"{where}: on {value.device}")
        _require(value.shape == tensor.shape, f"{where}: shape {shown(tuple(value.shape))}, not {tuple(tensor.shape)}")
        _require(value.dtype == tensor.dtype, f"{where}: type {value.dtype}, not {tensor.dtype}")
        _require(bool(torch.isfinite(value).all()), f"{where}: values that are not finite")
    return {name: found[name].clone(memory_format=torch.contiguous_format) for name in wanted}


def _moments(found: Any, optimizer: Optimizer) -> dict[int, dict[str, Tensor]]:
    """Return what Adam remembers of each parameter that is trained, in the order of a state that it has made itself."""
    _require(isinstance(found, dict) and found.keys() == {"state", "param_groups"}, "no state of an optimiser")
    group = optimizer.param_groups[0]
    _require(isinstance(found["param_groups"], list) and len(found["param_groups"]) == 1, "optimiser: other groups")
    stored = found["param_groups"][0]
    for name in HYPERPARAMETERS:
        same = isinstance(stored, dict) and shown(stored.get(name)) == shown(group[name])
        _require(same, f"optimiser: {name} is not {shown(group[name])}")
    trained = {k: each for k, each in enumerate(group["params"]) if each.requires_grad}
    states = found["state"]
    _require(isinstance(states, dict) and states.keys() == trained.keys(), "optimiser: other parameters")
    out = {}
    for k, weight in trained.items():
        moment = weight.detach().cpu()
        wanted = {"step": torch.zeros(()), "exp_avg": moment, "exp_avg_sq": moment}
        out[k] = _like(states[k], wanted, f"optimiser state {k}")
        _require(
            float(out[k]["step"]) >= 1 and bool((out[k]["exp_avg_sq"] >= 0).all()), f"optimiser state {k}: negative"
        )
    return out
