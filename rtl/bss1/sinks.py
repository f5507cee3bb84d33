"""Parts of the chip that the events of the DNC mergers reach: the link to the host, and the lines."""

from __future__ import annotations

from myhdl import Signal

from ...behavioral.bss1.fabric.result import LOSS_BITS
from ...behavioral.bss1.fabric.wiring import ENCODERS, line_of
from ..convert.hierarchy import Part, part
from ..lib.ports import AxiStream
from ..lib.shared import Shared
from ..lib.vectors import join, vector
from .line import line
from .link_out import link_out


def link_to_host(shared: Shared, stream: AxiStream, dnc: list[Part]) -> Part:
    """Return the link that all channels share."""
    bus = shared.bus
    return part(
        "link_out_0", link_out, **shared.resettable(), now=shared.now,
        **{field: join(bus.settings_of("channels", field)) for field in ("enable", "to_chip")},
        events_valid=join([merger["event_valid"] for merger in dnc]),
        events=join([merger["event_address"] for merger in dnc]),
        **vars(stream), lost_counts=vector(LOSS_BITS * ENCODERS), spec=shared.spec,
    )  # fmt: skip


def lines(shared: Shared, dnc: list[Part]) -> dict[int, Part]:
    """Return the sending line of each DNC merger by the number of the line."""
    spec = shared.spec
    return {
        line_of(k): part(
            f"line_{line_of(k)}", line, clock=shared.clock, clear=shared.clear,
            enable=shared.bus.setting("lines", "enable", line_of(k)),
            event_valid=merger["event_valid"], event_address=merger["event_address"],
            end_valid=Signal(False), end_address=vector(spec.address_bits), spec=spec,
        )
        for k, merger in enumerate(dnc)
    }  # fmt: skip
