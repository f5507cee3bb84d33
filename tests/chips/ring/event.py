"""Level `event`: the twin of the bus, event by event."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from inloop.cosim import fidelity

from .digital import Bus, Ints, OnRing


class Twin(Bus):
    """Neurons before inputs; neurons in turn, from the one behind the last that was served."""

    def __init__(self, sent: list[Ints], neurons: int, depth: int) -> None:
        super().__init__(sent)
        self.neurons, self.depth = neurons, depth

    def reset(self) -> None:
        """See `Bus`."""
        self.waiting: set[int] = set()
        self.queue: deque[int] = deque()
        self.turn = self.missed = 0

    def edge(self, fires: list[int], offered: int) -> tuple[bool, int]:
        """See `Bus`."""
        taken, on_bus = offered >= 0 and len(self.queue) < self.depth, -1
        if self.waiting:
            on_bus = min(self.waiting, key=lambda n: (n < self.turn, n))
            self.waiting.remove(on_bus)
            self.turn = (on_bus + 1) % self.neurons
        elif self.queue:
            on_bus = self.queue.popleft()
        if taken:
            self.queue.append(offered)
        self.missed += len(self.waiting & set(fires))
        self.waiting |= set(fires)
        return taken, on_bus

    def lost_fires(self) -> int:
        """See `Bus`."""
        return self.missed


class EventLevel(OnRing):
    """Every event gets its exact clock cycle."""

    fidelity = replace(fidelity.EVENT, has_die=False, membranes=False)

    @contextmanager
    def bus(self, sent: list[Ints]) -> Iterator[Any]:
        """See `OnRing`."""
        yield Twin(sent, self.spec.neurons, self.spec.depth)
