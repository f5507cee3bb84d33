"""The shape of a network: layer sizes, which layers feed which, and which hidden layers are recurrent.

A layer is what is run at a time: all steps of it, before those that it feeds. A graph of populations becomes layers
by its strongly connected parts (`graph.py`); a chain is the special case in which each layer feeds the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from ...checks import ALL, as_type, checked
from ...errors import ConfigError, shown
from ...scalars import truth, whole
from .neurons import USUAL_NEURONS, Neurons
from .wiring import USUAL, Wiring


@partial(checked, own=ALL)
@dataclass(frozen=True)
class Topology:
    """Inputs, hidden spiking layers, and a readout of non-spiking leaky integrators, which may have no outputs.

    recurrent[l] says whether hidden layer l has all-to-all connections onto itself. feeds[l]: what feeds layer l, the
    readout last, in ascending order, each time it does: 0 the inputs, k hidden layer k, which must be one before it; by
    default the layer below. The rows of a layer's weights are those of its feeds in that order, behind them those of
    its own neurons. wiring[l]: of layer l, the readout last; by default as usual. neurons_of[l]: the
    parameters of its neurons; by default those of the chip.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    recurrent: tuple[bool, ...]
    feeds: tuple[tuple[int, ...], ...] = ()
    wiring: tuple[Wiring, ...] = ()
    neurons_of: tuple[Neurons, ...] = ()

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be."""
        hidden, recurrent = (as_type(getattr(self, name), tuple[Any, ...], name) for name in ("hidden", "recurrent"))
        sizes = {
            "inputs": whole(self.inputs, "inputs"),
            "outputs": whole(self.outputs, "outputs", 0 if self.feeds else 1),
            "hidden": tuple(whole(size, "hidden") for size in hidden),
            "recurrent": tuple(truth(flag, "recurrent") for flag in recurrent),
        }
        for name, value in sizes.items():
            object.__setattr__(self, name, value)
        if not self.hidden:
            raise ConfigError("a network needs at least one hidden layer")
        if len(self.recurrent) != len(self.hidden):
            raise ConfigError(f"{len(self.recurrent)} recurrent flags for {len(self.hidden)} hidden layers")
        object.__setattr__(self, "feeds", self._feeds())
        object.__setattr__(self, "wiring", self._wiring())
        object.__setattr__(self, "neurons_of", self._neurons_of())

    def _neurons_of(self) -> tuple[Neurons, ...]:
        given = as_type(self.neurons_of, tuple[Neurons, ...], "neurons_of")
        given = given or (USUAL_NEURONS,) * (len(self.hidden) + 1)
        sizes = {len(values) == size for each, size in zip(given, self.sizes[1:], strict=True) for values in each.given}
        if sizes - {True}:
            raise ConfigError(f"parameters of neurons of network {self} must be one for each neuron of a layer")
        return given

    @property
    def usual_neurons(self) -> bool:
        """Whether all neurons have the parameters of the chip."""
        return all(each.usual for each in self.neurons_of)

    def _wiring(self) -> tuple[Wiring, ...]:
        layers = len(self.hidden) + 1
        given = as_type(self.wiring, tuple[Wiring, ...], "wiring") or (USUAL,) * layers
        if len(given) != layers:
            raise ConfigError(f"{len(given)} wirings for {layers} layers, the readout last")
        for layer, wiring in enumerate(given):
            wiring.check(self.fan_in(layer), self.sizes[layer + 1], f"layer {layer + 1}")
        return given

    def _feeds(self) -> tuple[tuple[int, ...], ...]:
        layers = len(self.hidden) + 1
        given = as_type(self.feeds, tuple[Any, ...], "feeds") or tuple((k,) for k in range(layers))
        if len(given) != layers:
            raise ConfigError(f"feeds = {shown(given)} must say what feeds each of {layers} layers, the readout last")
        return tuple(
            tuple(
                sorted(whole(source, f"feeds[{k}]", 0, k) for source in as_type(each, tuple[Any, ...], f"feeds[{k}]"))
            )
            for k, each in enumerate(given)
        )

    @property
    def chain(self) -> bool:
        """Whether each layer feeds the next, and no other."""
        return self.feeds == tuple((k,) for k in range(len(self.hidden) + 1))

    @classmethod
    @checked
    def parse(cls, text: str) -> Topology:
        """Return the topology that prints as `text`, for instance 70-186r-20. Raises `ConfigError`."""
        if not re.fullmatch(r"[0-9]{1,9}(-[0-9]{1,9}r?)+-[0-9]{1,9}", text):
            raise ConfigError(
                f"network {text!r} must read INPUTS-HIDDEN-…-OUTPUTS, for instance 256-246-10 or 70-186r-20"
            )
        first, *hidden, last = text.split("-")
        sizes = tuple(int(part.removesuffix("r")) for part in hidden)
        return cls(int(first), sizes, int(last), tuple(part.endswith("r") for part in hidden))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes of all populations, inputs first, readout last."""
        return (self.inputs, *self.hidden, self.outputs)

    @property
    def neurons(self) -> int:
        """Neurons on the chip: hidden and readout."""
        return sum(self.sizes[1:])

    def fan_in(self, layer: int) -> int:
        """Sources of a neuron in `layer` (0 = first hidden layer, len(hidden) = readout)."""
        own = self.hidden[layer] if layer < len(self.hidden) and self.recurrent[layer] else 0
        return self.below(layer) + own

    def below(self, layer: int) -> int:
        """Sources of a neuron in `layer` that are not in it."""
        return sum(self.sizes[source] for source in self.feeds[layer])

    @cached_property
    def weight_shapes(self) -> tuple[tuple[int, int], ...]:
        """Shapes of the weights of all layers, the readout last, without those within a layer."""
        return tuple((self.below(k), size) for k, size in enumerate(self.sizes[1:]))

    def __str__(self) -> str:
        """Return for instance 70-186r-20; r marks a recurrent layer, a list in brackets what else than the one below
        feeds a layer: 70-186-20[0,1].
        """
        layers = [f"{h}{'r' if r else ''}" for h, r in zip(self.sizes[1:], (*self.recurrent, False), strict=True)]
        fed = ["" if each == (k,) else f"[{','.join(map(str, each))}]" for k, each in enumerate(self.feeds)]
        return "-".join([str(self.inputs), *(a + b for a, b in zip(layers, fed, strict=True))])
