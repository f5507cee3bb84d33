"""The whole design in MyHDL, driven by the same sessions as the Verilog: registers, spikes and fires at its ports."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.stimulus import Stimulus
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.bss2.driver import Driver
from inloop.rtl.bss2.ports import Ports
from inloop.rtl.lib.bus_host import SETTLE

from tests.cocotb.bss2.session import Record, Steps, session


def run_rtl(spec: ChipSpec, config: FabricConfig, given: Stimulus, cycles: int, fires: Any = ()) -> Record:
    """Play a session on a fresh simulation of the design and return its record."""
    record = Record()

    def script(host: Driver) -> Generator[Any, None, None]:
        nonlocal record
        record = yield from play(host, session(spec, config, given, cycles, fires))

    Driver(spec).play(script)
    return record


def play(host: Driver, steps: Steps) -> Generator[Any, None, Any]:
    """Drive and watch what a generator of steps asks for, one clock cycle each; return its result."""
    signals: dict[str, Any] = {}
    answer: Any = None
    while True:
        try:
            drive, watch = steps.send(answer)
        except StopIteration as stop:
            return stop.value
        for name in {*drive, *watch} - signals.keys():
            signals[name] = port(host.ports, name)
        for name, value in drive.items():
            signals[name].next = value
        yield SETTLE
        answer = tuple(int(signals[name]) for name in watch)
        yield from host.edge()


def port(ports: Ports, name: str) -> Any:
    """Return the signal of a port by its name in Verilog, as `s_axis_0_tdata`."""
    bundle, _, member = name.rpartition("_")
    if bundle == "s_axil":
        return getattr(ports.s_axil, member)
    if bundle[:7] in ("s_axis_", "m_axis_"):
        return getattr(getattr(ports, bundle[:6])[int(bundle[7:])], member)
    return getattr(ports, name)


def pulses(spec: ChipSpec, record: Record) -> list[tuple[int, ...]]:
    """Return the driver pulses of a record: rows of cycle, driver, row_exc, row_inh, label, amplitude."""
    rows = []
    widths = {
        "row_exc": 2,
        "row_inh": 2,
        "pulse_label": spec.synapse_label_bits,
        "pulse_amplitude": spec.amplitude_bits,
    }
    for cycle, valid in enumerate(record.traces["pulse_valid"]):
        for driver in (d for d in range(valid.bit_length()) if valid >> d & 1):
            values = (record.traces[name][cycle] >> bits * driver & (1 << bits) - 1 for name, bits in widths.items())
            rows.append((cycle, driver, *values))
    return rows


def words(record: Record, name: str) -> list[int]:
    """Return the words of a bank of counters as they were read."""
    return [word for bank, _, _, word in record.counters if bank == name]
