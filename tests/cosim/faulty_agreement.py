"""Are faults of the design seen by the comparison of levels, on inputs such as a user has?

Each fault of `tests/cocotb/bss2/faults.py` is put into the Verilog of `tiny`, which is verilated, and `event` is
compared with it on a recurrent network whose input comes in bursts: late events, drops and spikes that wait, but
registers as the router sets them. `python -m tests.cosim.faulty_agreement [PATTERN]` from the checkout prints a table.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.agree import agree
from inloop.cosim.chip import Chip
from inloop.cosim.trials import Subject
from inloop.cosim.verilated import build
from inloop.errors import InloopError
from inloop.rtl.convert.verilog import module_name, verilog_modules

from tests.cocotb.bss2.faults import FAULTS, Fault, crossbar_faults, with_fault

SPEC = chip_spec("tiny")
ROOT = Path(__file__).parents[2]
SAMPLES, BURSTS, PER_BURST = 60, 8, 60
BUSY = 4  # the crossbar output where two event outputs and a link meet
SEEDED = (*crossbar_faults(BUSY), *FAULTS[len(crossbar_faults(0)) :])
LIMIT_S = 600
HANGS = "the compiled design never answers"
"""A design that does not answer its host stops the level, which a user cannot miss either."""


_OFF = "the router leaves {} off"
_HOST = "the host of the level does not {}"
_FAR = "a sample is too short for it"
_SELDOM = "no neuron fires as often as its counter has values in a sample"
UNREACHABLE = {
    "the output counts without permission": "the router lets all outputs count",
    "drop counters wrap": _FAR,
    "ready while clearing": _HOST.format("offer words while it clears"),
    "released while time stands": "time stands at 0 before a run, and no input has stamp 0",
    "late counter stops one early": _FAR,
    "late counter wraps": _FAR,
    "stamp loses a bit": _FAR,
    "link out overflows by one": _HOST.format("let links wait"),
    "event on its way is forgotten": _HOST.format("let links wait"),
    "word repeats without ready": _HOST.format("let links wait"),
    "a clear takes back the word that is offered": _HOST.format("let links wait"),
    "a clear leaves more than the word that is offered": _HOST.format("let links wait"),
    "generator reloads too late": _OFF.format("background generators"),
    "odd periods lose a count": _OFF.format("background generators"),
    "state 0 stays 0": _OFF.format("background generators"),
    "feedback mask of the LFSR": _OFF.format("background generators"),
    "one step too few per draw": _OFF.format("background generators"),
    "rate 0 is off": _OFF.format("background generators"),
    "rate compares with less": _OFF.format("background generators"),
    "mask of random bits inverted": _OFF.format("background generators"),
    "tick one cycle early": "the refractory clock ticks in every cycle",
    "fires count while refractory": "the comparators of refractory neurons are ignored before",
    "lost spikes are not counted": "no spike waits for as long as a neuron rests",
    "disabled neurons send": "neurons that do not send do not fire",
    "spike counter saturates": _SELDOM,
    "overflow is not sticky": _SELDOM,
    "closed bus takes crossbar events": "the router opens all buses",
    "software event on the wrong hemisphere": _HOST.format("send software events"),
    "one mask bit of the row compare is dead": "this network needs one row-select group alone",
    "receiver bit is ignored": "rows of drivers that do not listen are off",
    "label keeps its low bits": "the router sends all label bits",
    "depression facilitates": _OFF.format("short-term plasticity"),
    "recovery is a step too slow": _OFF.format("short-term plasticity"),
    "utilization doubled": _OFF.format("short-term plasticity"),
    "offset is off by one": _OFF.format("short-term plasticity"),
    "writes to counters succeed": _HOST.format("write to counters"),
    "byte strobes are ignored": _HOST.format("write single bytes"),
    "unmapped registers answer": _HOST.format("read unmapped registers"),
    "high time is not held": _HOST.format("read the time"),
    "answer is dropped under back-pressure": _HOST.format("let answers wait"),
    "writes starve behind reads": _HOST.format("read and write at once"),
    "reset value of a register": _HOST.format("rely on reset values: it writes all registers"),
}
"""Faults that such inputs cannot show, and why; the benches of `tests/cocotb` show them all."""


def subject() -> Subject:
    """Return a recurrent network on `tiny` whose inputs come in bursts of the same cycle.

    The neurons see the inputs alike on a calibrated die, so that they fire nearly at once and their events meet, too.
    """
    topology, rng = Topology(7, (9,), 3, (True,)), np.random.default_rng(7)
    chip, events = Chip(SPEC, die=3, calibration="calibrated"), SAMPLES * BURSTS * PER_BURST
    grid = make_grid(SPEC, 23.3e-6)
    moment = rng.random((SAMPLES, BURSTS, 1)) * 0.98 * grid.duration_s
    spikes = SpikeBatch.from_events(
        np.repeat(np.arange(SAMPLES), BURSTS * PER_BURST), rng.integers(0, topology.inputs, events),
        np.broadcast_to(moment, (SAMPLES, BURSTS, PER_BURST)).ravel(), samples=SAMPLES, units=topology.inputs,
    )  # fmt: skip
    hidden = np.repeat(rng.normal(0.5, 0.5, (7, 1)), 9, axis=1).astype(np.float32)
    readout, own = rng.normal(0, 1, (9, 3)).astype(np.float32), rng.normal(0, 1, (9, 9)).astype(np.float32)
    trials = np.arange(SAMPLES, dtype=np.uint64)
    return Subject(topology, NetworkWeights((hidden, readout), (own,)), chip, grid, spikes, trials, None, "bursts")


def verdict(fault: Fault | None) -> str:
    """Return the first difference of `event` and the design with a fault, in this process; nothing if they agree."""
    texts = verilog_modules(SPEC)
    changed = texts if fault is None else with_fault(texts, module_name(SPEC), fault)
    build.verilog_modules = lambda _: changed  # type: ignore[assignment]
    build.COMPILE = ("-O0", "-fPIC")  # type: ignore[assignment]
    try:
        (found,) = agree(subject(), ["event", "verilog"])
    except InloopError as error:
        return f"the level stops: {error}"
    if found.agrees:
        return ""
    first = found.first
    assert first is not None
    return f"{first.quantity} of {first.place} in sample {first.sample}, {first.unit} {first.time}"


def seen(fault: Fault | None) -> str:
    """Return what `verdict` finds in a process of its own, with builds that nobody else sees."""
    number = "none" if fault is None else str(SEEDED.index(fault))
    with tempfile.TemporaryDirectory(prefix="faulty-") as cache:
        command = [sys.executable, "-m", "tests.cosim.faulty_agreement", "--verdict", number]
        environment = {**os.environ, "INLOOP_CACHE": cache}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired:
            return HANGS
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def main(pattern: str = "") -> None:
    """Print one line per fault whose name has a pattern."""
    for fault in [fault for fault in SEEDED if re.search(pattern, fault.name)]:
        start = time.perf_counter()
        found = seen(fault)
        state = "seen" if found else "not seen"
        print(f"{state:9} {time.perf_counter() - start:5.1f} s  {fault.block:16} {fault.name:45} {found}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--verdict"]:
        print(verdict(None if sys.argv[2] == "none" else SEEDED[int(sys.argv[2])]))
    else:
        main(*sys.argv[1:2])
