"""`InTheLoop`: a network on a chip as a torch module. Measured values forwards, ideal model backwards."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.grid import make_grid
from ..behavioral.network.surrogate import Surrogate
from ..behavioral.network.weights import NetworkWeights, readout_lsb_per_unit
from ..behavioral.numerics.streams import check_seed, generator
from ..checks import as_type, checked
from ..cosim.chip import Chip
from ..cosim.fidelity import Fidelity
from ..cosim.further import Further
from ..cosim.levels import open_level
from ..cosim.nominal import Nominal
from ..cosim.observation import Level, Observation
from ..cosim.torch_level import run_dense
from ..errors import ConfigError
from .activity import Watch
from .defaults import DURATION_S, LARGEST, LOSS, SLOPE, STEPS_PER_SAMPLE, SURROGATE
from .estimators import Estimator, find_estimator, find_surrogate
from .further import Seen
from .losses import Loss
from .measure import Batch, Measure
from .network import Network
from .observed import Observed as Observed  # where scripts have it from
from .processes import COUNTING, not_compiled
from .ranks import Share, share
from .registries import ESTIMATORS, LOSSES
from .silence import silent_course

EVALUATION_TRIALS: Final = 1 << 61  # noise counters in the mode `eval` begin here, far from those of training
FIXED: Final = (
    "fidelity",
    "grid",
    "graph",
    "gradient",
    "surrogate",
    "device",
    "duration_s",
    "steps_per_sample",
    "place_crossings",
)
"""What is decided when a model is made, beside its chip."""


_CHANGED: Final = {"dropout": float, "slope": float, "loss": str | Loss, "decision_s": float | None}
"""What can be set later, and its types."""


class InTheLoop(nn.Module):
    """Runs a network on a chip at a level of fidelity, given by its name, or open (`cosim/observation.py`, `Level`).

    duration_s: window of one sample. steps_per_sample: grid steps per CADC period. place_crossings: whether spikes are
    placed within their step (see `TimeGrid`). surrogate: what stands for the derivative of the threshold, a name or a
    function of your own of v − 1 and β (`behavioral/network/surrogate.py`). slope: its β. dropout: probability that a
    hidden neuron is silenced for a sample, while training. seed: of the dropout.
    gradient: what the backward pass is told of the measurement, a name or an `Estimator` of your own (`estimators.py`).
    device: `cpu` runs the compiled levels, `cuda` their torch versions; a model can be moved later.
    loss, decision_s: how the readout decides where the model is evaluated, as in a configuration, or by a `Loss` of
    your own.
    Slope, dropout, seed, loss, decision_s, and the network by one of its topology can be changed later; anything else
    takes another model. Raises `ConfigError` or `DoesNotFitError` for what cannot be.
    """

    @checked
    def __init__(
        self,
        network: Network,
        chip: Chip,
        fidelity: str | Fidelity | Level = "behavioral",
        *,
        duration_s: float = DURATION_S,
        steps_per_sample: int = STEPS_PER_SAMPLE,
        place_crossings: bool = True,
        slope: float = SLOPE,
        dropout: float = 0.0,
        seed: int = 0,
        device: str = "cpu",
        gradient: str | Estimator = "measured",
        surrogate: str | Surrogate | Callable[..., Any] = SURROGATE,
        loss: str | Loss = LOSS,
        decision_s: float | None = None,
    ) -> None:
        super().__init__()
        self.network, self.chip, self.slope, self.dropout = network, chip, slope, dropout
        self.seed, self.loss, self.decision_s = seed, loss, decision_s
        self.grid = make_grid(chip.spec, duration_s, steps_per_sample, place_crossings)
        self.gradient, self.level = gradient, open_level(fidelity, network.topology, chip, self.grid)
        estimator = find_estimator(gradient, self.level.fidelity, device)
        self.surrogate = find_surrogate(surrogate)
        self.graph = estimator.graph(network.topology, chip, self.grid)
        if self.graph is None and estimator.has_surrogate and not self.surrogate.compiles:
            self.graph = Nominal(network.topology, chip, self.grid)
        self.register_buffer("trials_run", torch.zeros((), dtype=torch.int64))
        self.trials_run: Tensor
        self._silent_course: Tensor | None = None
        self.watch = Watch()
        self._evaluated, self._opened_for = 0, chip.parts
        self.to(check_device(device, self.level.fidelity))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        device: torch.device = self.network.forward_weights[0].device
        return device

    @property
    def fidelity(self) -> str:
        """Name of the level."""
        return self.level.fidelity.name

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse what would not take effect, and what cannot be."""
        if name in _CHANGED:
            value = as_type(value, _CHANGED[name], name)
        if "_opened_for" in self.__dict__:
            self._check_change(name, value)
        if name == "dropout" and not 0 <= value < 1:
            raise ConfigError(f"dropout = {value!r} must be in [0, 1)")
        if name == "slope" and not 0 < value <= LARGEST:
            raise ConfigError(f"slope = {value!r} must be positive and finite, {LARGEST:g} at most")
        if name == "seed":
            value = check_seed(value)
        if name == "loss":
            LOSSES.find(value)  # refuses an unknown one
        if name == "decision_s" and value is not None and not 0 < value < float("inf"):
            raise ConfigError(f"decision_s = {value!r} must be positive and finite, or None for the whole window")
        super().__setattr__(name, value)

    def _check_change(self, name: str, value: Any) -> None:
        if name in FIXED or (name == "chip" and value is not self.chip):
            raise ConfigError(f"{name} of a model is fixed when it is made; make another, InTheLoop(model.network, …)")
        if name == "network" and getattr(value, "topology", None) != self.network.topology:
            raise ConfigError(f"the network of a model can only be replaced by another {self.network.topology}")
        if name == "level":
            if getattr(value, "grid", None) != self.grid:
                raise ConfigError("the level of a model can only be replaced by one on its grid")
            self._silent_course = None

    @not_compiled
    @checked
    def forward(
        self,
        spikes: SpikeBatch | GridEvents,
        trials: NDArray[np.uint64] | None = None,
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = False,
    ) -> Observed:
        """Run a batch.

        trials: noise counter of each sample, the first of which also picks the dropout; by default the samples are
        counted through, over all processes of a group (`ranks.py`), so that no two runs of this module meet the same
        noise; in the mode `eval` they have a count of their own, which changes nothing in training. silenced: per
        hidden layer (samples, neurons), neurons that must not fire, besides those that dropout silences.
        record_membranes: have the hidden membranes in the observation also where the gradient does not take them from
        there, which saves time: without gradients, at `ideal`, and where the estimator knows the spikes only.
        Raises `SpikeError` for events that do not fit, `ConfigError` for weights that the level cannot take.
        """
        first, *rest = self.network.forward_weights
        own = self.network.recurrent_of()
        self._check_weights(first, *rest, *own)
        self._check_batch(spikes.samples, trials, silenced)
        counted = trials is None
        if trials is None:
            trials = self._next_trials(spikes.samples)
        gain = 1.0
        if self.training and self.dropout:
            part = share() if counted else Share(0, 1)
            rng = generator(self.seed, "dropout", *(trials[:1] - np.uint64(part.rank)).tolist())
            whole = spikes.samples * part.ranks
            dropped = tuple(
                rng.random((whole, size))[part.own()] < self.dropout for size in self.network.topology.hidden
            )
            silenced = dropped if silenced is None else tuple(map(np.logical_or, dropped, silenced))
            gain = 1 / (1 - self.dropout)
        forward = (first, *(weight * gain for weight in rest))
        recurrent = tuple(None if w is None else w * gain for w in own)
        silence, places = partial(self.silent_readout, forward[-1].detach()), self.network.places
        if first.device.type != "cpu":
            readout, counts = run_dense(
                self.level, spikes, forward, recurrent, trials, silenced, self.slope, self.surrogate
            )
            return Observed(readout, None, counts, silence, places=places)
        if not torch.is_grad_enabled():
            seen = self.level.run(spikes, _arrays(forward, recurrent), trials, silenced, record_membranes)
            further = Seen(seen, first.dtype, None, Further())
            return Observed(torch.from_numpy(seen.readout), seen, None, silence, further, places)
        if self.graph is not None:
            seen = self.level.run(spikes, _arrays(forward, recurrent), trials, silenced)
            self.watch.see(self, seen)
            told = ESTIMATORS.find(self.gradient).told(seen)
            readout, counts = self.graph.run(told, forward, recurrent, self.slope, self.surrogate)
            return Observed(readout, seen, counts, silence, places=places)
        measured: list[Observation] = []
        batch = Batch(
            self.level, self.chip.spec, self.network.topology, spikes, trials, silenced, record_membranes, len(forward),
            self.slope, self.surrogate, ESTIMATORS.find(self.gradient),
        )  # fmt: skip
        into = Further()
        readout, *compiled, root = Measure.apply(batch, measured, into, *forward, *recurrent)  # type: ignore[no-untyped-call]
        self.watch.see(self, measured[0])
        further = Seen(measured[0], first.dtype, root, into)
        return Observed(readout, measured[0], tuple(compiled), silence, further, places)

    if TYPE_CHECKING:  # torch says that a module can be called with anything and gives anything

        def __call__(  # noqa: D102
            self,
            spikes: SpikeBatch | GridEvents,
            trials: NDArray[np.uint64] | None = None,
            silenced: tuple[NDArray[np.bool_], ...] | None = None,
            record_membranes: bool = False,
        ) -> Observed: ...

    @checked
    def clip_after(self, optimizer: torch.optim.Optimizer) -> RemovableHandle:
        """Have the weights of hidden layers clipped to the range of the chip after each step of an optimiser.

        Otherwise they may grow where the level, which clips what it is given, no longer follows. `remove()` of what is
        returned ends it.
        """

        def clip(*_: Any) -> None:
            self.network.clip_hidden(self.level.weight_limit)

        return optimizer.register_step_post_hook(clip)

    def _next_trials(self, samples: int) -> NDArray[np.uint64]:
        with COUNTING:
            if self.training:
                begin, part = int(self.trials_run), share()
                self.trials_run += samples * part.ranks
                return np.arange(begin, begin + samples * part.ranks, dtype=np.uint64)[part.own()]
            begin = EVALUATION_TRIALS + self._evaluated
            self._evaluated += samples
        return np.arange(begin, begin + samples, dtype=np.uint64)

    def _check_weights(self, first: Tensor, *others: Tensor | None) -> None:
        """Raise `ConfigError` for weights that were moved or cast to where this model cannot run, or another chip."""
        dtype, device = first.dtype, first.device
        if dtype not in (torch.float32, torch.float64):
            raise ConfigError(f"the weights are {dtype}, levels take float32 or float64; call model.float()")
        for weight in others:
            if weight is not None and (weight.dtype is not dtype or weight.device != device):
                raise ConfigError("the weights of the network differ in type or device; call model.to(…)")
        if device.type != "cpu":
            check_device(device.type, self.level.fidelity)
            find_estimator(self.gradient, self.level.fidelity, device.type)
        if not all(map(operator.is_, self.chip.parts, self._opened_for)):
            raise ConfigError(
                "the chip was changed after the model was made; make another, InTheLoop(model.network, …)"
            )

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> InTheLoop:
        """Move or cast the weights. Raises `ConfigError` where torch cannot, as to a device that is not there."""
        try:
            super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        except (AssertionError, NotImplementedError, RuntimeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ConfigError(f"the model cannot be moved or cast: {reason}") from None
        return self

    def _replicate_for_data_parallel(self) -> InTheLoop:
        raise ConfigError("nn.DataParallel cannot split a batch of spikes; use DistributedDataParallel")

    def _check_batch(
        self, samples: int, trials: NDArray[np.uint64] | None, silenced: tuple[NDArray[np.bool_], ...] | None
    ) -> None:
        """Raise `ConfigError` if noise counters or silenced neurons are not those of so many samples."""
        if trials is not None and trials.shape != (samples,):
            raise ConfigError(f"trials of shape {trials.shape} must be one noise counter per sample: ({samples},)")
        wanted = [(samples, size) for size in self.network.topology.hidden]
        if silenced is not None and (found := [layer.shape for layer in silenced]) != wanted:
            raise ConfigError(f"silenced of shapes {found} must be (samples, neurons) per hidden layer: {wanted}")

    @not_compiled
    @checked
    def silent_readout(self, weight: Tensor | None = None) -> Tensor:
        """Return what a readout with these weights, by default its own, records without input, (records, outputs).

        Measured once, when it is asked for first.
        """
        if self._silent_course is None:
            course = silent_course(self.level, self.network.topology, self.chip.spec)
            self._silent_course = torch.from_numpy(course)
        given = self.network.forward_weights[-1] if weight is None else weight
        scale = readout_lsb_per_unit(given.detach().cpu().numpy(), self.chip.spec)
        return (self._silent_course / scale).to(given)


def _arrays(forward: tuple[Tensor, ...], recurrent: tuple[Tensor | None, ...]) -> NetworkWeights:
    """Return weights as arrays, sharing memory."""
    loops = tuple(None if w is None else w.detach().numpy() for w in recurrent)
    return NetworkWeights(tuple(w.detach().numpy() for w in forward), loops)


def check_device(device: str, fidelity: Fidelity) -> torch.device:
    """Return the device. Raises `ConfigError` unless it is `cpu`, or `cuda` where there is one that runs the level."""
    if device not in ("cpu", "cuda"):
        raise ConfigError(f"unknown device {device!r}; known: cpu, cuda")
    if device == "cuda" and not fidelity.on_gpu:
        raise ConfigError(f"fidelity {fidelity.name!r} runs on the CPU alone, device is 'cuda'; use --device cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' is not available on this machine; use --device cpu")
    return torch.device(device)
