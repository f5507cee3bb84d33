"""What is to be learned: data, network, its code in rates, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ...behavioral.bss1.spec import Bss1Spec
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...checks import checked
from ..datasets.rate import Train


@checked
@dataclass(frozen=True)
class RateTask:
    """Images of some digits, reduced to side × side pixels; a network of rates; its training.

    rate_hz: the full rate, on the chip. duration_s, pause_s: of one image. epochs: in software. batch: images per
    iteration in the loop. The rest: of the loop.
    """

    digits: tuple[int, ...] = (0, 1, 4, 6, 7)
    side: int = 10
    margin: int = 2
    hidden: tuple[int, ...] = (15, 15)
    train: Train = "regular"
    rate_hz: float = 1e6
    duration_s: float = 90e-6
    pause_s: float = 10e-6
    epochs: int = 10
    batch: int = 1000
    learning_rate: float = 0.01
    momentum: float = 0.8
    logit_scale: float = 10.0

    @cached_property
    def topology(self) -> Topology:
        """The network."""
        return Topology(self.side**2, self.hidden, len(self.digits), (False,) * len(self.hidden))

    def grid(self, spec: Bss1Spec) -> TimeGrid:
        """Return the grid of one image."""
        steps = round(self.duration_s / spec.step_s)
        return TimeGrid(spec.step_s, steps, steps)


FIVE_DIGITS: Final = RateTask()
"""100-15-15-5, the published network."""
ALL_DIGITS: Final = RateTask(digits=tuple(range(10)), side=28, margin=0, hidden=(100, 100), learning_rate=0.003)
"""784-100-100-10, which needs several chips."""
