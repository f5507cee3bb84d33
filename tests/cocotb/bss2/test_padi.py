"""PADI buses alone, and synapse drivers alone, against the twin: who takes an event, rows, labels, plasticity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import Drivers, FabricConfig
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.wiring import buses, crossbar_nodes
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.sections import section_fields

from tests.cocotb import bench_block
from tests.cocotb.bss2.agreement import traces
from tests.cocotb.bss2.stepped import Stepped, differences, words
from tests.cocotb.bss2.strategies import FEW, MANY, one_per, plenty
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

SPEC = chip_spec("tiny")
LABEL_BITS = SPEC.label_bits
EVENT_BITS = SPEC.row_select_bits + SPEC.synapse_label_bits
FIRST_GENERATOR = SPEC.event_outputs + SPEC.link_channels
TO_OUTPUT, TO_BUS = 2, 3
"""Cycles from an input of an idle crossbar to its output, and to the bus."""
CYCLES = 60
PULSES = ("pulse_valid", "row_exc", "row_inh", "pulse_label", "pulse_amplitude")

cycles = st.integers(TO_BUS, CYCLES - 5)
bus_number = st.integers(0, buses(SPEC) - 1)
labels = st.integers(0, (1 << LABEL_BITS) - 1)


@dataclass(frozen=True)
class Buses:
    """open: buses that take crossbar events. events: cycle at the bus, bus, label. software: rows as in `Stimulus`."""

    open: frozenset[int]
    events: list[tuple[int, int, int]]
    software: list[tuple[int, ...]]


@dataclass(frozen=True)
class Events:
    """drivers: settings by driver of a hemisphere, others as after reset. recovery: enable and scale of its clock.

    events: cycle on the bus, bus of the hemisphere, row select above synapse label.
    """

    drivers: dict[int, dict[str, int]]
    recovery: tuple[int, int]
    events: list[tuple[int, int, int]]


def straight(spec: ChipSpec, **drivers: Any) -> FabricConfig:
    """Return a configuration in which generator b has bus b for itself; its events reach the bus without waiting."""
    own = [(FIRST_GENERATOR + bus, bus) for bus in range(buses(spec))]
    config = FabricConfig.default(spec).with_section("drivers", **drivers)
    return config.with_section("nodes", target=[int(tuple(node) not in own) for node in crossbar_nodes(spec)])


def follow(twin: Stepped, events: list[tuple[int, int, int]], ahead: int) -> list[dict[int, int]]:
    """Step the twin with events (cycle, bus, label), entered so many cycles ahead; return what buses show per cycle."""
    shown: list[dict[int, int]] = [{}]
    for cycle in range(CYCLES):
        for at, bus, label in events:
            if at - ahead == cycle:
                twin.enter(FIRST_GENERATOR + bus, label)
        twin.step()
        shown.append(twin.buses())
    return shown


software = st.tuples(
    cycles, st.integers(0, SPEC.hemispheres - 1), st.integers(0, 15), st.integers(0, 31), st.integers(0, 63)
)
bus_cases = st.builds(
    Buses,
    st.frozensets(bus_number),
    plenty(st.tuples(cycles, bus_number, labels), 40).map(lambda rows: one_per(rows, 2)),
    plenty(software, 20).map(lambda rows: one_per(rows, 2)),
)


def check_buses(case: Buses, simulate: Simulate) -> None:
    count = buses(SPEC)
    config = straight(SPEC).with_section("buses", enable_spl1=[bus in case.open for bus in range(count)])
    expected = follow(Stepped(SPEC, config, stimulus(SPEC, software=case.software)), case.events, TO_OUTPUT)
    idle = {"event_valid": 0, "event_labels": 0, "software_valid": 0, "software_events": 0}
    idle["enable_spl1"] = sum(1 << bus for bus in case.open)
    steps = [dict(idle) for _ in range(CYCLES)]
    for cycle, bus, label in case.events:
        steps[cycle]["event_valid"] |= 1 << bus
        steps[cycle]["event_labels"] |= label << bus * LABEL_BITS
    for cycle, hemisphere, fire_bus, row_select, label in case.software:
        steps[cycle]["software_valid"] |= fire_bus << hemisphere * SPEC.padi_buses
        steps[cycle]["software_events"] |= (row_select << SPEC.synapse_label_bits | label) << hemisphere * EVENT_BITS
    block = simulate(block_design(SPEC, "padi"))
    seen = []
    for valid, events in block.call(bench_block.play, [], idle, steps, ("bus_valid", "bus_events")):
        on = {bus: events >> bus * EVENT_BITS & (1 << EVENT_BITS) - 1 for bus in range(count) if valid >> bus & 1}
        seen.append([on.get(bus) for bus in range(count)])
    rows = [[row.get(bus) for bus in range(count)] for row in expected[:-1]]
    assert differences(tuple(f"bus {bus}" for bus in range(count)), seen, rows) == []


@st.composite
def driver_cases(draw: st.DrawFn, spec: ChipSpec) -> Events:
    fields = {f.name: st.integers(0, (1 << bits) - 1) for f, bits in section_fields(spec, Drivers)}
    usual = {
        "receiver": st.sampled_from([1, 1, 0]),
        "compare_mask": st.sampled_from([0, 1, 31]) | fields["compare_mask"],
    }
    settings = st.fixed_dictionaries(usual, optional={k: v for k, v in fields.items() if k not in usual})
    event = st.tuples(
        cycles, st.integers(0, spec.padi_buses - 1), st.integers(0, 127) | st.integers(0, (1 << EVENT_BITS) - 1)
    )
    return Events(
        dict(draw(plenty(st.tuples(st.integers(0, spec.drivers - 1), settings), 12))),
        (draw(st.integers(0, 1)), draw(st.integers(0, 6))),
        one_per(draw(plenty(event, 40)), 2),
    )


def check_drivers(spec: ChipSpec, case: Events, simulate: Simulate) -> None:
    default = FabricConfig.default(spec).drivers
    values = {name: getattr(default, name).copy() for name in Drivers.__dataclass_fields__}
    for driver, settings in case.drivers.items():
        for name, value in settings.items():
            values[name][driver] = value
    enable, scale = case.recovery
    config = straight(spec, **values).with_section("buses", enable_spl1=1)
    config = config.with_section("recovery", recovery_enable=enable, recovery_scale=scale)
    twin = Stepped(spec, config)
    follow(twin, case.events, TO_BUS)
    expected = traces(spec, twin.result())
    idle = {"tick": 0, "bus_valid": 0, "bus_events": 0}
    low = (1 << scale) - 1
    steps = [idle | {"tick": int(enable and cycle & low == low)} for cycle in range(CYCLES)]
    for cycle, bus, event in case.events:
        steps[cycle]["bus_valid"] |= 1 << bus
        steps[cycle]["bus_events"] |= event << bus * EVENT_BITS
    memory = [*enumerate(words(spec, config, "drivers")[: spec.drivers])]
    block = simulate(block_design(spec, "synapse_drivers"))
    seen = block.call(bench_block.play, memory, idle, steps, PULSES)
    rows = [*zip(*(expected[name][:CYCLES] for name in PULSES), strict=True)]
    assert differences(PULSES, seen, rows) == []


@FEW
@given(case=bus_cases)
def test_buses(case: Buses, simulate: Simulate) -> None:
    check_buses(case, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@MANY
@given(case=bus_cases)
def test_buses_at_length(case: Buses, simulate: Simulate) -> None:
    check_buses(case, simulate)


@FEW
@given(case=driver_cases(SPEC))
def test_drivers(case: Events, simulate: Simulate) -> None:
    check_drivers(SPEC, case, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("chip", ["tiny", "bss2"])
@MANY
@given(data=st.data())
def test_drivers_at_length(chip: str, data: st.DataObject, simulate: Simulate) -> None:
    check_drivers(chip_spec(chip), data.draw(driver_cases(chip_spec(chip))), simulate)
