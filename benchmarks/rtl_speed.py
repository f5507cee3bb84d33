"""Cycles/s of the digital spike path of the full chip on one core: verilated with a small C++ program, and in MyHDL.

The input is that of fabric_speed.py: frames of 10 µs with about 100 input spikes and 20 spikes of neurons, one after
the other, separated by `clear`. Times are CPU times of the process. All fires, words and counts pass the ports in each
cycle.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from fabric_speed import CYCLES, frame, routed
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.rtl.bss2.ports import make_ports
from inloop.rtl.bss2.register_map import config_writes, control_write
from inloop.rtl.bss2.top import top
from inloop.rtl.convert import toolchain
from inloop.rtl.convert.elaboration import simulate
from inloop.rtl.convert.verilog import VERILATOR_SPEED_FLAGS, module_name, verilog_modules
from myhdl import StopSimulation, block, delay, instance

FRAMES, REPEATS = 50, 20
MYHDL_CYCLES = 10_000
VERILATE = (
    "--cc", "--exe", *VERILATOR_SPEED_FLAGS, "--x-assign", "fast", "--x-initial", "fast", "--noassert", "--prefix",
    "Vtop", "-Wno-fatal", "-Wno-lint", "-Wno-style",
)  # fmt: skip
COMPILE = "-O3 -march=native"


def words(given: Any, link: int) -> list[int]:
    """Return the stream words of a link."""
    mine = given.channel == link
    return (given.stamp[mine] << 16 | given.label[mine]).tolist()


def description(spec: ChipSpec) -> list[int]:
    """Return configuration and frames as the C++ program reads them."""
    rng = np.random.default_rng(0)
    writes = config_writes(spec, routed(spec))
    numbers = [len(writes), *(n for pair in writes for n in pair)]
    numbers += [*control_write(spec, clear=True), *control_write(spec, run=True), FRAMES, CYCLES]
    for _ in range(FRAMES):
        given, fires = frame(spec, rng)
        for link in range(spec.link_channels):
            numbers += [len(words(given, link)), *words(given, link)]
        numbers += [len(fires), *fires.reshape(-1).tolist()]
    return numbers


def verilated(spec: ChipSpec, folder: Path) -> tuple[float, str]:
    """Build and run; return cycles/s and a line about what happened."""
    tool = toolchain.verilator()
    source = folder / "top.v"
    source.write_text("\n".join(verilog_modules(spec).values()))
    flags = f"{COMPILE} -DPULSE_WORDS={spec.hemispheres * spec.drivers // 32}"
    command = [str(tool.program), *VERILATE, "--top-module", module_name(spec), "-Mdir", str(folder), "-o", "speed"]
    command += ["-CFLAGS", flags, str(source), str(Path(__file__).with_suffix(".cpp"))]
    run = {"check": True, "stdout": subprocess.DEVNULL, "env": tool.environment()}
    subprocess.run(command, **run)
    make = ["make", "-C", str(folder), "-f", "Vtop.mk", *toolchain.MAKE_FLAGS, f"OPT_FAST={COMPILE}", "speed"]
    subprocess.run(make, **run)
    np.array(description(spec), np.int64).tofile(folder / "input")
    out = subprocess.run([str(folder / "speed"), str(folder / "input"), str(REPEATS)], check=True, capture_output=True)
    cycles, seconds, pulses, sent = (float(number) for number in out.stdout.split())
    frames = FRAMES * REPEATS
    return (
        cycles / seconds,
        f"{cycles:,.0f} cycles; per frame {pulses / frames:.0f} pulses, {sent / frames:.0f} events out",
    )


def in_myhdl(spec: ChipSpec) -> float:
    """Return cycles/s of the MyHDL simulation, without the time for the configuration."""
    ports = make_ports(spec)
    given, fires = frame(spec, np.random.default_rng(0))
    waiting = [words(given, link) for link in range(spec.link_channels)]
    firing = {int(cycle): 1 << int(neuron) for cycle, neuron in fires}
    seconds = 0.0

    @block
    def bench() -> Any:
        design = top(**ports.connections(spec))

        def edge() -> Any:
            ports.clock.next = 1
            yield delay(1)
            ports.clock.next = 0
            yield delay(1)

        def write(address: int, word: int) -> Any:
            a = ports.s_axil
            a.awaddr.next, a.wdata.next, a.awvalid.next, a.wvalid.next = address, word, 1, 1
            yield from edge()
            a.awvalid.next = a.wvalid.next = 0
            while not a.bvalid:
                yield from edge()
            yield from edge()

        @instance
        def host() -> Any:
            nonlocal seconds
            ports.reset.next, ports.s_axil.bready.next, ports.s_axil.wstrb.next = 1, 1, 15
            yield from edge()
            yield from edge()
            ports.reset.next = 0
            for address, word in config_writes(spec, routed(spec)):
                yield from write(address, word)
            yield from write(*control_write(spec, clear=True))
            yield from write(*control_write(spec, run=True))
            begin = time.process_time()
            for cycle in range(MYHDL_CYCLES):
                if cycle % CYCLES == 0:
                    queues = [list(reversed(link)) for link in waiting]
                for link, queue in enumerate(queues):
                    stream = ports.s_axis[link]
                    if stream.tvalid and stream.tready:
                        queue.pop()
                    stream.tvalid.next = bool(queue)
                    if queue:
                        stream.tdata.next = queue[-1]
                    ports.m_axis[link].tready.next = 1
                ports.fire.next = firing.get(cycle % CYCLES, 0)
                yield from edge()
            seconds = time.process_time() - begin
            raise StopSimulation

        return design, host

    simulate(bench)
    return MYHDL_CYCLES / seconds


def main() -> None:
    """Print one line per simulation."""
    spec = chip_spec("bss2")
    with tempfile.TemporaryDirectory() as folder:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        speed, note = verilated(spec, Path(folder))
    print(f"{'verilated':12}{speed:12,.0f} cycles/s  ({note})")
    print(f"{'MyHDL':12}{in_myhdl(spec):12,.0f} cycles/s")


if __name__ == "__main__":
    main()
