"""A network as a graph: populations, and projections between any two of them.

A `Source` brings events in, a `LIF` population spikes, an `LI` population of leaky integrators is read out. Populations
that reach each other form a strongly connected part of the graph; such a part is run as one layer, after those that
feed it (`topology.py`), and all leaky integrators are its last layer. `lower` does that, and says where each
population and projection lies in the layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from graphlib import TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import ALL, as_type, checked
from ...errors import ConfigError, shown
from ...scalars import as_float, whole
from .neurons import Neurons
from .wiring import Table

Values = float | Sequence[float] | None
"""One for all neurons of a population, one for each, or that of the chip."""

KINDS = ("source", "lif", "li")
SIGNS = {"both": 0, "excitatory": 1, "inhibitory": -1}


@partial(checked, own=ALL)
@dataclass(frozen=True)
class Population:
    """Neurons, or sources of events, of one kind.

    kind: `source` (events from outside), `lif` (spikes) or `li` (leaky integrators, which do not). circuits: of each
    neuron, 1 or all of one or more columns (2, 4, …); 0 leaves it to the router. columns: first column of each neuron
    on the chip; empty leaves them to the router.
    Times in seconds and voltages in units of the chip's threshold, counted from its leak (`neurons.py`): one value for
    all neurons or one for each, None for that of the chip. tau_syn_*: of excitatory and inhibitory inputs.
    Leaky integrators have time constants alone. Raises `ConfigError` for what cannot be.
    """

    name: str
    size: int
    kind: str = "lif"
    circuits: int = 0
    columns: tuple[int, ...] = ()
    tau_mem_s: Values = None
    tau_syn_exc_s: Values = None
    tau_syn_inh_s: Values = None
    leak: Values = None
    reset: Values = None
    threshold: Values = None
    refractory_s: Values = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        object.__setattr__(self, "name", _name(self.name, "population"))
        what = f"population {self.name!r}"
        object.__setattr__(self, "size", whole(self.size, f"size of {what}"))
        object.__setattr__(self, "kind", as_type(self.kind, str, f"kind of {what}"))
        if self.kind not in KINDS:
            raise ConfigError(f"kind = {shown(self.kind)} of {what} must be one of {', '.join(KINDS)}")
        object.__setattr__(self, "circuits", whole(self.circuits, f"circuits of {what}", 0))
        columns = tuple(whole(n, f"columns of {what}", 0) for n in as_type(self.columns, tuple[Any, ...], "columns"))
        object.__setattr__(self, "columns", columns)
        if columns and len(columns) != self.size:
            raise ConfigError(f"{len(columns)} columns for {self.size} neurons of {what}; give one for each, or none")
        self._check_parameters(what)
        if self.kind == "source" and (self.circuits or columns):
            raise ConfigError(f"{what} is a source, which has no circuits on the chip; leave circuits and columns out")

    def _check_parameters(self, what: str) -> None:
        """Bring the parameters into the form of one value per neuron."""
        for each in fields(Neurons):
            value = _values(getattr(self, each.name), self.size, each.name, what)
            object.__setattr__(self, each.name, value)
            if value is None:
                continue
            if self.kind == "source" or (self.kind == "li" and not each.name.startswith("tau_")):
                kind = "a source" if self.kind == "source" else "of leaky integrators"
                raise ConfigError(f"{what} is {kind}, which have no {each.name}; leave it out")
        reset, threshold = (getattr(self, name) for name in ("reset", "threshold"))
        if reset is not None and threshold is not None and any(a >= b for a, b in zip(reset, threshold, strict=True)):
            raise ConfigError(f"reset of {what} must lie below its threshold, for each neuron")

    @property
    def neurons(self) -> Neurons:
        """The parameters."""
        return Neurons(**{each.name: getattr(self, each.name) for each in fields(Neurons)})


def _values(given: Any, size: int, name: str, what: str) -> tuple[float, ...] | None:
    if given is None:
        return None
    number = as_float(given)
    values = (number,) * size if number is not None else as_type(given, tuple[float, ...], f"{name} of {what}")
    if len(values) != size or not np.isfinite(values).all():
        raise ConfigError(f"{name} of {what} must be a finite number, or one for each of its {size} neurons")
    if name.endswith("_s") and (min(values) < 0 or (min(values) == 0 and name != "refractory_s")):
        raise ConfigError(f"{name} = {min(values):g} of {what} must be positive")
    return values


@checked
def Source(name: str, size: int) -> Population:  # noqa: N802  (reads as what it makes)
    """Return a population of sources of events."""
    return Population(name, size, "source")


@checked
def LIF(name: str, size: int, **given: Any) -> Population:  # noqa: N802
    """Return a population of leaky integrate-and-fire neurons; given: see `Population`."""
    return Population(name, size, "lif", **given)


@checked
def LI(name: str, size: int, **given: Any) -> Population:  # noqa: N802
    """Return a population of leaky integrators; given: see `Population`."""
    return Population(name, size, "li", **given)


@partial(checked, own=ALL)
@dataclass(frozen=True, eq=False)
class Projection:
    """Connections from one population to another, or to itself.

    mask: bool (sources, neurons), the connections that exist; None: all. sign: of the weights, `both`, `excitatory`
    (0 or more) or `inhibitory` (0 or less). trainable: whether the weights are. name: `source-target` by default.
    """

    source: str
    target: str
    mask: ArrayLike | Table | None = None
    sign: str = "both"
    trainable: bool = True
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for end in ("source", "target"):
            object.__setattr__(self, end, _name(getattr(self, end), f"{end} of a projection"))
        given = as_type(self.name, str, "name of a projection") or f"{self.source}-{self.target}"
        object.__setattr__(self, "name", _name(given, "projection"))
        object.__setattr__(self, "sign", as_type(self.sign, str, f"sign of projection {self.name!r}"))
        if self.sign not in SIGNS:
            raise ConfigError(
                f"sign = {shown(self.sign)} of projection {self.name!r} must be one of {', '.join(SIGNS)}"
            )
        object.__setattr__(self, "trainable", as_type(self.trainable, bool, "trainable"))
        if self.mask is not None:
            object.__setattr__(self, "mask", self._table())

    def _table(self) -> Table:
        if isinstance(self.mask, Table):
            return self.mask
        array = as_type(self.mask, NDArray[Any], f"mask of projection {self.name!r}")
        if array.ndim != 2 or array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
            raise ConfigError(f"mask of projection {self.name!r} must be a matrix of 0 and 1, (sources, neurons)")
        return Table.of(array)

    @property
    def table(self) -> Table | None:
        """The mask."""
        return self.mask if isinstance(self.mask, Table) else None


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value or not value.isprintable() or "." in value or len(value) > 100:
        raise ConfigError(f"name of a {what} must be a short text without dots, got {shown(value)}")
    return value


@partial(checked, own=ALL)
@dataclass(frozen=True, eq=False)
class Graph:
    """Populations and projections. Raises `ConfigError` for what cannot be connected."""

    populations: Sequence[Population]
    projections: Sequence[Projection] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, kind in (("populations", tuple[Population, ...]), ("projections", tuple[Projection, ...])):
            object.__setattr__(self, name, as_type(getattr(self, name), kind, f"Graph: {name}"))
            names = [each.name for each in getattr(self, name)]
            if twice := [each for each in names if names.count(each) > 1]:
                raise ConfigError(f"two {name} are called {twice[0]!r}; give each a name of its own")
        kinds = {each.kind for each in self.populations}
        if "source" not in kinds or not kinds & {"lif", "li"}:
            raise ConfigError("a graph needs a source and a population of neurons")
        for each in self.projections:
            self._check(each)

    def _check(self, projection: Projection) -> None:
        what = f"projection {projection.name!r}"
        known = ", ".join(each.name for each in self.populations)
        for end in (projection.source, projection.target):
            if end not in self.by_name:
                raise ConfigError(f"{what}: there is no population {end!r}; there are {known}")
        source, target = self.by_name[projection.source], self.by_name[projection.target]
        if source.kind == "li":
            raise ConfigError(
                f"{what}: {source.name!r} is of leaky integrators, which do not spike and project nowhere"
            )
        if target.kind == "source":
            raise ConfigError(f"{what}: {target.name!r} is a source, nothing projects to it")
        if projection.table is not None and projection.table.shape != (source.size, target.size):
            raise ConfigError(
                f"mask of {what} has shape {projection.table.shape}, it must be (sources, neurons): "
                f"{(source.size, target.size)}"
            )

    @cached_property
    def by_name(self) -> dict[str, Population]:
        """Populations by their names."""
        return {each.name: each for each in self.populations}

    def of(self, *kinds: str) -> tuple[Population, ...]:
        """Return the populations of these kinds, in their order."""
        return tuple(each for each in self.populations if each.kind in kinds)

    @cached_property
    def stages(self) -> tuple[tuple[Population, ...], ...]:
        """The strongly connected parts of the LIF populations, each after those that feed it."""
        neurons = self.of("lif")
        number = {each.name: k for k, each in enumerate(neurons)}
        reaches = np.eye(len(neurons), dtype=bool)
        for each in self.projections:
            if each.source in number and each.target in number:
                reaches[number[each.source], number[each.target]] = True
        for k in range(len(neurons)):  # Warshall: over each population in turn
            reaches |= reaches[:, k, None] & reaches[k]
        part = [int(np.flatnonzero(row)[0]) for row in reaches & reaches.T]
        sorter: TopologicalSorter[int] = TopologicalSorter({p: set() for p in sorted(set(part))})
        for each in self.projections:
            if each.source in number and each.target in number:
                source, target = part[number[each.source]], part[number[each.target]]
                if source != target:
                    sorter.add(target, source)
        return tuple(tuple(p for k, p in enumerate(neurons) if part[k] == each) for each in _in_order(sorter))

    def __str__(self) -> str:
        """Return a table of populations and projections."""
        width = max(len(name) for name in (*self.by_name, *(each.name for each in self.projections)))
        lines = [f"{each.name:<{width}}  {each.size:>5}  {each.kind}" for each in self.populations]
        for each in self.projections:
            count = self.synapses(each)
            how = "" if each.sign == "both" else f", {each.sign}"
            kept = "" if each.trainable else ", fixed"
            lines.append(f"{each.name:<{width}}  {count:>5} synapses, {each.source} → {each.target}{how}{kept}")
        return "\n".join(lines)

    def synapses(self, projection: Projection) -> int:
        """Return how many connections a projection has."""
        if projection.table is not None:
            return int(projection.table.array.sum())
        return self.by_name[projection.source].size * self.by_name[projection.target].size


def _in_order(sorter: TopologicalSorter[int]) -> list[int]:
    """Return what is sorted, of several possible orders the one that begins with the lowest numbers."""
    out: list[int] = []
    sorter.prepare()
    ready: list[int] = []
    while sorter.is_active():
        ready = sorted({*ready, *sorter.get_ready()})
        out.append(ready.pop(0))
        sorter.done(out[-1])
    return out
