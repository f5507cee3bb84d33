"""What the gradient is told of a batch: an `Estimator`, those of the package, and what they have in common.

measured       CADC samples, and spikes as further nodes between them (`behavioral/network/reconstruct.py`)
spikes         spikes alone: membranes are those of the ideal model with these spikes put in
interpolated   CADC samples alone, connected by straight lines
eventprop      spikes alone, which carry the gradient: exact for the spikes that there are (`eventprop.py` there)
known          as measured, in a graph that has the die's own parameters (`cosim/bss2/known.py`): the upper bound
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..behavioral.design import Design
from ..behavioral.grid import TimeGrid
from ..behavioral.network.eventprop import GRAZE
from ..behavioral.network.reconstruct import TraceScale
from ..behavioral.network.surrogate import Function, Surrogate
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..behavioral.numerics.types import Real, Reals
from ..chips import parts_of
from ..cosim.chip import Chip
from ..cosim.exact_gradient import exact_weight_gradients
from ..cosim.fidelity import Fidelity
from ..cosim.further import Further
from ..cosim.gradient import weight_gradients
from ..cosim.observation import Observation
from ..errors import ConfigError
from ..scalars import finite
from .registries import ESTIMATORS, SURROGATES


class Graph(Protocol):
    """A graph of torch for a network on a chip."""

    def run(
        self,
        seen: Observation,
        forward: tuple[Tensor, ...],
        recurrent: tuple[Tensor | None, ...],
        slope: float,
        surrogate: Surrogate,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return readout and spike counts per hidden layer as measured, with the gradient on the weights."""
        ...


class Estimator:
    """The gradient of the ideal model around what it is told of a measurement; this one is told all of it.

    membranes: whether it is told membranes, which the level then records. dense: whether the torch version of a level,
    which runs on a GPU, has its gradient. has_surrogate: whether it takes a surrogate. Derive from it and pass
    `gradient=YourEstimator()`, or register it.
    """

    membranes: bool = True
    dense: bool = False
    has_surrogate: bool = True

    def check(self, fidelity: Fidelity) -> None:
        """Raise `ConfigError` where it makes no sense."""

    def told(self, seen: Observation) -> Observation:
        """Return what the ideal model is shown of an observation, which has no membranes at the level `ideal`."""
        return seen

    def weight_gradients(
        self,
        seen: Observation,
        topology: Topology,
        weights: NetworkWeights,
        spec: Design,
        slope: float,
        surrogate: Surrogate,
        readout_grad: NDArray[Any],
        count_grads: tuple[NDArray[Any], ...],
        further: Further,
    ) -> NetworkWeights:
        """Return the gradients of all weights, summed over the batch; see `cosim/gradient.py`."""
        return weight_gradients(
            self.told(seen), topology, weights, spec, slope, readout_grad, count_grads, surrogate, further
        )

    def graph(self, topology: Topology, chip: Chip, grid: TimeGrid) -> Graph | None:  # noqa: ARG002
        """Return a graph to differentiate in the place of the ideal model; None: the ideal model."""
        return None


class Measured(Estimator):
    """CADC samples and spikes."""

    dense = True


class Spikes(Estimator):
    """Spikes alone."""

    membranes = False

    def told(self, seen: Observation) -> Observation:
        """Return the observation without membranes."""
        return seen.without_membranes


class Interpolated(Estimator):
    """CADC samples alone."""

    def told(self, seen: Observation) -> Observation:
        """Return the observation with a membrane in every step, on the line between two samples."""
        if seen.period == 1:
            return seen
        dtype, scale = seen.readout.dtype, seen.recorded.scale
        traces = tuple(_lines(trace, scale, dtype) for trace in seen.recorded.membranes)
        every = TraceScale(dtype.type(0), dtype.type(1), 1, scale.start)
        return replace(seen, recorded=replace(seen.recorded, membranes=traces, scale=every))


class EventProp(Spikes):
    """The times of the spikes alone, by exact event-based gradients.

    graze: the least i − 1 that a spike counts with, in units of the threshold (`behavioral/network/eventprop.py`). It
    has no surrogate.
    """

    has_surrogate = False

    def __init__(self, graze: float = GRAZE) -> None:
        self.graze = finite(graze, "graze")
        if self.graze <= 0:
            raise ConfigError(f"graze = {graze!r} must be positive")

    def weight_gradients(
        self,
        seen: Observation,
        topology: Topology,
        weights: NetworkWeights,
        spec: Design,
        slope: float,  # noqa: ARG002
        surrogate: Surrogate,  # noqa: ARG002
        readout_grad: NDArray[Any],
        count_grads: tuple[NDArray[Any], ...],
        further: Further,
    ) -> NetworkWeights:
        """Return the gradients of all weights, summed over the batch; see `cosim/exact_gradient.py`."""
        return exact_weight_gradients(seen, topology, weights, spec, self.graze, readout_grad, count_grads, further)


class Known(Estimator):
    """As measured, by a graph that has the parameters of the die."""

    def check(self, fidelity: Fidelity) -> None:
        """Raise `ConfigError` where there is no die."""
        if not fidelity.has_die:
            raise ConfigError(f"gradient 'known' needs a die, fidelity {fidelity.name!r} has none; use another level")

    def graph(self, topology: Topology, chip: Chip, grid: TimeGrid) -> Graph:
        """Return the graph that knows the die."""
        try:
            graph: Graph = parts_of(chip.spec).part("cosim", "known:KnownDie")(topology, chip, grid)
        except ImportError:
            raise ConfigError(f"chip {chip.spec.name!r} has no gradient 'known'; use another one") from None
        return graph


MEASURED: Final = Measured()
SPIKES: Final = Spikes()
INTERPOLATED: Final = Interpolated()
EVENTPROP: Final = EventProp()
KNOWN: Final = Known()


def find_estimator(gradient: str | Estimator, fidelity: Fidelity, device: str) -> Estimator:
    """Return an estimator, given itself or by name. Raises `ConfigError` if it is unknown or makes no sense there."""
    estimator = ESTIMATORS.find(gradient)
    estimator.check(fidelity)
    if device != "cpu" and not estimator.dense:
        raise ConfigError(f"gradient {gradient!r} runs on the CPU alone; use --device cpu")
    return estimator


def find_surrogate(surrogate: str | Surrogate | Function) -> Surrogate:
    """Return a surrogate, given itself, by name, or as a function. Raises `ConfigError` for one that cannot be."""
    if not isinstance(surrogate, (str, Surrogate)):
        surrogate = Surrogate(surrogate)
    return SURROGATES.find(surrogate)


def _lines(trace: NDArray[Any], scale: TraceScale, dtype: np.dtype[Real]) -> Reals:
    """Connect start and records (samples, records, neurons) by lines: (samples, steps, neurons), software units."""
    nodes = np.zeros((trace.shape[0], trace.shape[1] + 1, trace.shape[2]), dtype)
    nodes[:, 0] = scale.start
    nodes[:, 1:] = (trace - scale.leak) * scale.gain
    phase = (np.arange(1, scale.period + 1) / scale.period).astype(dtype)[:, None]
    between = nodes[:, :-1, None] * (1 - phase) + nodes[:, 1:, None] * phase
    return np.ascontiguousarray(between.reshape(trace.shape[0], -1, trace.shape[2]))
