"""The shape of a network: layer sizes and which hidden layers are recurrent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...checks import ALL, as_type, checked
from ...errors import ConfigError
from ...scalars import truth, whole


@partial(checked, own=ALL)
@dataclass(frozen=True)
class Topology:
    """Inputs, hidden spiking layers, and a readout of non-spiking leaky integrators.

    recurrent[l] says whether hidden layer l has all-to-all connections onto itself.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    recurrent: tuple[bool, ...]

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be."""
        hidden, recurrent = (as_type(getattr(self, name), tuple[Any, ...], name) for name in ("hidden", "recurrent"))
        sizes = {
            "inputs": whole(self.inputs, "inputs"),
            "outputs": whole(self.outputs, "outputs"),
            "hidden": tuple(whole(size, "hidden") for size in hidden),
            "recurrent": tuple(truth(flag, "recurrent") for flag in recurrent),
        }
        for name, value in sizes.items():
            object.__setattr__(self, name, value)
        if not self.hidden:
            raise ConfigError("a network needs at least one hidden layer")
        if len(self.recurrent) != len(self.hidden):
            raise ConfigError(f"{len(self.recurrent)} recurrent flags for {len(self.hidden)} hidden layers")

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
        return self.sizes[layer] + own

    def __str__(self) -> str:
        """Return for instance 70-186r-20; r marks a recurrent layer."""
        hidden = [f"{h}{'r' if r else ''}" for h, r in zip(self.hidden, self.recurrent, strict=True)]
        return "-".join([str(self.inputs), *hidden, str(self.outputs)])
