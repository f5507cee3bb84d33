"""Train spiking networks in the loop with a layered model of an analog neuromorphic chip.

chip = inloop.Chip("bss2", die=7, calibration="uncalibrated")
network = inloop.Network(inputs=256, hidden=246, outputs=10)
model = inloop.InTheLoop(network, chip, fidelity="behavioral")
observed = model(spikes)
loss = inloop.losses.max_over_time(observed.from_rest, labels)
loss.backward()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .behavioral.bss2.die import Die as Die
    from .behavioral.bss2.die import Spreads as Spreads
    from .behavioral.bss2.spec import ChipSpec as ChipSpec
    from .behavioral.events import SpikeBatch as SpikeBatch
    from .behavioral.network.graph import LI as LI
    from .behavioral.network.graph import LIF as LIF
    from .behavioral.network.graph import Graph as Graph
    from .behavioral.network.graph import Population as Population
    from .behavioral.network.graph import Projection as Projection
    from .behavioral.network.graph import Source as Source
    from .behavioral.numerics.noise import TemporalNoise as TemporalNoise
    from .cosim.chip import Chip as Chip
    from .errors import InloopError as InloopError
    from .errors import InloopWarning as InloopWarning
    from .training import losses as losses
    from .training.collating import collate as collate
    from .training.evaluate import accuracy as accuracy
    from .training.graph_network import GraphNetwork as GraphNetwork
    from .training.in_the_loop import InTheLoop as InTheLoop
    from .training.network import Network as Network
    from .training.problem import load_data as load_data

# Loaded on first use, so that `inloop --help` need not wait for torch.
_PUBLIC = {
    "Chip": ".cosim.chip",
    "ChipSpec": ".behavioral.bss2.spec",
    "Die": ".behavioral.bss2.die",
    "Graph": ".behavioral.network.graph",
    "GraphNetwork": ".training.graph_network",
    "InTheLoop": ".training.in_the_loop",
    "InloopError": ".errors",
    "InloopWarning": ".errors",
    "LI": ".behavioral.network.graph",
    "LIF": ".behavioral.network.graph",
    "Network": ".training.network",
    "Population": ".behavioral.network.graph",
    "Projection": ".behavioral.network.graph",
    "Source": ".behavioral.network.graph",
    "SpikeBatch": ".behavioral.events",
    "Spreads": ".behavioral.bss2.die",
    "TemporalNoise": ".behavioral.numerics.noise",
    "accuracy": ".training.evaluate",
    "collate": ".training.collating",
    "load_data": ".training.problem",
    "losses": ".training.losses",
}


if not TYPE_CHECKING:  # a checker would take any name for one of the package

    def __getattr__(name: str) -> Any:
        if name not in _PUBLIC:
            raise AttributeError(f"module 'inloop' has no attribute {name!r}")
        module = import_module(_PUBLIC[name], __name__)
        return module if _PUBLIC[name].endswith(f".{name}") else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(_PUBLIC)
