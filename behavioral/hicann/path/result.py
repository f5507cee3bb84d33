"""What a run of the digital path of a HICANN shows: events, pulses, words to the host, and what was lost where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...fabric.counters import saturated, wrapped
from ..spec import HicannSpec
from .config import HicannConfig
from .drivers import foreign_events, line_events, pulses
from .link_out import sent_words
from .release import CLOSED, COLLIDED, EXPIRED, FULL
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


@dataclass(frozen=True, eq=False)
class HicannResult:
    """All that the clock edges of cycles 0 to cycles − 1 cause; counters as they are in cycle `cycles`.

    outputs: rows of cycle, channel, address of DNC outputs visible in cycles 1 to `cycles`. pulses: rows of cycle,
    driver, strobe, synapse address, in cycles 0 to `cycles`. sent: rows of channel, address, stamp, cycle of the
    handshake. losses: per name of `LOSSES`, int64 (8). line_events: (8), as the register shows it. fired: (encoders),
    spikes of enabled neurons; generated, released: (channels), events of generators and release buffers at inputs that
    count. waiting: events that have entered the tree and are still in it.
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

    def registers(self) -> dict[str, Array]:
        """Return the counters as a host reads them."""
        return {
            **{name: saturated(total, LOSS_BITS) for name, total in self.losses.items()},
            "line_events": wrapped(self.line_events, EVENT_BITS),
        }

    @property
    def lost(self) -> int:
        """Events lost in all stages."""
        return sum(int(total.sum()) for total in self.losses.values())


def hicann_result(
    spec: HicannSpec, config: HicannConfig, given: Stimulus, cycles: int, state: PathState, outputs: Array
) -> HicannResult:
    """Put together the result of a run whose state and DNC outputs are given."""
    order, _, fate, cycle = fates(spec, config, given)
    channel, decided = given.channel[order], cycle < cycles
    sent, out_lost = sent_words(spec, config, given, outputs, cycles)
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
    return HicannResult(
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
    )
