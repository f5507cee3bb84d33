"""The same seeds give the same results as before: digests of what every level observed, kept in `same_results.json`.

Whoever means to change results makes the digests anew, `python tests/test_same_results.py`, and says so; whoever only
moves or speeds up code must not have to. Whole numbers (spikes, codes, counters) hold on any processor; floats are
compared where the digests were made, since compilers contract them differently elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

KEPT = Path(__file__).with_suffix(".json").with_name("same_results.json")
Parts = dict[str, Any]


def digest(values: Any) -> str:
    """Return a digest of arrays, their types and shapes."""
    out = hashlib.sha256()
    for value in values if isinstance(values, (list, tuple)) else [values]:
        array = np.ascontiguousarray(value)
        out.update(f"{array.dtype.str}{array.shape}".encode())
        out.update(array.tobytes())
    return out.hexdigest()[:20]


def processor() -> str:
    import llvmlite.binding

    return str(llvmlite.binding.get_host_cpu_name())


def observed(seen: Any) -> Parts:
    tables = [(*events.table(),) for events in seen.spikes]
    return {
        "spikes": [column.astype(np.int64) for table in tables for column in table],
        "cycles": [np.asarray(cycle, np.int64) for cycle in seen.cycles],
        "counters": np.array(list(seen.counters.values()), np.int64),
        "float readout": np.asarray(seen.readout),
        "float membranes": [seen.membrane(k) for k in range(len(seen.spikes))],
        "float ages": [np.asarray(events.ages()) for events in seen.spikes],
    }


def on_bss2(fidelity: str, recurrent: bool, samples: int) -> Parts:
    from inloop.cosim.bss2.random_subject import random_subject
    from inloop.cosim.levels import open_level

    given = random_subject(samples, recurrent, seed=2, die=5)
    level = open_level(fidelity, given.topology, given.chip, given.grid)
    return observed(level.run(given.spikes, given.weights, given.trials))


def on_tiny(fidelity: str) -> Parts:
    from inloop.behavioral.events import SpikeBatch
    from inloop.behavioral.grid import make_grid
    from inloop.behavioral.network.topology import Topology
    from inloop.behavioral.network.weights import NetworkWeights
    from inloop.cosim.chip import Chip
    from inloop.cosim.levels import open_level

    rng = np.random.default_rng(7)
    chip, topology = Chip("tiny", die=5), Topology(3, (3,), 2, (False,))
    grid = make_grid(chip.spec, 6e-6)
    forward = tuple(rng.normal(1, 1.5, shape).astype(np.float32) for shape in ((3, 3), (3, 2)))
    spikes = SpikeBatch.from_events(
        rng.integers(0, 2, 60), rng.integers(0, 3, 60), rng.uniform(0, 6e-6, 60), samples=2, units=3
    )
    level = open_level(fidelity, topology, chip, grid)
    return observed(level.run(spikes, NetworkWeights(forward, (None,)), np.arange(2, dtype=np.uint64)))


def on_bss1(fidelity: str, preset: str, samples: int) -> Parts:
    from inloop.cosim.levels import open_level

    from tests.cosim.bss1.busy import busy_subject

    given = busy_subject(preset, samples, 3)
    level = open_level(fidelity, given.topology, given.chip, given.grid)
    seen = level.run(given.spikes, given.weights)
    tables = [column.astype(np.int64) for events in seen.spiking for column in events.table()]
    counters = [value for name, value in seen.counters.items() if name != "hidden_spikes"]
    return {"spikes": tables, "counters": np.array(counters, np.int64)}


def trained(fidelity: str, gradient: str) -> Parts:
    import torch
    from inloop.cosim.bss2.random_subject import random_subject
    from inloop.training.in_the_loop import InTheLoop
    from inloop.training.network import Network

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        given = random_subject(6, recurrent=True, seed=4, die=2)
        model = InTheLoop(
            Network(64, 120, 10, recurrent=True, seed=3), given.chip, fidelity=fidelity, gradient=gradient, seed=1,
            dropout=0.1,
        )  # fmt: skip
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        labels = torch.arange(6)
        for _ in range(2):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(given.spikes).readout.amax(1), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return {"float weights": [p.detach().numpy() for p in model.parameters()]}
    finally:
        torch.set_num_threads(threads)


CASES: dict[str, Callable[[], Parts]] = {
    **{f"bss2 {name}": lambda name=name: on_bss2(name, False, 3) for name in ("ideal", "behavioral", "event")},
    **{f"bss2 loop {name}": lambda name=name: on_bss2(name, True, 3) for name in ("ideal", "behavioral", "event")},
    "bss2 loop verilog": lambda: on_bss2("verilog", True, 3),
    **{f"tiny {name}": lambda name=name: on_tiny(name) for name in ("event", "rtl", "verilog")},
    **{f"bss1 {name}": lambda name=name: on_bss1(name, "bss1", 2) for name in ("behavioral", "event")},
    **{f"bss1-tiny {n}": lambda n=n: on_bss1(n, "bss1-tiny", 1) for n in ("behavioral", "event", "rtl", "verilog")},
    **{
        f"trained {name} {gradient}": lambda name=name, gradient=gradient: trained(name, gradient)
        for name, gradient in (
            ("ideal", "measured"), ("behavioral", "measured"), ("behavioral", "spikes"), ("behavioral", "known"),
            ("event", "measured"),
        )
    },
}  # fmt: skip
SLOW = {"bss1-tiny rtl"}


@pytest.mark.parametrize("case", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in CASES])
def test_results_are_those_of_before(case: str) -> None:
    kept = json.loads(KEPT.read_text())
    here = processor()
    for part, values in CASES[case]().items():
        if not part.startswith("float") or kept["processor"] == here:
            assert digest(values) == kept["digests"][case][part], f"{part} of {case} changed"


def test_a_changed_bit_is_noticed() -> None:
    values = np.arange(5, dtype=np.float32)
    changed = values.copy()
    changed.view(np.uint32)[3] ^= 1
    assert digest(values) != digest(changed)


def _made() -> Iterator[tuple[str, dict[str, str]]]:
    for name, run in CASES.items():
        print(name, flush=True)
        yield name, {part: digest(values) for part, values in run().items()}


if __name__ == "__main__":
    KEPT.write_text(json.dumps({"processor": processor(), "digests": dict(_made())}, indent=1) + "\n")
