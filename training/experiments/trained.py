"""One training as a trial."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import torch

from ...behavioral.bss2.spec import chip_spec
from ...behavioral.numerics.streams import generator
from ...errors import CheckpointError
from ..config import ExperimentConfig, load_config
from ..evaluate import Evaluation
from ..in_the_loop import InTheLoop
from ..loop import Trainer, build_model
from ..network import Network
from ..problem import Problem
from ..run_folder import RunFolder

STEP_CYCLES: Final = chip_spec("bss2").cadc_period_cycles // 4
"""Fabric cycles in a grid step of the presets for images: four steps per CADC sample."""


def configured(
    preset: str, level: str, seed: int, epochs: int, samples: int | None, changes: dict[str, Any] | None = None
) -> ExperimentConfig:
    """Return a preset at a level, with that seed for everything random and for the die, and fields changed.

    samples: the first training samples; None: all.
    """
    fields = {"fidelity": level, "seed": seed, "die": seed, "training.epochs": epochs, "training.samples": samples}
    return load_config(preset, {**fields, **(changes or {})})


def trained(config: ExperimentConfig, folder: Path) -> tuple[Trainer, Evaluation]:
    """Train in a run folder, or go on where an interruption left it; return the result on the test split."""
    return _finished(_trainer(config, folder))


def trained_with_recurrent(
    config: ExperimentConfig, folder: Path, source: Network, shuffle: int
) -> tuple[Trainer, Evaluation]:
    """Train as `trained`, beginning with the recurrent weights of another network, shuffled with that seed."""
    trainer = _trainer(config, folder)
    pairs = zip(trainer.model.network.recurrent_weights, source.recurrent_weights, strict=True)
    for layer, (own, given) in enumerate(pairs):
        order = torch.from_numpy(generator(shuffle, "initial-weights", layer).permutation(given.numel()))
        own.data = given.detach().flatten()[order].reshape(given.shape)
    return _finished(trainer)


def trained_from(config: ExperimentConfig, folder: Path, source: Network) -> tuple[Trainer, Evaluation]:
    """Train as `trained`, beginning with the weights of another network of the same sizes."""
    trainer = _trainer(config, folder)
    trainer.model.network.load_state_dict(source.state_dict())
    return _finished(trainer)


def _trainer(config: ExperimentConfig, folder: Path) -> Trainer:
    problem = Problem(config)
    return Trainer(config, problem, build_model(config, problem.inputs, problem.classes), run_of(config, folder))


def _finished(trainer: Trainer) -> tuple[Trainer, Evaluation]:
    if trainer.run.checkpoint.exists():
        trainer.resume()
    return trainer, trainer.fit()


def run_of(config: ExperimentConfig, folder: Path) -> RunFolder:
    """Return the run of that configuration that an interruption left in a scratch folder, or else a new one."""
    with suppress(CheckpointError):
        run, found = RunFolder.open(folder)
        if found == config:
            return run
    shutil.rmtree(folder, ignore_errors=True)
    return RunFolder.create(config, folder)


def moved(trainer: Trainer, config: ExperimentConfig) -> InTheLoop:
    """Return the model of another configuration with the weights of a trained network: on another die or level."""
    model = build_model(config, trainer.problem.inputs, trainer.problem.classes)
    model.network.load_state_dict(trainer.model.network.state_dict())
    return model
