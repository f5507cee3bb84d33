"""The training loop: from a configuration and a run folder to a trained network and its closing result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..behavioral.events import SpikeBatch
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..cosim.chip import Chip, Conditions, chip_class
from ..errors import CheckpointError, TrainingError
from . import losses
from .checkpoint import Checkpoint, restore
from .config import ExperimentConfig, TrainingConfig, design_of
from .continued import check_continued
from .decision import decide, decisive
from .divergence import wrong_loss, wrong_weights
from .evaluate import Evaluation, evaluate
from .in_the_loop import InTheLoop
from .keep import VALIDATION
from .network import Network
from .observed import Observed
from .problem import Problem
from .progress import meter
from .registries import KEEPS, LOSSES, SCHEDULES
from .run_folder import RunFolder

Report = Callable[[dict[str, float]], None]
METRICS: Final = ("epoch", "learning_rate", "train_loss", "train_accuracy", "hidden_spikes")
"""Columns of metrics.csv, besides that of `keep.py`."""


def build_model(config: ExperimentConfig, inputs: int, classes: int) -> InTheLoop:
    """Return the untrained model of a configuration. Raises `ConfigError` or `DoesNotFitError`."""
    chip = build_chip(config)
    hidden = tuple(config.network.hidden)
    chip.check_fit(Topology(inputs, hidden, classes, (config.network.recurrent,) * len(hidden)))  # before any memory
    network = Network(
        inputs,
        hidden,
        classes,
        config.network.recurrent,
        seed=config.seed,
        scale=config.network.initial_scale,
        mean=config.network.initial_mean,
        recurrent_scale=config.network.initial_recurrent_scale,
        readout_mean=config.network.initial_readout_mean,
    )
    for weight in network.recurrent_weights:
        weight.requires_grad_(config.training.train_recurrent)
    return InTheLoop(
        network,
        chip,
        config.fidelity,
        duration_s=config.duration_s,
        steps_per_sample=config.steps_per_sample,
        place_crossings=config.place_crossings,
        slope=config.training.slope,
        gradient=config.training.gradient,
        surrogate=config.training.surrogate,
        dropout=config.training.dropout,
        seed=config.seed,
        device=config.device,
        loss=config.training.loss,
        decision_s=config.training.decision_s,
    )


def build_chip(config: ExperimentConfig) -> Chip:
    """Return the chip of a configuration. Raises `ConfigError`."""
    chip, spec = config.chip, design_of(config.chip)
    conditions = Conditions(
        chip.calibration, chip.spread_factor, chip.noise, chip.noise_factor, chip.quantized, chip.imposed.model_dump()
    )
    return chip_class(spec).under(spec, config.die, config.seed, conditions)


def loss_of(config: TrainingConfig, observed: Observed, labels: Tensor) -> Tensor:
    """Return loss plus regularisers of a batch."""
    total = LOSSES.get(config.loss)(decisive(observed, config), labels, config.logit_scale)
    if config.readout_amplitude:
        total = total + config.readout_amplitude * losses.readout_amplitude(observed.readout)
    if config.burst:
        total = total + config.burst * losses.burst(observed.spike_counts)
    if config.homeostatic:
        total = total + config.homeostatic * losses.homeostatic(observed.spike_counts, config.homeostatic_target)
    return total


def learning_rate(config: TrainingConfig, progress: float) -> float:
    """Return the rate at a point of training, 0 ≤ progress < 1."""
    return config.learning_rate * SCHEDULES.get(config.schedule)(progress)


class Step(NamedTuple):
    """Mean loss of a batch, its number of samples classified right, and its hidden spikes."""

    loss: float
    right: int
    hidden_spikes: float


class Trainer:
    """One training run. Its state lives in the model, the optimiser and the list of metrics."""

    def __init__(self, config: ExperimentConfig, problem: Problem, model: InTheLoop, run: RunFolder) -> None:
        self.config, self.problem, self.model, self.run = config, problem, model, run
        self.optimizer = torch.optim.Adam(model.network.parameters(), lr=config.training.learning_rate, fused=True)
        self.keep = KEEPS.get(config.training.keep)
        self.epochs_done, self.epochs_saved, self.best = 0, 0, -1.0
        self.metrics: list[dict[str, float]] = []

    def resume(self) -> list[str]:
        """Take up the state of the run folder. Return what its configuration has had changed since, in words.

        Raises `CheckpointError`, also if more has changed than may.
        """
        checkpoint = restore(self.run.checkpoint, self.model, self.optimizer)
        said = check_continued(checkpoint, self.config, self.run.path)
        columns = {*METRICS, VALIDATION} if self.keep.chooses else {*METRICS}
        if any(row.keys() != columns for row in checkpoint.metrics):
            raise CheckpointError(f"checkpoint {self.run.checkpoint} has metrics of another kind; it is damaged")
        self.epochs_done = self.epochs_saved = checkpoint.epochs_done
        self.best, self.metrics = checkpoint.best, checkpoint.metrics
        self.run.write_metrics(self.metrics)  # the last row is missing if the run ended right after its checkpoint
        return said

    def fit(self, report: Report | None = None) -> Evaluation:
        """Train the remaining epochs, checkpointing after each, and return the result on the test split.

        `report` gets each epoch's metrics. Interrupted, the folder holds the state after the last whole epoch; so it
        does where numbers are no longer finite, which raises `TrainingError`.
        """
        training = self.config.training
        validation = self.problem.split("validation") if self.keep.chooses else None
        while self.epochs_done < training.epochs:
            row = self._epoch()
            if validation is not None:
                row[VALIDATION] = evaluate(self.model, validation, training, meter=False).accuracy
            self.epochs_done += 1
            self.metrics.append(row)
            score = None if self.keep.score is None else self.keep.score(row)
            if score is not None and (self.epochs_done == 1 or score > self.best):
                self.best = score
                self.run.save(self.run.best, self._state())
            self.run.save(self.run.checkpoint, self._state())
            self.epochs_saved = self.epochs_done
            self.run.write_metrics(self.metrics)
            if report is not None:
                report(row)
        if validation is not None:
            restore(self.run.best, self.model)
        return evaluate(self.model, self.problem.split("test"), training)

    def _state(self) -> Checkpoint:
        return Checkpoint(
            str(self.model.network.topology),
            self.epochs_done,
            self.model.state_dict(),
            self.optimizer.state_dict(),
            self.metrics,
            self.best,
            self.config.model_dump(mode="json"),
        )

    def step(self, spikes: SpikeBatch, labels: Tensor, rate: float) -> Step:
        """Take one step of the optimiser, in the mode in which the model is. Raises `TrainingError`."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        observed = self.model(spikes)
        loss = loss_of(self.config.training, observed, labels.to(observed.readout.device))
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(wrong_loss(value, observed.readout, self.model.network, rate))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        if (reason := wrong_weights(self.model.network, rate)) is not None:
            raise TrainingError(reason)
        self.model.network.clip_hidden(self.model.level.weight_limit, outputs=self.model.chip.spec.spiking_outputs)
        decided = decide(decisive(observed, self.config.training).detach(), self.config.training.loss).cpu()
        hidden = sum(float(counts.detach().sum()) for counts in observed.spike_counts)
        return Step(value, int((decided == labels).sum()), hidden)

    def _kept(self) -> str:
        return f"; {self.run.checkpoint} keeps epoch {self.epochs_saved}" if self.epochs_saved else ""

    def _epoch(self) -> dict[str, float]:
        training, epoch = self.config.training, self.epochs_done
        spikes, order = self.problem.train_spikes(epoch), self.problem.order(epoch)
        batches = math.ceil(len(order) / training.batch)
        loss_sum, right, hidden = 0.0, 0, 0.0
        self.model.train()
        begin = time.perf_counter()
        with meter(self.model.fidelity, len(order)) as bar:
            for k, index in enumerate(np.array_split(order, batches)):
                rate = learning_rate(training, (epoch + k / batches) / training.epochs)
                try:
                    batch = self.step(spikes.select(index), self.problem.train_labels[index], rate)
                except TrainingError as error:
                    raise TrainingError(f"epoch {epoch + 1}, batch {k + 1}: {error}{self._kept()}") from None
                loss_sum += batch.loss * len(index)
                right += batch.right
                hidden += batch.hidden_spikes
                bar.advance(len(index))
                bar.describe(f"epoch {epoch + 1}/{training.epochs}  loss {loss_sum / (k + 1) / training.batch:.3f}")
        self.samples_per_s = len(order) / (time.perf_counter() - begin)
        self.model.watch.judge(self.model)
        means = (loss_sum / len(order), 100 * right / len(order), hidden / len(order))
        return dict(zip(METRICS, (epoch + 1, rate, *means), strict=True))


def network_weights(model: InTheLoop) -> NetworkWeights:
    """Return the weights as arrays, without dropout gain."""
    network = model.network
    return NetworkWeights(
        tuple(w.detach().cpu().numpy() for w in network.forward_weights),
        tuple(None if w is None else w.detach().cpu().numpy() for w in network.recurrent_of()),
    )


def closing_result(config: ExperimentConfig, result: Evaluation, run: Path) -> dict[str, Any]:
    """Return the documented closing result of a command."""
    return {
        "test_accuracy": round(result.accuracy, 4),
        "samples_per_s": round(result.samples_per_s, 1),
        "hidden_spikes": round(result.hidden_spikes, 3),
        "samples": result.samples,
        "chip_time_s": result.chip_time_s,
        "fidelity": config.fidelity,
        "die": config.die,
        "seed": config.seed,
        "run": str(run),
    }
