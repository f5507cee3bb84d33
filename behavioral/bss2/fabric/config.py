"""The configuration of the digital spike path: every field that a host can set, its width and its reset value.

The register map, the reset values of the RTL and the checks of the twin derive from the fields here. Each section is
a set of equal entities (all nodes, all drivers, …); a field is an array with one value per entity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...digital.orbit import whole_seeds
from ...sections import ONES, Configuration
from ...sections import bits as _bits
from ..spec import ChipSpec
from .lfsr import seeded_state
from .wiring import buses, crossbar_nodes, crossbar_outputs, neurons

Array = NDArray[np.int64]
LABEL, ROW_SELECT, ADDRESS = "label_bits", "row_select_bits", "address_bits"  # widths that the specification names


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
    state: Array = _bits(32, 0, "state of the generator when it is enabled; 0 counts as 1")
    mask: Array = _bits(8, 0, "label bits replaced by random ones")
    rate: Array = _bits(8, 0, "an event if the drawn byte is not above")
    label: Array = _bits(LABEL, 0, "label of the events")


@dataclass(frozen=True, eq=False)
class Neurons:
    """Digital backends of the neuron circuits."""

    address: Array = _bits(ADDRESS, 0, "low bits of the label of its spikes")
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
    compare_mask: Array = _bits(ROW_SELECT, ONES, "bits of row select that are compared")
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
class FabricConfig(Configuration):
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
    def sections(cls) -> dict[str, type[Any]]:
        """Return the sections by name."""
        return SECTIONS

    @classmethod
    def entities(cls, spec: ChipSpec) -> dict[str, int]:
        """Return the number of entities per section."""
        return entities(spec)

    def seeded(self, spec: ChipSpec, seeds: Any) -> FabricConfig:
        """Return a copy whose background generators start from independent states.

        seeds: one per generator, any whole numbers; equal ones give equal states, others from 0 to 2³² − 2 never do.
        Raises `ConfigError` for anything else.
        """
        states = [seeded_state(spec, seed) for seed in whole_seeds(seeds, spec.background_sources)]
        return self.with_section("background", state=states)


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
