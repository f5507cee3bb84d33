"""Compare inloop with other libraries, side by side in one run: `make bench`, or python benchmarks/compare.py.

All contestants compute the task of `task.py` with equal spikes (checked here) on one core. Rounds are interleaved,
so that a busy machine slows all of them; the best round counts. Results go to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("INLOOP_THREADS", "1")

import torch
from chip_speed import chip_rows
from ours import Inloop, rate
from peers import ALL, CompiledTorch, build
from rich.console import Console
from rich.table import Table
from table import save
from task import Task

LIBRARIES = ("norse", "snnTorch", "SpikingJelly")


def speeds(steps: int, rounds: int, compiled: bool) -> dict[str, dict[str, float | str]]:
    """Return samples/s of every contestant on the task with that many steps."""
    task = Task.standard(steps)
    dense, labels = task.dense(), task.label_tensor()
    mine = Inloop(task)
    others = build(task, tuple(kind for kind in ALL if compiled or kind is not CompiledTorch))
    expected = others[0].infer(dense)
    for other in others:
        assert torch.allclose(other.infer(dense), expected, atol=1e-4), other.name
    assert torch.allclose(mine.infer(), expected, atol=1e-4)
    found: dict[str, dict[str, float | str]] = {
        one.name: {"version": one.version, "infer": 0.0, "train": 0.0} for one in (mine, *others)
    }
    for _ in range(rounds):
        for one in (mine, *others):
            infer = mine.infer if one is mine else lambda one=one: one.infer(dense)
            train = (lambda: mine.train_step(labels)) if one is mine else lambda one=one: one.train_step(dense, labels)
            row = found[one.name]
            row["infer"] = max(float(row["infer"]), rate(infer, task.batch))
            row["train"] = max(float(row["train"]), rate(train, task.batch))
    return found


MEMORY = """
import sys, torch
sys.path.insert(0, {folder!r})
torch.set_num_threads(1)
from task import Task
task = Task.standard(80)
labels = task.label_tensor()
if {name!r} == "inloop":
    from ours import Inloop
    one = Inloop(task)
    step = lambda: one.train_step(labels)
else:
    import peers
    one = next(kind for kind in peers.ALL if kind.name == {name!r})(task)
    dense = task.dense()
    step = lambda: one.train_step(dense, labels)
for _ in range(10):
    step()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)
"""


def peak_memory_mb(name: str) -> float:
    """Return the peak memory of ten training steps in a process of its own, the library included (Linux)."""
    code = MEMORY.format(folder=str(Path(__file__).parent), name=name)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out (it takes minutes)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console, rows = Console(), []
    for steps in (80, 24):
        found = speeds(steps, options.rounds, not options.no_compile)
        table = Table("contestant", "version", "infer", "inloop is", "train", "inloop is ", "peak MB")
        table.title = f"256-246-10, batch 100, {steps} steps, one core; samples/s"
        mine = found["inloop"]
        for name, row in found.items():
            memory = peak_memory_mb(name) if steps == 80 else 0.0
            ratios = {k: float(mine[k]) / float(row[k]) for k in ("infer", "train")}
            table.add_row(
                name,
                str(row["version"]),
                f"{row['infer']:,.0f}",
                f"{ratios['infer']:.1f} ×",
                f"{row['train']:,.0f}",
                f"{ratios['train']:.1f} ×",
                f"{memory:.0f}" if memory else "",
            )
            rows.append({"steps": steps, "contestant": name, **row, "peak_mb": round(memory)})
        console.print(table)
        for kind in ("infer", "train"):
            best = max((float(found[name][kind]) for name in LIBRARIES if name in found), default=float("nan"))
            console.print(f"{kind}: {float(mine[kind]) / best:.1f} × the best of the libraries")
    chip = chip_rows()
    table = Table(
        "level",
        "window (µs)",
        "noise",
        "cores",
        "images/s",
        title="inference of the behavioral chip, 256-246-10, MNIST",
    )
    for row in chip:
        table.add_row(
            row["level"], str(row["window_us"]), row["noise"], str(row["cores"]), f"{row['images_per_s']:,.0f}"
        )
    console.print(table)
    save("compare.csv", rows)
    save("chip.csv", chip)
    parts = {name: version(name) for name in ("inloop", "torch", "numba", "numpy")}
    save("versions.csv", [{"python": platform.python_version(), "machine": platform.machine(), **parts}])


if __name__ == "__main__":
    main()
