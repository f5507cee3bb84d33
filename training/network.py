"""`Network`: the weights of a spiking network as a torch module."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn

from ..behavioral.network.lowering import Place
from ..behavioral.network.topology import Topology
from ..behavioral.numerics.streams import generator
from ..checks import checked
from ..errors import ConfigError
from ..scalars import as_bool, as_int, finite
from .defaults import INITIAL_MEAN, INITIAL_SCALE, LARGEST

MOST_WEIGHTS: Final = 1 << 28
"""Weights of a matrix, far beyond what a chip holds."""


class Network(nn.Module):
    """Inputs, spiking hidden layers, and a readout of leaky integrators; weights in software units.

    hidden: one size or several. recurrent: one flag for all hidden layers, or one each. seed: of the initial
    weights, which are normal with mean `mean / fan-in` and standard deviation `scale / √fan-in` (Kaiming); the readout
    has the mean `readout_mean / fan-in`, recurrent weights have 0 and, if given, `recurrent_scale` in place of scale.
    A readout that stays below its rest gets no gradient from its largest value; a positive `readout_mean` lifts all.
    forward_weights[l]: (sources, neurons), the readout last. recurrent_weights: one per recurrent layer, in order.
    """

    @partial(checked, own=("inputs", "hidden", "outputs", "recurrent", "seed"))
    def __init__(
        self,
        inputs: int,
        hidden: int | Sequence[int],
        outputs: int,
        recurrent: bool | Sequence[bool] = False,
        *,
        seed: int = 0,
        scale: float = INITIAL_SCALE,
        mean: float = INITIAL_MEAN,
        recurrent_scale: float | None = None,
        readout_mean: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = _each(hidden)
        self.topology = Topology(inputs, sizes, outputs, _each(recurrent, len(sizes)))
        scale, mean, readout_mean = check_initial(scale, mean, readout_mean)
        own_scale = scale if recurrent_scale is None else finite(recurrent_scale, "recurrent_scale")
        if not 0 <= own_scale <= LARGEST:
            raise ConfigError(f"recurrent_scale = {recurrent_scale} must lie between 0 and {LARGEST:g}")
        check_room(self.topology)
        rng = generator(seed, "initial-weights")

        def draw(sources: int, neurons: int, centre: float, width: float) -> nn.Parameter:
            weight = rng.normal(centre / sources, width / sources**0.5, (sources, neurons))
            return nn.Parameter(torch.tensor(weight, dtype=torch.float32))

        shape = self.topology.sizes
        layers = range(len(shape) - 1)
        self.forward_weights = nn.ParameterList(
            [draw(shape[k], shape[k + 1], mean if k < len(sizes) else readout_mean, scale) for k in layers]
        )
        self.recurrent_weights = nn.ParameterList(
            [
                draw(n, n, 0.0, own_scale)
                for n, flag in zip(self.topology.hidden, self.topology.recurrent, strict=True)
                if flag
            ]
        )

    @property
    def places(self) -> dict[str, Place]:
        """Where each population is, by name: `inputs`, `hidden1` and so on, `readout`."""
        names = ["inputs", *(f"hidden{k + 1}" for k in range(len(self.topology.hidden))), "readout"]
        return {name: Place(k, 0, size) for k, (name, size) in enumerate(zip(names, self.topology.sizes, strict=True))}

    def recurrent_of(self) -> tuple[Tensor | None, ...]:
        """Return the recurrent weights per hidden layer, None where there are none."""
        own = iter(self.recurrent_weights)
        return tuple(next(own) if flag else None for flag in self.topology.recurrent)

    @checked
    @torch.no_grad()
    def clip_hidden(self, limit: float, outputs: bool = False) -> None:
        """Clip the weights of hidden layers to ±limit, in place; a readout is scaled to the chip's range instead.

        outputs: clip those of the outputs, too, where they spike. limit: infinite where a level clips nothing.
        Raises `ConfigError` for a negative one.
        """
        most, last = self.check_limit(limit), len(self.forward_weights) if outputs else -1
        for weight in (*list(self.forward_weights)[:last], *self.recurrent_weights):
            weight.clamp_(-most, most)

    @staticmethod
    def check_limit(limit: float) -> float:
        """Return a limit of weights. Raises `ConfigError` for a negative one."""
        if not limit >= 0:
            raise ConfigError(f"limit = {limit!r} of weights must not be negative")
        return limit if limit < LARGEST else math.inf  # what float32 cannot hold is no limit

    def extra_repr(self) -> str:
        """Return the topology."""
        return str(self.topology)


def _each(given: Any, layers: int = 1) -> tuple[Any, ...]:
    """Return one value per layer; one alone is that of all layers. `Topology` refuses what is none."""
    if as_int(given) is not None or as_bool(given) is not None:
        return (given,) * layers
    try:
        return tuple(given)
    except Exception:
        return (given,) * layers


def check_initial(scale: float, mean: float, readout_mean: float) -> tuple[float, float, float]:
    """Return the parameters of initial weights. Raises `ConfigError` for what cannot be."""
    scale, mean, readout_mean = finite(scale, "scale"), finite(mean, "mean"), finite(readout_mean, "readout_mean")
    if scale <= 0 or max(scale, abs(mean), abs(readout_mean)) > LARGEST:
        raise ConfigError(
            f"initial weights need a positive scale, and none above {LARGEST:g}, got scale = {scale}, mean = {mean}, "
            f"readout_mean = {readout_mean}"
        )
    return scale, mean, readout_mean


def check_room(topology: Topology) -> None:
    """Raise `ConfigError` for matrices of weights that would fill the memory."""
    for (sources, neurons), recurrent in zip(topology.weight_shapes, (*topology.recurrent, False), strict=True):
        rows = max(sources, neurons) if recurrent else sources
        if rows * neurons > MOST_WEIGHTS:
            raise ConfigError(f"{rows} × {neurons} weights of network {topology} are more than {MOST_WEIGHTS}")
