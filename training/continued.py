"""A run that goes on: is its configuration still the one with which its weights were trained?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ..errors import CheckpointError, ConfigError, shown
from .checkpoint import Checkpoint
from .config import ExperimentConfig, parse_config

MAY_CHANGE: Final = ("name", "device", "training.epochs")
"""Fields that make no other experiment of what has been trained; all others need a run of their own."""


def check_continued(checkpoint: Checkpoint, config: ExperimentConfig, path: Path) -> list[str]:
    """Return, in words, what differs from the configuration of a checkpoint and may.

    Without an epoch all may. Raises `CheckpointError` for what may not, and for more epochs than are configured.
    """
    if not checkpoint.epochs_done or checkpoint.config is None:
        return []
    try:
        trained = parse_config(checkpoint.config)
    except ConfigError as error:
        raise CheckpointError(f"the checkpoint of {path} has no valid configuration ({error}); it is damaged") from None
    found = differences(_flat(trained.model_dump(mode="json")), _flat(config.model_dump(mode="json")))
    if fixed := [words for name, words in found.items() if name not in MAY_CHANGE]:
        more = f" and {len(fixed) - 3} more" if len(fixed) > 3 else ""
        raise CheckpointError(
            f"{path} was trained with another configuration than config.json has now: {', '.join(fixed[:3])}{more}; "
            f"put it back, or begin a new run with --from {path}"
        )
    if config.training.epochs < checkpoint.epochs_done:
        raise CheckpointError(
            f"{path} has been trained for {checkpoint.epochs_done} epochs, more than training.epochs = "
            f"{config.training.epochs} of its config.json; put it back"
        )
    return list(found.values())


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """Return the fields that differ, each as `die 7 → 8`."""
    names = dict.fromkeys([*before, *after])
    return {
        name: f"{name} {shown(before.get(name), 30)} → {shown(after.get(name), 30)}"
        for name in names if before.get(name) != after.get(name)
    }  # fmt: skip


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in values.items():
        out |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return out
