"""`InTheLoop`: a network on a chip as a torch module. Measured values forwards, ideal model backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.grid import make_grid
from ..behavioral.streams import check_seed, generator
from ..behavioral.weights import NetworkWeights, readout_lsb_per_unit
from ..cosim.chip import Chip
from ..cosim.gradient import weight_gradients
from ..cosim.known import KnownDie
from ..cosim.levels import DIGITAL, open_level
from ..cosim.observation import Observation
from ..cosim.torch_level import run_dense
from ..errors import ConfigError
from .defaults import DURATION_S, SLOPE, STEPS_PER_SAMPLE
from .estimators import check_estimator, reads_membranes, told
from .network import Network
from .silence import silent_course


@dataclass(frozen=True, eq=False)
class Observed:
    """What training sees of a batch; gradients flow to the weights through `readout` and `spike_counts`.

    readout: (samples, records, outputs), software units. observation: what the level measured, hidden membranes only
    where the gradient takes them from there or `record_membranes` asks for them; None on a GPU, where it stays dense.
    counts: the spike counts, where they are part of the graph. silence: returns the readout without input, see
    `silence.py`, (records, outputs).
    """

    readout: Tensor
    observation: Observation | None
    counts: tuple[Tensor, ...] | None = None
    silence: Callable[[], Tensor] | None = None

    @property
    def from_rest(self) -> Tensor:
        """The readout counted from what it records without input: resets, rests and offsets do not count."""
        return self.readout if self.silence is None else self.readout - self.silence()

    @property
    def spike_counts(self) -> tuple[Tensor, ...]:
        """Spikes of each hidden neuron, per hidden layer (samples, neurons)."""
        if self.counts is not None:
            return self.counts
        assert self.observation is not None
        return tuple(torch.from_numpy(layer.counts()).to(self.readout.dtype) for layer in self.observation.spikes)


class InTheLoop(nn.Module):
    """Runs a network on a chip at a level of fidelity.

    duration_s: window of one sample. steps_per_sample: grid steps per CADC period. place_crossings: whether spikes are
    placed within their step (see `TimeGrid`). slope: β of the surrogate. dropout: probability that a hidden neuron is
    silenced for a sample, while training. seed: of the dropout.
    gradient: what the backward pass is told of the measurement, see `estimators.py`.
    device: `cpu` runs the compiled levels, `cuda` their torch versions.
    Raises `ConfigError` or `DoesNotFitError` for what cannot be.
    """

    def __init__(
        self,
        network: Network,
        chip: Chip,
        fidelity: str = "behavioral",
        *,
        duration_s: float = DURATION_S,
        steps_per_sample: int = STEPS_PER_SAMPLE,
        place_crossings: bool = True,
        slope: float = SLOPE,
        dropout: float = 0.0,
        seed: int = 0,
        device: str = "cpu",
        gradient: str = "measured",
    ) -> None:
        super().__init__()
        if not 0 <= dropout < 1:
            raise ConfigError(f"dropout = {dropout!r} must be in [0, 1)")
        if not 0 < slope < float("inf"):
            raise ConfigError(f"slope = {slope!r} must be positive and finite")
        self.network, self.chip, self.slope, self.dropout = network, chip, slope, dropout
        self.seed = check_seed(seed)
        self.grid = make_grid(chip.spec, duration_s, steps_per_sample, place_crossings)
        self.gradient = check_estimator(gradient, fidelity, device)
        self.level = open_level(fidelity, network.topology, chip, self.grid)
        self.known = KnownDie(network.topology, chip, self.grid) if gradient == "known" else None
        self.register_buffer("trials_run", torch.zeros((), dtype=torch.int64))
        self.trials_run: Tensor
        self._silent_course: Tensor | None = None
        self.device = check_device(device, fidelity)
        self.to(self.device)

    def forward(
        self,
        spikes: SpikeBatch | GridEvents,
        trials: NDArray[np.uint64] | None = None,
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = False,
    ) -> Observed:
        """Run a batch.

        trials: noise counter of each sample, the first of which also picks the dropout; by default the samples are
        counted through, so that no two runs of this module meet the same noise. silenced: per hidden layer (samples,
        neurons), neurons that must not fire, besides those that dropout silences. record_membranes: have the hidden
        membranes in the observation also where the gradient does not take them from there, which saves time: without
        gradients, at `ideal`, and where the estimator knows the spikes only.
        Raises `SpikeError` for events that do not fit.
        """
        if trials is None:
            begin = int(self.trials_run)
            trials = np.arange(begin, begin + spikes.samples, dtype=np.uint64)
            self.trials_run += spikes.samples
        gain = 1.0
        if self.training and self.dropout:
            rng = generator(self.seed, "dropout", *trials[:1].tolist())
            dropped = tuple(rng.random((spikes.samples, size)) < self.dropout for size in self.network.topology.hidden)
            silenced = dropped if silenced is None else tuple(map(np.logical_or, dropped, silenced))
            gain = 1 / (1 - self.dropout)
        first, *rest = self.network.forward_weights
        forward = (first, *(weight * gain for weight in rest))
        recurrent = tuple(None if w is None else w * gain for w in self.network.recurrent_of())
        if self.device.type != "cpu":
            readout, counts = run_dense(self.level, spikes, forward, recurrent, trials, silenced, self.slope)
            return Observed(readout, None, counts, lambda: self.silent_readout(forward[-1]))
        if not torch.is_grad_enabled():
            own = tuple(None if w is None else w.numpy() for w in recurrent)
            weights = NetworkWeights(tuple(w.numpy() for w in forward), own)
            seen = self.level.run(spikes, weights, trials, silenced, record_membranes)
            return Observed(torch.from_numpy(seen.readout), seen, None, lambda: self.silent_readout(forward[-1]))
        if self.known is not None:
            arrays = tuple(None if w is None else w.detach().numpy() for w in (*forward, *recurrent))
            weights = NetworkWeights(arrays[: len(forward)], arrays[len(forward) :])  # type: ignore[arg-type]
            seen = self.level.run(spikes, weights, trials, silenced)
            readout, counts = self.known.run(seen, forward, recurrent, self.slope)
            return Observed(readout, seen, counts, lambda: self.silent_readout(forward[-1]))
        measured: list[Observation] = []
        readout, *compiled = _Measure.apply(  # type: ignore[no-untyped-call]
            self, measured, spikes, trials, silenced, record_membranes, *forward, *recurrent
        )
        return Observed(readout, measured[0], tuple(compiled), lambda: self.silent_readout(forward[-1]))

    def silent_readout(self, weight: Tensor | None = None) -> Tensor:
        """Return what a readout with these weights, by default its own, records without input, (records, outputs).

        Measured once, when it is asked for first.
        """
        if self._silent_course is None:
            course = silent_course(self.level, self.network.topology, self.chip.spec)
            self._silent_course = torch.from_numpy(course).to(self.device)
        given = self.network.forward_weights[-1] if weight is None else weight
        scale = readout_lsb_per_unit(given.detach().cpu().numpy(), self.chip.spec)
        return (self._silent_course / scale).to(given.dtype)


def check_device(device: str, fidelity: str) -> torch.device:
    """Return the device. Raises `ConfigError` unless it is `cpu`, or `cuda` where there is one that runs the level."""
    if device not in ("cpu", "cuda"):
        raise ConfigError(f"unknown device {device!r}; known: cpu, cuda")
    if device == "cuda" and fidelity in DIGITAL:
        raise ConfigError(f"fidelity {fidelity!r} runs on the CPU alone, device is 'cuda'; use --device cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' is not available on this machine; use --device cpu")
    return torch.device(device)


class _Measure(torch.autograd.Function):
    """Forward: the level. Backward: the adjoint of the ideal model around what the level measured."""

    @staticmethod
    def forward(
        ctx: Any, model: InTheLoop, measured: Any, spikes: Any, trials: Any, silenced: Any, record: bool, *weights: Any
    ) -> Any:
        layers = len(model.network.forward_weights)
        arrays: tuple[Any, ...] = tuple(None if w is None else w.detach().numpy() for w in weights)
        network = NetworkWeights(arrays[:layers], arrays[layers:])
        read = reads_membranes(model.gradient, model.level.fidelity)
        observation = model.level.run(spikes, network, trials, silenced, record_membranes=read or record)
        measured.append(observation)
        ctx.model, ctx.weights, ctx.observation = model, network, observation
        ctx.estimator = model.gradient if read else "spikes"
        counts = [torch.from_numpy(layer.counts(arrays[0].dtype)) for layer in observation.spikes]
        return (torch.from_numpy(observation.readout), *counts)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, readout_grad: Tensor, *count_grads: Tensor) -> Any:
        gradients = weight_gradients(
            told(ctx.estimator, ctx.observation),
            ctx.weights,
            ctx.model.chip.spec,
            ctx.model.slope,
            readout_grad.numpy(),
            tuple(grad.numpy() for grad in count_grads),
        )
        arrays = (*gradients.forward, *gradients.recurrent)
        no_gradient = (None,) * 6  # model, measured, spikes, trials, silenced, record
        return no_gradient + tuple(None if g is None else torch.from_numpy(g) for g in arrays)
