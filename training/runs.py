"""Runs as a whole: begin one, go on with one, complete it, and open one that is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ..behavioral.numerics.threads import thread_count
from ..errors import InloopError, StorageError
from .checkpoint import beginning, restore
from .config import ExperimentConfig, changed
from .in_the_loop import InTheLoop
from .loop import Report, Trainer, build_model, closing_result, network_weights
from .problem import Problem
from .registries import KEEPS
from .run_folder import RunFolder


class Trained(NamedTuple):
    """A trained run. before: its configuration; config: that with the fields changed that were asked for."""

    before: ExperimentConfig
    config: ExperimentConfig
    problem: Problem
    model: InTheLoop


def prepare(config: ExperimentConfig) -> tuple[Problem, InTheLoop]:
    """Return the data and the untrained model of an experiment."""
    thread_count()  # refuses a bad number before anything is made
    torch.set_num_threads(1)  # the kernels use the cores; waiting torch threads would take them away
    problem = Problem(config)
    return problem, build_model(config, problem.inputs, problem.classes)


def load_trained(path: Path, model: InTheLoop) -> None:
    """Load the checkpoint that a run keeps into a model of the same network."""
    run, config = RunFolder.open(path)
    restore(run.best if KEEPS.get(config.training.keep).chooses else run.checkpoint, model)


def open_trained(path: Path, changes: Mapping[str, Any] | None = None) -> Trained:
    """Return the trained network of a run, on its own level and chip or with some fields changed."""
    _, before = RunFolder.open(path)
    config = changed(before, dict(changes or {}))
    problem, model = prepare(config)
    load_trained(path, model)
    return Trained(before, config, problem, model)


@contextmanager
def new_run(config: ExperimentConfig, path: Path | None, start_from: Path | None = None) -> Iterator[Trainer]:
    """Yield the trainer of a new run, whose folder other processes keep out of meanwhile.

    path: None: a folder of its own in runs/. start_from: the run with whose weights it begins. A run that is refused
    before its first epoch leaves no folder.
    """
    problem, model = prepare(config)
    if start_from is not None:
        load_trained(start_from, model)
    fields = {name: value for name, value in model.chip.spec.to_dict().items() if name != "name"}
    config = changed(config, {"chip.fields": fields})  # the run keeps its chip, whatever becomes of the preset
    run = RunFolder.create(config, path, None if start_from is None else beginning(model))
    with run.claimed():
        trainer = Trainer(config, problem, model, run)
        try:
            yield trainer
        except (InloopError, MemoryError) as error:
            if not (trainer.epochs_saved or isinstance(error, StorageError)):
                run.discard()  # it would be refused again
            raise


@contextmanager
def resumed_run(path: Path) -> Iterator[tuple[Trainer, list[str]]]:
    """Yield the trainer of a run in the state after its last epoch, and what its configuration has had changed since.

    Other processes keep out of its folder meanwhile.
    """
    run, config = RunFolder.open(path)
    with run.claimed():
        problem, model = prepare(config)
        trainer = Trainer(config, problem, model, run)
        yield trainer, trainer.resume() if run.has_trained else []


def complete(trainer: Trainer, figures: bool = True, report: Report | None = None) -> dict[str, Any]:
    """Train to the last epoch, write weights, result and figures into the run folder, and return the closing result.

    report: gets the metrics of each epoch.
    """
    closing = closing_result(trainer.config, trainer.fit(report), trainer.run.path)
    trainer.run.write_weights(network_weights(trainer.model), trainer.model.chip.spec)
    trainer.run.write_result(closing)
    if figures:
        from .figures import draw_run

        draw_run(trainer)
        trainer.run.check()
    return closing
