"""Does the suite notice faults? Each fault is put into the Verilog, and the fast checks run until one fails.

`python -m tests.cocotb.mutation` from the checkout prints a table; `tests/cocotb/bss2/test_mutation.py` demands that
none survives.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.convert.verilog import module_name

from tests.cocotb.bss2.faults import FAULTS, Fault, with_fault
from tests.cocotb.checks import CHIP, checks
from tests.cocotb.designs import modules
from tests.cocotb.runner import SIMULATORS, Design, Simulation, available

LONG = "saturate|wrap|time|long"
"""Checks that Icarus is too slow for."""
FAILURES = (Exception, pytest.fail.Exception)


def mutant(fault: Fault, spec: ChipSpec | Bss1Spec = CHIP) -> Design:
    """Return the design with a fault. Raises `ValueError` if the text to replace does not occur exactly once."""
    top = module_name(spec)
    return Design(top, "\n".join(with_fault(modules(spec), top, fault).values()))


def killer(fault: Fault, spec: ChipSpec | Bss1Spec = CHIP) -> str | None:
    """Return the check that notices a fault, and on which simulator; None if it survives."""
    design = mutant(fault, spec)
    usable = [simulator for simulator in reversed(SIMULATORS) if not available(simulator)]
    for simulator in usable:  # Icarus, which builds in no time; then Verilator for what takes long
        running: dict[str, Simulation] = {}

        def simulate(_: Design, use: str = "", simulator: str = simulator, running: Any = running) -> Simulation:
            if use not in running or not running[use].alive:
                folder = Path(tempfile.mkdtemp(prefix="mutant-"))
                running[use] = Simulation(design, simulator, folder).start()
            return running[use]

        try:
            for name, check, arguments in checks(spec, LONG if simulator != usable[0] else ""):
                try:
                    check(simulate=simulate, **arguments)
                except FAILURES:
                    return f"{name} on {simulator}"
                except pytest.skip.Exception:
                    continue
        finally:
            for simulation in running.values():
                simulation.stop()
    return None


def main(pattern: str = "") -> int:
    """Print one line per fault whose name has a pattern; return 1 if one survives."""
    survived, chosen = 0, [fault for fault in FAULTS if re.search(pattern, fault.name)]
    for fault in chosen:
        start = time.perf_counter()
        by = killer(fault)
        survived += by is None
        print(f"{'SURVIVED' if by is None else 'killed':8} {time.perf_counter() - start:5.1f} s  ", end="")
        print(f"{fault.block:16} {fault.name:45} {by or ''}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} faults noticed")
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
