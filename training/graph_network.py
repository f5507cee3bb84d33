"""`GraphNetwork`: the weights of a graph of populations as a torch module."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ..behavioral.network.graph import SIGNS, Graph, Projection
from ..behavioral.network.lowering import Patch, Place, lower
from ..behavioral.numerics.streams import generator
from ..checks import checked
from .defaults import INITIAL_MEAN, INITIAL_SCALE
from .network import Network, check_initial, check_room


class GraphNetwork(Network):
    """The weights of a graph, in software units, in place of a chain of layers.

    weights[name]: (sources, neurons) of each projection, parameters or, where it is fixed, buffers; connections outside
    a mask stay 0, weights of one sign count with that sign alone. Initial weights are normal with mean `mean / fan-in`
    and standard deviation `scale / √fan-in`, fan-in being the connections of a neuron in its projection; those onto
    readouts have the mean `readout_mean / fan-in`; of one sign they are the absolute values.
    """

    @partial(checked, own=("seed",))
    def __init__(
        self,
        graph: Graph,
        *,
        seed: int = 0,
        scale: float = INITIAL_SCALE,
        mean: float = INITIAL_MEAN,
        readout_mean: float = 0.0,
    ) -> None:
        nn.Module.__init__(self)
        scale, mean, readout_mean = check_initial(scale, mean, readout_mean)
        self.graph, self.lowered = graph, lower(graph)
        self.topology = self.lowered.topology
        check_room(self.topology)
        rng = generator(seed, "initial-weights")
        for each in graph.projections:
            to_readout = graph.by_name[each.target].kind == "li"
            weight = self._draw(each, rng, scale, readout_mean if to_readout else mean)
            if each.trainable:
                self.register_parameter(_key(each.name), nn.Parameter(weight))
            else:
                self.register_buffer(_key(each.name), weight)
            if each.table is not None:
                self.register_buffer(_key(each.name, "mask"), torch.tensor(each.table.array), persistent=False)

    def _draw(self, projection: Projection, rng: np.random.Generator, scale: float, mean: float) -> Tensor:
        shape = self.graph.by_name[projection.source].size, self.graph.by_name[projection.target].size
        mask = np.ones(shape, bool) if projection.table is None else projection.table.array
        fan_in = np.maximum(mask.sum(axis=0), 1)
        weight = rng.normal(mean / fan_in, scale / fan_in**0.5, shape) * mask
        sign = SIGNS[projection.sign]
        return torch.tensor(sign * np.abs(weight) if sign else weight, dtype=torch.float32)

    @property
    def places(self) -> dict[str, Place]:
        """Where each population is, by name."""
        return self.lowered.places

    @property
    def weights(self) -> dict[str, Tensor]:
        """Weights of all projections by name, as they are kept."""
        return {each.name: getattr(self, _key(each.name)) for each in self.graph.projections}

    def effective(self, name: str) -> Tensor:
        """Return the weights of a projection as they count: 0 outside its mask, and of its sign."""
        projection = next(each for each in self.graph.projections if each.name == name)
        weight: Tensor = getattr(self, _key(name))
        if projection.sign != "both":
            weight = weight.clamp(min=0) if projection.sign == "excitatory" else weight.clamp(max=0)
        return weight if projection.table is None else weight * getattr(self, _key(name, "mask"))

    @property
    def forward_weights(self) -> tuple[Tensor, ...]:  # type: ignore[override]
        """Weights of all layers, the readout last; see `Topology`."""
        return tuple(self._layer(k, False, shape) for k, shape in enumerate(self.topology.weight_shapes))

    def recurrent_of(self) -> tuple[Tensor | None, ...]:
        """Return the weights within each hidden layer, None where there are none."""
        sizes = zip(self.topology.hidden, self.topology.recurrent, strict=True)
        return tuple(self._layer(k, True, (n, n)) if looped else None for k, (n, looped) in enumerate(sizes))

    def _layer(self, layer: int, own: bool, shape: tuple[int, int]) -> Tensor:
        """Put the projections that make up the weights of a layer into their places."""
        patches = self.lowered.patches.items()
        mine = [(name, patch) for name, patch in patches if patch.layer == layer and patch.own == own]
        like = next(iter(self.weights.values()))
        total: Any = None
        for name, patch in mine:
            part = _placed(self.effective(name), patch, shape)
            total = part if total is None else total + part
        return torch.zeros(shape, dtype=like.dtype, device=like.device) if total is None else total

    @checked
    @torch.no_grad()
    def clip_hidden(self, limit: float, outputs: bool = False) -> None:
        """Clip the weights onto spiking populations to ±limit, and those of one sign to that sign, in place.

        outputs: see `Network.clip_hidden`.
        """
        most = self.check_limit(limit)
        for each in self.graph.projections:
            spiking, sign = outputs or self.graph.by_name[each.target].kind == "lif", SIGNS[each.sign]
            low, high = (-most, most) if spiking else (-float("inf"), float("inf"))
            getattr(self, _key(each.name)).clamp_(0.0 if sign > 0 else low, 0.0 if sign < 0 else high)

    def extra_repr(self) -> str:
        """Return populations and projections."""
        return str(self.graph)


def _key(name: str, what: str = "weight") -> str:
    """Return the name of a parameter or buffer, which must not be one that a module has."""
    return f"{what}:{name}"


def _placed(weight: Tensor, patch: Patch, shape: tuple[int, int]) -> Tensor:
    (top, bottom), (left, right) = patch.rows, patch.columns
    if (top, bottom, left, right) == (0, shape[0], 0, shape[1]):
        return weight
    return pad(weight, (left, shape[1] - right, top, shape[0] - bottom))
