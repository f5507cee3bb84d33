"""`Observed`: what training sees of a batch, of the whole network or of one population."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..behavioral.network.lowering import Place
from ..checks import checked
from ..cosim.observation import Observation
from ..errors import ConfigError, shown
from .further import Seen, SpikeTimes
from .processes import not_compiled


@dataclass(frozen=True, eq=False)
class Observed:
    """What training sees of a batch; gradients flow to the weights through `readout` and `spike_counts`.

    They also do through `spike_train`, `spike_times`, `first_spikes_s` and `membrane` of a hidden layer, which are made
    when they are asked for.

    readout: (samples, records, outputs), software units. observation: what the level measured, hidden membranes only
    where the gradient takes them from there or `record_membranes` asks for them; None on a GPU, where it stays dense.
    counts: the spike counts, where they are part of the graph. silence: returns the readout without input, see
    `silence.py`, (records, outputs). places: of the populations of the network, by name; `observed[name]` is what was
    seen of one.
    """

    readout: Tensor
    observation: Observation | None
    counts: tuple[Tensor, ...] | None = None
    silence: Callable[[], Tensor] | None = None
    seen: Seen | None = None
    places: Mapping[str, Place] = field(default_factory=dict)

    def __getitem__(self, name: str) -> OfPopulation:
        """Return what was observed of a population. Raises `ConfigError` for an unknown name, and for a source."""
        if name not in self.places:
            raise ConfigError(f"there is no population {shown(name)}; there are {', '.join(self.places)}")
        place = self.places[name]
        if place.layer == 0:
            raise ConfigError(f"population {name!r} is a source, of which nothing is observed")
        return OfPopulation(name, self, place, place.layer > len(self.spike_counts))

    @property
    def from_rest(self) -> Tensor:
        """The readout counted from what it records without input: resets, rests and offsets do not count."""
        return self.readout if self.silence is None else self.readout - self.silence()

    @property
    @not_compiled
    def spike_counts(self) -> tuple[Tensor, ...]:
        """Spikes of each hidden neuron, per hidden layer (samples, neurons)."""
        if self.counts is not None:
            return self.counts
        assert self.observation is not None
        return tuple(torch.from_numpy(layer.counts()).to(self.readout.dtype) for layer in self.observation.spikes)

    @not_compiled
    @checked
    def spike_train(self, layer: int = 0, bin_steps: int = 1) -> Tensor:
        """Spikes of a hidden layer in bins of whole grid steps, (samples, bins, neurons)."""
        return self._seen().spike_train(layer, bin_steps)

    @not_compiled
    @checked
    def spike_times(self, layer: int = 0) -> SpikeTimes:
        """Sample, neuron and time of every spike of a hidden layer."""
        return self._seen().spike_times(layer)

    @not_compiled
    @checked
    def first_spikes_s(self, layer: int = 0) -> Tensor:
        """First spike of each neuron of a hidden layer, (samples, neurons); without one the window's end."""
        return self._seen().first_spikes_s(layer)

    @not_compiled
    @checked
    def membrane(self, layer: int = 0) -> Tensor:
        """Membranes of a hidden layer as recorded, (samples, records, neurons), software units.

        Raises `ConfigError` where they were not recorded.
        """
        return self._seen().membrane(layer)

    def _seen(self) -> Seen:
        if self.seen is None:
            raise ConfigError(
                "spikes and membranes carry no gradient in a graph of torch (on a GPU, with gradient='known', with a "
                "surrogate that numba cannot compile); use another"
            )
        return self.seen


@dataclass(frozen=True, eq=False)
class OfPopulation:
    """What was observed of one population: spikes and membranes of one that spikes, the readout of one that does not.

    Gradients flow through all of it. Raises `ConfigError` where it is asked for what the population does not have, and
    for membranes that were not recorded.
    """

    name: str
    observed: Observed
    place: Place
    is_readout: bool

    @property
    def readout(self) -> Tensor:
        """Membranes of leaky integrators, (samples, records, neurons), software units."""
        return self.observed.readout[..., self._units(readout=True)]

    @property
    def from_rest(self) -> Tensor:
        """The readout counted from what it records without input."""
        return self.observed.from_rest[..., self._units(readout=True)]

    @property
    def counts(self) -> Tensor:
        """Spikes of each neuron, (samples, neurons)."""
        units = self._units(readout=False)
        return self.observed.spike_counts[self.place.layer - 1][:, units]

    def train(self, bin_steps: int = 1) -> Tensor:
        """Spikes in bins of whole grid steps, (samples, bins, neurons)."""
        units = self._units(readout=False)
        return self.observed.spike_train(self.place.layer - 1, bin_steps)[..., units]

    def first_spikes_s(self) -> Tensor:
        """First spike of each neuron, (samples, neurons); without one the window's end."""
        units = self._units(readout=False)
        return self.observed.first_spikes_s(self.place.layer - 1)[:, units]

    def membrane(self) -> Tensor:
        """Membranes of neurons that spike, as recorded, (samples, records, neurons), software units."""
        units = self._units(readout=False)
        return self.observed.membrane(self.place.layer - 1)[..., units]

    def _units(self, *, readout: bool) -> slice:
        if readout != self.is_readout:
            kind, has = ("leaky integrators", "a readout") if self.is_readout else ("neurons that spike", "spikes")
            raise ConfigError(f"population {self.name!r} is of {kind}; it has {has}, and no {_other(has)}")
        return slice(self.place.begin, self.place.end)


def _other(has: str) -> str:
    return "spikes" if has == "a readout" else "readout"
