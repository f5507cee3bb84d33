"""Names of buses and of the crossbar's inputs and outputs, for tables, figures and waveforms."""

from __future__ import annotations

from ...behavioral.bss2.spec import ChipSpec

SIDES = ("top", "bottom")


def bus_names(spec: ChipSpec) -> list[str]:
    """Return the names of the PADI buses, hemisphere by hemisphere."""
    return [f"{side} {bus}" for side in SIDES[: spec.hemispheres] for bus in range(spec.padi_buses)]


def link_names(spec: ChipSpec) -> list[str]:
    """Return the names of the links."""
    return [f"link {k}" for k in range(spec.link_channels)]


def input_names(spec: ChipSpec) -> list[str]:
    """Return the names of the crossbar inputs."""
    outputs = [f"output {n}" for n in range(spec.event_outputs)]
    return [*outputs, *link_names(spec), *(f"background {b}" for b in range(spec.background_sources))]


def output_names(spec: ChipSpec) -> list[str]:
    """Return the names of the crossbar outputs."""
    return [*bus_names(spec), *link_names(spec)]
