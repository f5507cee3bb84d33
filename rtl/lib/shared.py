"""What most parts of a design are connected to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .register_bus import RegisterBus


@dataclass(frozen=True)
class Shared:
    """Signals of a design, and its specification. run: time flows. now: system time. bus: registers and their host."""

    clock: Any
    reset: Any
    clear: Any
    run: Any
    now: Any
    bus: RegisterBus
    spec: Any

    def timed(self) -> dict[str, Any]:
        """Return what a part that lives by system time is connected to."""
        return {"clock": self.clock, "clear": self.clear, "run": self.run, "now": self.now}

    def resettable(self) -> dict[str, Any]:
        """Return what a part with a state and what outlives it, as its configuration, is connected to."""
        return {"clock": self.clock, "reset": self.reset, "clear": self.clear}
