"""The backend of one event output alone against the twin: refractory time, clamp, latch, arbitration, counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig, Neurons
from inloop.behavioral.bss2.fabric.counters import SPIKE_BITS
from inloop.behavioral.bss2.fabric.wiring import neuron_at, neurons
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec

from tests.cocotb import bench_block
from tests.cocotb.bss2.stepped import Stepped, differences, words
from tests.cocotb.bss2.strategies import FEW, MANY, one_per, plenty
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

CYCLES = 100
LAST = 60
NAMES = ("event_valid", "event_address", "clamp", "refractory", "lost_count")


@dataclass(frozen=True)
class Case:
    """neurons: settings by index on the output, others as after reset. fires: cycle, index. scales: slow, fast."""

    neurons: dict[int, dict[str, int]]
    scales: tuple[int, int]
    fires: list[tuple[int, int]]

    def config(self, spec: ChipSpec) -> FabricConfig:
        config = FabricConfig.default(spec)
        values = {name: getattr(config.neurons, name).copy() for name in Neurons.__dataclass_fields__}
        for index, settings in self.neurons.items():
            for name, value in settings.items():
                values[name][neuron_at(spec, 0, index)] = value
        slow, fast = self.scales
        return config.with_section("neurons", **values).with_section("clocks", slow_scale=slow, fast_scale=fast)


@st.composite
def cases(draw: st.DrawFn, spec: ChipSpec) -> Case:
    index = st.integers(0, neurons(spec) // spec.event_outputs - 1)
    settings = st.fixed_dictionaries(
        {"enable": st.sampled_from([1, 1, 1, 0])},
        optional={
            "address": st.integers(0, 255), "refractory_time": st.integers(0, 5) | st.integers(0, 40),
            "reset_holdoff": st.integers(0, 15), "fast_clock": st.integers(0, 1),
        },
    )  # fmt: skip
    return Case(
        dict(draw(plenty(st.tuples(index, settings), 12))),
        (draw(st.integers(0, 5)), draw(st.integers(0, 3))),
        one_per(draw(plenty(st.tuples(st.integers(0, LAST), index), 60)), 2),
    )


def ticks(scale: int, cycle: int) -> int:
    """Return whether a clock ticks in a cycle."""
    low = (1 << scale) - 1
    return int(cycle & low == low)


def check(spec: ChipSpec, case: Case, simulate: Simulate) -> None:
    config, count = case.config(spec), neurons(spec) // spec.event_outputs
    mine = [neuron_at(spec, 0, index) for index in range(count)]
    twin, events, lost = Stepped(spec, config), [{}], [0]
    steps: list[dict[str, int]] = []
    for cycle in range(CYCLES):
        fired = [index for at, index in case.fires if at == cycle]
        twin.step([mine[index] for index in fired])
        events.append(twin.inputs())
        lost.append(int(twin.state.backend.outputs["lost"][0]))
        clocks = {"slow_tick": ticks(case.scales[0], cycle), "fast_tick": ticks(case.scales[1], cycle)}
        steps.append({"fire": sum(1 << index for index in fired), **clocks})
    clamp, refractory = [[0] * (CYCLES + 1) for _ in range(2)]
    for cycle, neuron, *ends in twin.spikes():
        for vector, end in zip((clamp, refractory), ends, strict=True):
            for c in range(cycle + 1, min(end, CYCLES + 1)):
                vector[c] |= 1 << mine.index(neuron)
    steps += [{"select_spikes": 1, "index": index} for index in range(count)] + [{}]
    memory = [(index, words(spec, config, "neurons")[neuron]) for index, neuron in enumerate(mine)]
    idle = dict.fromkeys(("slow_tick", "fast_tick", "fire", "select_spikes", "index"), 0)
    backend = simulate(block_design(spec, "neuron_backend"))
    seen = backend.call(bench_block.play, memory, idle, steps, (*NAMES, "rdata"))
    expected: list[Any] = []
    for cycle, shown in enumerate(events):
        address = shown[0] & 255 if shown else None
        expected.append((int(bool(shown)), address, clamp[cycle], refractory[cycle], lost[cycle]))
    looked_at = [(valid, address if valid else None, *rest) for valid, address, *rest, _ in seen[: CYCLES + 1]]
    assert differences(NAMES, looked_at, expected) == []
    result = twin.result()
    counters = [int(result.spike_count[n]) | int(result.spike_overflow[n]) << SPIKE_BITS for n in mine]
    assert [row[-1] for row in seen[CYCLES + 1 :]] == counters


@FEW
@given(case=cases(chip_spec("tiny")))
def test_backend(case: Case, simulate: Simulate) -> None:
    check(chip_spec("tiny"), case, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("chip", ["tiny", "bss2"])
@MANY
@given(data=st.data())
def test_backend_at_length(chip: str, data: st.DataObject, simulate: Simulate) -> None:
    check(chip_spec(chip), data.draw(cases(chip_spec(chip))), simulate)
