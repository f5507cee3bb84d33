"""The rule of AXI4-Stream and AXI4-Lite, on any design: what is offered stays, unchanged, until it is taken."""

from __future__ import annotations

import re
from typing import Any

from inloop.behavioral.bss1.fabric.config import FabricConfig as Bss1Config
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.bss1.register_map import control_write as bss1_control_write
from inloop.rtl.bss2.register_map import control_write

from tests.cocotb import bench_streams
from tests.cocotb.bench_streams import Stream
from tests.cocotb.bss1 import bench_path
from tests.cocotb.bss2 import session
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import modules, top_design

CYCLES = 1500


def streams(spec: ChipSpec | Bss1Spec) -> list[Stream]:
    """Return all streams that leave a design, from the ports of its top."""
    ports = re.findall(r"^(input|output) (?:\[\d+:0\] )?(\w+);$", modules(spec)[top_design(spec).top], re.MULTILINE)
    outputs = [name for way, name in ports if way == "output"]
    found = []
    for name in outputs:
        if name.endswith("valid") and ("input", ready := name.removesuffix("valid") + "ready") in ports:
            prefix = name.removesuffix("valid")
            found.append(
                Stream(name, ready, tuple(port for port in outputs if port.startswith(prefix) and port != name))
            )
    return found


def busy(spec: ChipSpec | Bss1Spec) -> tuple[Any, ...]:
    """Return the function, and its arguments, that configures a design to send more than the host takes."""
    if isinstance(spec, ChipSpec):
        background = {"enable": 1, "period": [7 + n for n in range(spec.background_sources)]}
        return session.prepare, spec, FabricConfig.default(spec).with_section("background", **background)
    config = Bss1Config.default(spec).sharing(1).with_section("channels", enable=1, to_chip=[0, 1] * 4)
    config = config.with_section("background", enable=1, period=9, address=5).with_section("neurons", enable=1)
    return bench_path.prepare, spec, config


def take_nothing_back(spec: ChipSpec | Bss1Spec, ready: float, simulate: Simulate) -> None:
    """Demand the rules of all streams, with a host that takes in a share of the cycles.

    Clears come in mid-traffic, with time going on or standing, and written together with `run`; what they leave of a
    stream is the one word that it offers.
    """
    is_chip = isinstance(spec, ChipSpec)
    write = control_write if is_chip else bss1_control_write
    draw: Any = bench_streams.chip_inputs if is_chip else bench_streams.hicann_inputs
    run, clear, both = (
        write(spec, run=run, clear=clear)[1] for run, clear in ((True, False), (False, True), (True, True))
    )  # type: ignore[arg-type]
    arguments = (busy(spec), spec, draw, streams(spec), [run, run, clear, both], CYCLES, 7, ready)
    seen = simulate(top_design(spec)).call(bench_streams.through_clears, *arguments)
    assert seen.breaches == []
    assert seen.clears > 10
    links = {name: count for name, count in seen.outlived.items() if "axis" in name}
    assert min(links.values()) > 3, links
