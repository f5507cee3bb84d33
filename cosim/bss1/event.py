"""Level `event` of BrainScaleS-1: its analog part in lock-step with the transaction-level twin of the digital paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.core import core
from ...behavioral.bss1.fabric.advance import Log, new_log
from ...behavioral.bss1.fabric.config import FabricConfig
from ...behavioral.bss1.fabric.drivers import Wires, wires
from ...behavioral.bss1.fabric.link_in import CLOSED, COLLIDED, EXPIRED, FULL
from ...behavioral.bss1.fabric.result import EVENT_BITS, LOSS_BITS
from ...behavioral.bss1.fabric.stimulus import Stimulus, Times, Traffic, fates, host_wait, released, stimulus
from ...behavioral.bss1.fabric.tree import path_constants
from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.fabric.words import packed
from ...behavioral.bss1.twin import COUNTS, LinkOut, path_twin
from ...behavioral.digital.counters import saturated, wrapped
from ...behavioral.lockstep import Chip, run_lockstep
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import SpikeError
from .digital import Analog, OnChips
from .fidelity import EVENT
from .inputs import LinkWords
from .measured import COUNTERS, Measured

FATES = {"link_closed": CLOSED, "link_expired": EXPIRED, "link_full": FULL, "link_collided": COLLIDED}


class EventLevel(OnChips):
    """Every event gets its exact clock cycle."""

    fidelity = EVENT

    def simulate(
        self, words: LinkWords, configs: tuple[FabricConfig, ...], analog: tuple[Analog, ...], seen: Measured
    ) -> None:
        """See `OnChips.simulate`."""
        spec, quiet = self.spec, stimulus(self.spec)
        samples, chips = seen.spike_count.shape
        pairs = [self._link(words, k, configs[k], quiet, b) for k in range(chips) for b in range(samples)]
        links, fate = zip(*pairs, strict=True)
        first = np.cumsum([0, *(len(each.link) for each in links)])[:-1, None] + [each.first for each in links]
        firsts, link = first.reshape(chips, samples, -1), np.concatenate([each.link for each in links])
        times = Times(self.cycles, self.drain)
        lost = np.array(fate).reshape(chips, samples, len(FATES), ENCODERS).swapaxes(0, 1)
        rows = np.empty((chips, samples, seen.word.shape[2] + spec.link_out_depth + 1, 4), np.int64)
        counts = np.zeros((chips, samples, len(COUNTS), ENCODERS), np.int64)
        word_count = np.zeros((chips, samples), np.int64)

        def task(_: int, start: int, stop: int) -> None:
            logs = [new_log(ENCODERS * (self.cycles + self.drain)) for _ in range(chips)]
            built = []
            for k in range(chips):
                out = self._link_out(configs[k], word_count[k], rows[k], logs[k])
                twin = path_twin(
                    spec, path_constants(spec, configs[k]), Traffic(firsts[k], link), self._wires(k, configs[k]),
                    (logs[k], *(log for log in logs if log is not logs[k])), times, out, counts[k],
                )  # fmt: skip
                built.append(Chip(twin, core(*analog[k])))
            failed = run_lockstep(start, stop, self.run_of, tuple(built), seen.in_lockstep())
            if failed >= 0:
                raise SpikeError(f"sample {failed} has more events than there is room for; make the window shorter")

        run_parts(task, shares(samples))
        seen.word_count[:] = word_count.T
        rows, counts = rows.swapaxes(0, 1), counts.swapaxes(0, 1)
        room = seen.word.shape[2]
        channel, address, stamp, cycle = np.moveaxis(rows[:, :, :room], -1, 0)
        seen.word[:], seen.word_cycle[:] = packed(spec, channel, address, stamp), cycle
        for number, name in enumerate(COUNTERS):
            total = lost[:, :, list(FATES).index(name)] if name in FATES else counts[:, :, COUNTS.index(name)]
            limit = wrapped(total, EVENT_BITS) if name == "line_events" else saturated(total, LOSS_BITS)
            seen.registers[:, :, number] = limit

    def _link(
        self, words: LinkWords, chip: int, config: FabricConfig, quiet: Stimulus, sample: int
    ) -> tuple[Traffic, NDArray[np.int64]]:
        """Return what the release buffers of a chip let out in a sample, and the losses (`FATES`, channels)."""
        arrival, channel, address, stamp = words.of(chip, sample).T.copy()
        nothing = quiet.foreign_cycle
        given = Stimulus(arrival, channel, address, stamp, nothing, nothing, nothing, quiet.ready)
        decided = fates(self.spec, config, given)
        order, _, fate, cycle = decided
        # behind the run time stands: nothing is released any more, but words still arrive and expire
        within = cycle < np.where(fate == COLLIDED, self.cycles, self.cycles + self.drain)
        lost = [np.bincount(channel[order][within & (fate == kind)], minlength=ENCODERS) for kind in FATES.values()]
        return released(given, *decided), np.array(lost)

    def _wires(self, number: int, config: FabricConfig) -> Wires:
        return wires(self.spec, config, self.programs[number].foreign if len(self.programs) > 1 else None)

    def _link_out(self, config: FabricConfig, word_count: Any, words: Any, log: Log) -> LinkOut:
        """Return the link to the host of a chip, which fills word_count and words."""
        for_host = config.channels.enable * (1 - config.channels.to_chip)
        wait, mask = host_wait(stimulus(self.spec)), (1 << self.spec.stamp_bits) - 1
        return LinkOut(for_host, wait, self.spec.link_out_depth, mask, word_count, words, np.empty_like(log.outputs))
