"""Level `event`: the analog core in lock-step with the transaction-level model of the digital spike path."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.analog.core import AnalogConstants, analog_state
from ...behavioral.bss2.fabric.log import new_log
from ...behavioral.bss2.fabric.state import fabric_constants, fabric_state
from ...behavioral.bss2.fabric.stimulus import stimulus, traffic
from ...behavioral.bss2.lockstep import COUNTS, WORD_SUM, holds, run_lockstep
from ...behavioral.digital.counters import LATE_BITS, saturated
from ...behavioral.digital.records import table
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import SpikeError
from ...rtl.bss2.buildable import SPIKE_LABEL_BITS
from ...rtl.lib.widths import bits_for
from .chip import Chip
from .digital import COUNTED, SENT, Array, LinkEvents, Measured, OnChip


class EventLevel(OnChip):
    """Every event gets its exact clock cycle. skip=False does the fabric's clock edge in every cycle."""

    fidelity = "event"

    def __init__(
        self, topology: Topology, chip: Chip, grid: TimeGrid, counted: Mapping[str, str] = COUNTED, *, skip: bool = True
    ) -> None:
        super().__init__(topology, chip, grid, counted)
        self.skip = skip
        self.fabric = fabric_constants(self.spec, self.program.fabric)
        self.quiet = traffic(self.spec, stimulus(self.spec))

    def simulate(
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Measured
    ) -> dict[str, int]:
        """See `OnChip.simulate`."""
        samples, room = seen.spike_cycle.shape
        counts = np.zeros((samples, len(COUNTS)), np.int64)
        places = SPIKE_LABEL_BITS, SPIKE_LABEL_BITS - bits_for(self.spec.link_channels)
        events = table(label=link.label, release=link.release)

        def task(_: int, start: int, stop: int) -> None:
            log = new_log(self.spec, 0, room, room)
            failed = run_lockstep(
                start, stop, self.fabric, link.first, events, self.quiet.software, self.quiet.ready_wait,
                fabric_state(self.spec), log, analog, analog_state(analog), holds(self.lanes), active, trials,
                self.cycles, self.sample_cycles, self.skip, room, places, seen.spike_count,
                seen.spike_cycle.reshape(-1), seen.spike_lane.reshape(-1), seen.records, counts,
            )  # fmt: skip
            if failed >= 0:
                raise SpikeError(f"sample {failed} has more than {room} events; make the window shorter")

        run_parts(task, shares(samples))
        totals = {
            "late": int(saturated(link.late(), LATE_BITS).sum()),
            **dict(zip(COUNTS, counts.sum(axis=0).tolist(), strict=True)),
        }
        totals["sent_words"] &= WORD_SUM
        return {name: totals[name] for name in (*self.counted, *SENT)}
