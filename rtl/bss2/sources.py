"""Parts of the chip whose events enter the crossbar: neurons, links from the host, background generators."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, intbv

from ...behavioral.bss2.fabric import counters
from ...behavioral.bss2.spec import ChipSpec
from ..convert.hierarchy import Part, part
from ..lib.ports import AxiStreams
from ..lib.register_map import WORD_BITS
from ..lib.shared import Shared
from ..lib.vectors import join, piece, vector
from .background import background
from .link_in import link_in
from .neuron_backend import neuron_backend
from .timing import Timing


def neuron_backends(
    shared: Shared, time: Timing, *, fire: Any, select: Any, select_spikes: Any, index: Any
) -> list[Part]:
    """Return the backend of each event output. fire: a bit per neuron circuit; select, select_spikes: per output."""
    spec, halves = shared.spec, len(time.slow)
    width, per_output = _neurons_of_an_output(spec)
    address = shared.bus.registers.bank("neurons").field("address")
    return [
        part(
            f"backend_{n}", neuron_backend, **shared.resettable(),
            slow_tick=time.slow[n * halves // spec.event_outputs]["tick"],
            fast_tick=time.fast[n * halves // spec.event_outputs]["tick"],
            fire=join([piece(fire, h * spec.event_outputs + n, width) for h in range(spec.hemispheres)]),
            clamp=vector(per_output), refractory=vector(per_output),
            select_spikes=select_spikes(n),
            **shared.bus.memory(select=select(n), index=index, rdata=vector(WORD_BITS)),
            event_valid=Signal(False), event_address=vector(address.bits), lost_count=vector(counters.LOST_BITS),
            spec=spec,
        )
        for n in range(spec.event_outputs)
    ]  # fmt: skip


def by_neuron(backends: list[Part], name: str, spec: ChipSpec) -> Any:
    """Order the bits of a port of all backends by neuron circuit."""
    width, _ = _neurons_of_an_output(spec)
    return join([piece(backend[name], h, width) for h in range(spec.hemispheres) for backend in backends])


def links_in(shared: Shared, *, streams: AxiStreams) -> list[Part]:
    """Return the link from the host of each channel."""
    return [
        part(
            f"link_in_{k}", link_in, **shared.timed(), **vars(streams[k]), event_valid=Signal(False),
            event_label=vector(shared.spec.label_bits), late_count=vector(counters.LATE_BITS), spec=shared.spec,
        )
        for k in range(shared.spec.link_channels)
    ]  # fmt: skip


def generators(shared: Shared, *, select: Any, index: Any) -> list[Part]:
    """Return the background generators. select: a bit for each."""
    return [
        part(
            f"background_{b}", background, **shared.resettable(), run=shared.run,
            **shared.bus.memory(select=select(b), index=index, rdata=vector(WORD_BITS)),
            event_valid=Signal(False), event_label=vector(shared.spec.label_bits), spec=shared.spec,
        )
        for b in range(shared.spec.background_sources)
    ]  # fmt: skip


def crossbar_labels(backends: list[Part], others: list[Part], spec: ChipSpec) -> list[Any]:
    """Return the labels at the inputs of the crossbar, the first one first, in pieces from the lowest bits on."""
    pieces: list[Any] = []
    for n, backend in enumerate(backends):  # the number of the output is hard-wired above the address
        address = backend["event_address"]
        pieces += [address, intbv(n)[spec.label_bits - len(address) :]]
    return pieces + [other["event_label"] for other in others]


def _neurons_of_an_output(spec: ChipSpec) -> tuple[int, int]:
    """Return the neuron circuits of an event output in one hemisphere, and in all."""
    width = spec.columns // spec.event_outputs
    return width, spec.hemispheres * width
