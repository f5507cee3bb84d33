"""Which lines and toggles of the Verilog the fast checks reach, per module, counted by Verilator.

`python -m tests.cocotb.coverage` from the checkout prints the tables of docs/verification.md, that of the chip or, with
`hicann` behind it, that of the path of a HICANN.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.convert.verilog import module_name

from tests.cocotb.checks import CHIP, HICANN, checks
from tests.cocotb.designs import modules, top_design
from tests.cocotb.runner import Design, Simulation

DESIGNS = {"chip": CHIP, "hicann": HICANN}
POINT = re.compile(r"^C '(.*)' (\d+)$")
FILE = "coverage.dat"  # what a simulation writes when it ends
LINES = ("v_line", "v_branch")
TOGGLES = "v_toggle"


@dataclass
class Module:
    """Reached and all points of a module: lines with their text if not reached, toggles with their signal if not."""

    lines: int = 0
    toggles: int = 0
    missed_lines: dict[int, str] = field(default_factory=dict)
    missed_toggles: list[str] = field(default_factory=list)


def measure(spec: ChipSpec | Bss1Spec) -> Counter[str]:
    """Run the fast checks of the whole design with counters; return hits per point."""
    hits: Counter[str] = Counter()
    running: dict[str, Simulation] = {}

    def simulate(_: Design, use: str = "") -> Simulation:
        if use not in running:
            folder = Path(tempfile.mkdtemp(prefix="coverage-"))
            running[use] = Simulation(top_design(spec, coverage=True), "verilator", folder).start()
        return running[use]

    for _, check, arguments in checks(spec):
        try:
            check(simulate=simulate, **arguments)
        except pytest.skip.Exception:
            continue
    for simulation in running.values():
        simulation.stop()
        for line in (simulation.folder / FILE).read_text(errors="replace").splitlines():
            if match := POINT.match(line):
                hits[match[1]] += int(match[2])
    return hits


def by_module(spec: ChipSpec | Bss1Spec, hits: Counter[str]) -> dict[str, Module]:
    """Sort points into modules, over all instances of a module."""
    lines: dict[tuple[str, int], int] = defaultdict(int)
    toggles: dict[tuple[str, str], int] = defaultdict(int)
    for point, count in hits.items():
        values = dict(part.split("\2", 1) for part in point.split("\1") if "\2" in part)
        kind, module = values["page"].split("/", 1)
        if kind in LINES:
            lines[module, int(values["l"])] += count
        elif kind == TOGGLES:
            toggles[module, values["o"]] += count
    text = top_design(spec).verilog.splitlines()
    result: dict[str, Module] = defaultdict(Module)
    for (module, line), count in lines.items():
        result[module].lines += 1
        if not count:
            result[module].missed_lines[line] = text[line - 1].strip()
    for (module, signal), count in toggles.items():
        result[module].toggles += 1
        if not count:
            result[module].missed_toggles.append(signal)
    return result


def share(total: int, missed: int) -> str:
    return f"{100 * (total - missed) / total:.1f} %" if total else "none"


def main(name: str = "chip") -> int:
    """Print shares per module of a design, and all lines that were not reached."""
    spec = DESIGNS[name]
    found = by_module(spec, measure(spec))
    order = [name for name in modules(spec) if name in found]
    print("| module | lines | reached | toggles | reached |\n|---|---|---|---|---|")
    for name in order:
        own = found[name]
        short = name.removeprefix(module_name(spec)).lstrip("_") or "top"
        reached = share(own.lines, len(own.missed_lines)), share(own.toggles, len(own.missed_toggles))
        print(f"| {short} | {own.lines} | {reached[0]} | {own.toggles} | {reached[1]} |")
    lines, toggles = (sum(getattr(own, kind) for own in found.values()) for kind in ("lines", "toggles"))
    missed = (
        sum(len(own.missed_lines) for own in found.values()),
        sum(len(own.missed_toggles) for own in found.values()),
    )
    print(f"| all | {lines} | {share(lines, missed[0])} | {toggles} | {share(toggles, missed[1])} |\n")
    for name in order:
        for line, text in sorted(found[name].missed_lines.items()):
            print(f"line not reached: {name}: {text} ({line})")
        signals = Counter(re.sub(r"\[.*|:.*", "", signal) for signal in found[name].missed_toggles)
        if signals:
            print(f"toggles not reached: {name}: " + ", ".join(f"{s} ({n})" for s, n in signals.most_common(12)))
    return int(100 * (lines - missed[0]) < 95 * lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
