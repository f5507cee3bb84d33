"""What a run of the digital path of a HICANN shows: events, pulses, words to the host, and what was lost where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...digital.counters import saturated, wrapped
from ..spec import Bss1Spec
from .config import FabricConfig
from .drivers import foreign_events, line_events, pulses
from .link_in import CLOSED, COLLIDED, EXPIRED, FULL
from .link_out import sent_words
from .stimulus import Stimulus, fates
from .tree import PathState
from .wiring import ENCODERS, TREE

Array = NDArray[np.int64]

LOSS_BITS = 16
"""Of the counters of losses; they saturate."""
EVENT_BITS = 24
"""Of the counters of DNC outputs; they wrap."""
LOSSES = {
    "encoder_lost": "spikes of a neuron whose last spike still waited, per encoder",
    "encoder_overwritten": "events of the encoder that the next one replaced, per background merger",
    "background_overwritten": "events of the generator that the next one replaced, per background merger",
    "link_closed": "words for a channel that is not open towards the chip",
    "link_expired": "words whose stamp was not in the future",
    "link_full": "words that found no empty slot in the release buffer",
    "link_collided": "events of one channel that were to be released together",
    "link_refused": "released events that found the DNC merger occupied",
    "out_lost": "events to the host that found the register of their channel occupied",
}
"""Counters of losses in the order of the path; each has one register per encoder, merger or channel."""


class Stage(NamedTuple):
    """A place at which events can be lost: how many came there, and how many were lost."""

    name: str
    entered: int
    lost: int

    @property
    def share(self) -> float:
        """Part of the events that was lost; 0 if none came."""
        return self.lost / self.entered if self.entered else 0.0


@dataclass(frozen=True, eq=False)
class FabricResult:
    """All that the clock edges of cycles 0 to cycles − 1 cause; counters as they are in cycle `cycles`.

    outputs: rows of cycle, channel, address of DNC outputs visible in cycles 1 to `cycles`. pulses: rows of cycle,
    driver, strobe, synapse address, in cycles 0 to `cycles`. sent: rows of channel, address, stamp, cycle of the
    handshake. losses: per name of `LOSSES`, int64 (8). line_events: (8), as the register shows it. fired: (encoders),
    spikes of enabled neurons; generated, released: (channels), events of generators and release buffers at inputs that
    count. waiting: events that have entered the tree and are still in it. arrived: words of the link. for_host: events
    on channels towards the host.
    """

    cycles: int
    outputs: Array
    pulses: Array
    sent: Array
    losses: dict[str, Array]
    line_events: Array
    fired: Array
    generated: Array
    released: Array
    waiting: int
    arrived: int
    for_host: int

    def registers(self) -> dict[str, Array]:
        """Return the counters as a host reads them."""
        return {
            **{name: saturated(total, LOSS_BITS) for name, total in self.losses.items()},
            "line_events": wrapped(self.line_events, EVENT_BITS),
        }

    @property
    def lost(self) -> int:
        """Events lost in all stages."""
        return sum(stage.lost for stage in self.stages)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What was lost where, in the order of the path."""
        lost = {name: int(total.sum()) for name, total in self.losses.items()}
        fired, generated, released = (int(x.sum()) for x in (self.fired, self.generated, self.released))
        link = sum(lost[f"link_{name}"] for name in ("closed", "expired", "full", "collided"))
        return (
            Stage("encoders", fired, lost["encoder_lost"]),
            Stage("background mergers, from encoders", fired - lost["encoder_lost"], lost["encoder_overwritten"]),
            Stage("background mergers, from generators", generated, lost["background_overwritten"]),
            Stage("release buffers", self.arrived, link),
            Stage("DNC mergers, from the link", released, lost["link_refused"]),
            Stage("link out", self.for_host, lost["out_lost"]),
        )


def fabric_result(
    spec: Bss1Spec, config: FabricConfig, given: Stimulus, cycles: int, state: PathState, outputs: Array
) -> FabricResult:
    """Put together the result of a run whose state and DNC outputs are given."""
    order, _, fate, cycle = fates(spec, config, given)
    channel, decided = given.channel[order], cycle < cycles
    sent, out_lost, for_host = sent_words(spec, config, given, outputs, cycles)
    losses = {
        "encoder_lost": state.encoders["lost"].copy(),
        "encoder_overwritten": state.mergers["lost_0"][:ENCODERS].copy(),
        "background_overwritten": state.mergers["lost_1"][:ENCODERS].copy(),
        "link_refused": state.mergers["lost_1"][TREE:].copy(),
        "out_lost": out_lost,
    }
    for name, kind in (("closed", CLOSED), ("expired", EXPIRED), ("full", FULL), ("collided", COLLIDED)):
        losses[f"link_{name}"] = np.bincount(channel[decided & (fate == kind)], minlength=ENCODERS)
    arrived = np.concatenate([line_events(spec, config, outputs), foreign_events(given)])
    return FabricResult(
        cycles=cycles,
        outputs=outputs,
        pulses=pulses(spec, config, arrived[arrived[:, 0] < cycles]),
        sent=sent,
        losses={name: losses[name] for name in LOSSES},
        line_events=np.bincount(outputs[:, 1], minlength=ENCODERS),
        fired=state.encoders["fired"].copy(),
        generated=state.generators["entered"].copy(),
        released=state.channels["entered"].copy(),
        waiting=int(state.clock[1]),
        arrived=int((given.arrival < cycles).sum()),
        for_host=for_host,
    )
