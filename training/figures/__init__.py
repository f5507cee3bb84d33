"""The figures of a run and of a die: PNG files, 8 inches wide at 150 dpi."""

from __future__ import annotations

from pathlib import Path

from ...errors import CheckpointError
from ..loop import Trainer, network_weights
from ..reading import read_json
from .die import draw_chip, draw_die
from .learning import draw_learning
from .sample import draw_sample
from .style import check_figure
from .weights import draw_weights

__all__ = ["check_figure", "draw_chip", "draw_die", "draw_run"]


def draw_run(trainer: Trainer) -> list[Path]:
    """Draw a trained run into its folder and return the files: learning, sample, weights and die.

    The die is left out on level `ideal`, which has none. Raises `StorageError` if the folder cannot be written.
    """
    model, config = trainer.model, trainer.config
    folder, weights = trainer.run.figures, network_weights(model)
    files = [folder / "learning.png", folder / "sample.png", folder / "weights.png"]
    trainer.run.check()
    draw_learning(trainer.metrics, _test_accuracy(trainer.run.path / "result.json"), files[0])
    draw_sample(model, trainer.problem.split("test", 1), config.training.loss, files[1])
    draw_weights(weights, model.chip.spec, files[2])
    if model.level.fidelity.has_die:
        files.append(folder / "die.png")
        draw_chip(model.chip, files[3])
    return files


def _test_accuracy(result: Path) -> float | None:
    """Return the accuracy in a closing result, None if there is no readable one."""
    try:
        return float(read_json(result, "result")["test_accuracy"])
    except (CheckpointError, FileNotFoundError, KeyError, TypeError, ValueError, OverflowError):
        return None
