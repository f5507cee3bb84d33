"""The configuration of the digital spike path: every field that a host can set, its width and its reset value.

The register map, the reset values of the RTL and the checks of the twin derive from the fields here. Each section is
a set of equal entities (all nodes, all drivers, …); a field is an array with one value per entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError
from ..spec import ChipSpec
from .wiring import buses, crossbar_nodes, crossbar_outputs, neurons

Array = NDArray[np.int64]
LABEL, ROW_SELECT = "label_bits", "row_select_bits"  # widths that the specification names


def _bits(width: int | str, reset: int, doc: str) -> Any:
    return field(metadata={"bits": width, "reset": reset, "doc": doc})


@dataclass(frozen=True, eq=False)
class Nodes:
    """Crossbar nodes, in the order of `crossbar_nodes`."""

    mask: Array = _bits(LABEL, 0, "label bits that are compared")
    target: Array = _bits(LABEL, 0, "value they must have")
    count_drops: Array = _bits(1, 0, "drops at this node count for its input")


@dataclass(frozen=True, eq=False)
class Outputs:
    """Crossbar outputs."""

    count_events: Array = _bits(1, 0, "events of this output are counted")


@dataclass(frozen=True, eq=False)
class Links:
    """Links to the host."""

    slow: Array = _bits(1, 0, "grants of this link output keep a distance")


@dataclass(frozen=True, eq=False)
class Background:
    """Background generators."""

    enable: Array = _bits(1, 0, "generator runs")
    random: Array = _bits(1, 0, "draw at each tick instead of emitting at each tick")
    period: Array = _bits(16, 0, "ticks of 4 ns between draws or events")
    seed: Array = _bits(32, 0, "state of the generator when it is enabled")
    mask: Array = _bits(8, 0, "label bits replaced by random ones")
    rate: Array = _bits(8, 0, "an event if the drawn byte is not above; 0: never")
    label: Array = _bits(LABEL, 0, "label of the events")


@dataclass(frozen=True, eq=False)
class Neurons:
    """Digital backends of the neuron circuits."""

    address: Array = _bits(8, 0, "low bits of the label of its spikes")
    refractory_time: Array = _bits(8, 0, "ticks of the refractory period")
    reset_holdoff: Array = _bits(4, 15, "end of the clamp before the end of the refractory period, in pairs of ticks")
    fast_clock: Array = _bits(1, 1, "refractory clock: 1 fast, 0 slow")
    enable: Array = _bits(1, 0, "spikes leave the neuron")


@dataclass(frozen=True, eq=False)
class Clocks:
    """Refractory clocks, one pair per half of the event outputs."""

    slow_scale: Array = _bits(4, 4, "one tick per 2^scale cycles")
    fast_scale: Array = _bits(4, 0, "one tick per 2^scale cycles")


@dataclass(frozen=True, eq=False)
class Buses:
    """PADI buses, hemisphere by hemisphere."""

    enable_spl1: Array = _bits(1, 0, "takes crossbar events, else software events")


@dataclass(frozen=True, eq=False)
class Drivers:
    """Synapse drivers, hemisphere by hemisphere."""

    receiver: Array = _bits(1, 0, "takes events of its bus")
    compare_mask: Array = _bits(ROW_SELECT, 31, "bits of row select that are compared")
    address_out: Array = _bits(1, 1, "all label bits go to the synapses, else only the most significant one")
    exc_bottom: Array = _bits(1, 0, "bottom row is excitatory")
    exc_top: Array = _bits(1, 0, "top row is excitatory")
    inh_bottom: Array = _bits(1, 0, "bottom row is inhibitory")
    inh_top: Array = _bits(1, 0, "top row is inhibitory")
    stp: Array = _bits(1, 0, "short-term plasticity")
    depressing: Array = _bits(1, 0, "amplitude falls with use, else rises")
    utilization: Array = _bits(4, 0, "sixteenths of what is left, used by an event")
    recovery: Array = _bits(4, 0, "recovered per tick: (recovery + 1) / 256")
    offset: Array = _bits(4, 8, "amplitude code is shifted by offset − 8")


@dataclass(frozen=True, eq=False)
class Recovery:
    """Recovery clocks of short-term plasticity, one per hemisphere."""

    recovery_enable: Array = _bits(1, 0, "recovery ticks")
    recovery_scale: Array = _bits(4, 0, "one tick per 2^scale cycles")


@dataclass(frozen=True, eq=False)
class Cadc:
    """CADC trigger."""

    enable: Array = _bits(1, 0, "trigger runs")
    period: Array = _bits(16, 208, "cycles between samples")


Section = Nodes | Outputs | Links | Background | Neurons | Clocks | Buses | Drivers | Recovery | Cadc


@dataclass(frozen=True, eq=False)
class FabricConfig:
    """The whole configuration. `FabricConfig.default(spec)` holds the reset values."""

    nodes: Nodes
    outputs: Outputs
    links: Links
    background: Background
    neurons: Neurons
    clocks: Clocks
    buses: Buses
    drivers: Drivers
    recovery: Recovery
    cadc: Cadc

    @classmethod
    def default(cls, spec: ChipSpec) -> FabricConfig:
        """Return the configuration after reset."""
        sections = {}
        for name, kind in SECTIONS.items():
            count = entities(spec)[name]
            sections[name] = kind(**{f.name: np.full(count, f.metadata["reset"], np.int64) for f in fields(kind)})
        return cls(**sections)

    def with_section(self, name: str, **values: Any) -> FabricConfig:
        """Return a copy with fields of one section replaced; scalars apply to all entities."""
        section = getattr(self, name)
        arrays = {k: np.array(np.broadcast_to(v, getattr(section, k).shape), np.int64) for k, v in values.items()}
        return replace(self, **{name: replace(section, **arrays)})

    def check(self, spec: ChipSpec) -> FabricConfig:
        """Return self. Raises `ConfigError` for an array of the wrong length or a value wider than its field."""
        for name, kind in SECTIONS.items():
            count = entities(spec)[name]
            for f, width in section_fields(spec, kind):
                values = getattr(getattr(self, name), f.name)
                if values.shape != (count,):
                    raise ConfigError(f"{name}.{f.name} has shape {values.shape}, expected ({count},)")
                bad = np.flatnonzero((values < 0) | (values >> width != 0))
                if len(bad):
                    raise ConfigError(
                        f"{name}.{f.name}[{bad[0]}] = {values[bad[0]]} must be 0 to {(1 << width) - 1} ({width} bits)"
                    )
        return self


SECTIONS: dict[str, type[Any]] = {
    "nodes": Nodes,
    "outputs": Outputs,
    "links": Links,
    "background": Background,
    "neurons": Neurons,
    "clocks": Clocks,
    "buses": Buses,
    "drivers": Drivers,
    "recovery": Recovery,
    "cadc": Cadc,
}


def section_fields(spec: ChipSpec, kind: type[Any]) -> Iterator[tuple[Field[Any], int]]:
    """Yield the fields of a section with their widths in bits."""
    for f in fields(kind):
        width = f.metadata["bits"]
        yield f, (getattr(spec, width) if isinstance(width, str) else width)


def width(spec: ChipSpec, kind: type[Any], name: str) -> int:
    """Return the width in bits of one field of a section."""
    return next(bits for f, bits in section_fields(spec, kind) if f.name == name)


def entities(spec: ChipSpec) -> dict[str, int]:
    """Number of entities per section."""
    return {
        "nodes": len(crossbar_nodes(spec)),
        "outputs": crossbar_outputs(spec),
        "links": spec.link_channels,
        "background": spec.background_sources,
        "neurons": neurons(spec),
        "clocks": 2,
        "buses": buses(spec),
        "drivers": spec.hemispheres * spec.drivers,
        "recovery": spec.hemispheres,
        "cadc": 1,
    }
