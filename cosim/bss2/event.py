"""Level `event`: the analog core in lock-step with the transaction-level model of the digital spike path."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.analog.core import AnalogConstants, core
from ...behavioral.bss2.fabric.counters import LATE_BITS
from ...behavioral.bss2.fabric.state import fabric_constants
from ...behavioral.bss2.fabric.stimulus import stimulus, traffic
from ...behavioral.bss2.twin import COUNTS, WORD_SUM, Clock, Twin, fabric_twin
from ...behavioral.digital.counters import saturated
from ...behavioral.digital.records import table
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Chip, Seen, run_lockstep
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import SpikeError
from ...rtl.bss2.buildable import SPIKE_LABEL_BITS
from ...rtl.lib.widths import bits_for
from ..fidelity import EVENT
from .chip import Bss2Chip
from .digital import COUNTED, SENT, Array, LinkEvents, OnChip


class EventLevel(OnChip):
    """Every event gets its exact clock cycle. skip=False does the fabric's clock edge in every cycle."""

    fidelity = EVENT

    def __init__(
        self,
        topology: Topology,
        chip: Bss2Chip,
        grid: TimeGrid,
        counted: Mapping[str, str] = COUNTED,
        *,
        skip: bool = True,
    ) -> None:
        super().__init__(topology, chip, grid, counted)
        self.clock = Clock(self.cycles, self.sample_cycles, skip)
        self.fabric = fabric_constants(self.spec, self.program.fabric)
        self.quiet = traffic(self.spec, stimulus(self.spec))

    def simulate(
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Seen
    ) -> dict[str, int]:
        """See `OnChip.simulate`."""
        counts = np.zeros((len(active), len(COUNTS)), np.int64)

        def task(_: int, start: int, stop: int) -> None:
            fabric = self.twin(link, counts, seen.spike_cycle.shape[2])
            chips = (Chip(fabric, core(analog, active, trials)),)
            failed = run_lockstep(start, stop, self.run_of, chips, seen)
            if failed >= 0:
                raise SpikeError(f"sample {failed} has more events than there is room for; make the window shorter")

        run_parts(task, shares(len(active)))
        totals = {
            "late": int(saturated(link.late(), LATE_BITS).sum()),
            **dict(zip(COUNTS, counts.sum(axis=0).tolist(), strict=True)),
        }
        totals["sent_words"] &= WORD_SUM
        return {name: totals[name] for name in (*self.counted, *SENT)}

    def twin(self, link: LinkEvents, counts: NDArray[np.int64], room: int) -> Twin:
        """Return a twin with a state of its own that runs these inputs. counts, room: see `fabric_twin`."""
        events = self.quiet._replace(first=link.first, link=table(label=link.label, release=link.release))
        places = SPIKE_LABEL_BITS, SPIKE_LABEL_BITS - bits_for(self.spec.link_channels)
        return fabric_twin(self.spec, self.fabric, events, self.clock, places, counts, room, self.lanes)
