"""Recordings show what the levels do, bit for bit, and the files that are written say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.agree import compare
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.cosim.quantities import Divergence
from inloop.cosim.trials import Subject, plan
from inloop.cosim.waves.record import record
from inloop.cosim.waves.recording import Recording, first_difference
from inloop.cosim.waves.vcd import write_vcd
from inloop.cosim.waves.window import Window, write_window
from inloop.errors import ConfigError
from vcd.reader import TokenKind, tokenize

SPEC = chip_spec("tiny")
SAMPLES = 3


def bursts() -> Subject:
    """Return a recurrent network whose inputs come in bursts: full FIFOs, late events, drops."""
    topology, rng = Topology(7, (9,), 3, (True,)), np.random.default_rng(1)
    grid = make_grid(SPEC, 6.6e-6)
    moment = rng.random((SAMPLES, 3, 1)) * 4e-6
    spikes = SpikeBatch.from_events(
        np.repeat(np.arange(SAMPLES), 180), rng.integers(0, 7, SAMPLES * 180),
        np.broadcast_to(moment, (SAMPLES, 3, 60)).ravel(), samples=SAMPLES, units=7,
    )  # fmt: skip
    forward = tuple(rng.normal(1, 0.5, shape).astype(np.float32) for shape in ((7, 9), (9, 3)))
    weights = NetworkWeights(forward, (rng.normal(0, 1, (9, 9)).astype(np.float32),))
    return Subject(topology, weights, Chip(SPEC, die=3), grid, spikes, np.arange(SAMPLES, dtype=np.uint64))


SUBJECT = bursts()


@pytest.fixture(scope="module")
def event() -> Recording:
    return record("event", SUBJECT, 1, "neuron 4")


def total(recording: Recording, *ends: str) -> int:
    """Count the ticks and signals in which something valid is there."""
    return sum(int(row.get(name, 0)) for row in recording.rows for name in recording.bits if name.endswith(ends))


def test_a_recording_shows_what_the_level_does(event: Recording) -> None:
    level = open_level("event", SUBJECT.topology, SUBJECT.chip, SUBJECT.grid)
    seen = level.run(SUBJECT.spikes.select(np.array([1])), SUBJECT.weights, SUBJECT.trials[[1]])
    _, _, unit = seen.spikes[0].table()
    spikes = sorted(zip(seen.cycles[0].tolist(), unit.tolist(), strict=True))
    shown = [(k, n) for k, row in enumerate(event.rows) for n in range(16) if int(row["neurons.fire"]) >> n & 1]
    assert shown == spikes
    assert len(spikes) > 10
    assert [k for k, row in enumerate(event.rows) if row["neuron_4.fire"]] == [k for k, n in spikes if n == 4]
    for k, n in spikes:
        if n == 4:
            assert event.rows[k]["neuron_4.membrane"] > event.rows[k]["neuron_4.threshold"]
            assert event.rows[k + 1]["neuron_4.refractory"] == event.rows[k + 1]["neuron_4.clamp"] == 1
    assert seen.counters["late"] > 20
    assert seen.counters["dropped"] > 0
    outputs = sum(int(row.get(f"crossbar_in_output_{n}.valid", 0)) for row in event.rows for n in range(8))
    assert 0 <= len(spikes) - outputs <= 2, "all but the last spikes reach the crossbar"
    inputs = sum(int(row.get(f"crossbar_in_link_{k}.valid", 0)) for row in event.rows for k in range(4))
    assert inputs == seen.counters["input_events"]


def test_all_levels_with_a_digital_path_show_the_same(digital: str, event: Recording) -> None:
    if digital == "event":
        pytest.skip("the reference of the others")
    other = record(digital, SUBJECT, 1, "neuron 4")
    assert first_difference(event, other) is None
    assert len(event.rows) == len(other.rows) == 832
    shared = set(event.bits) & set(other.bits)
    assert {"link_in_0.stamp", "link_out_0.label", "pulses_bottom_3.drivers", "neuron_4.membrane"} <= shared
    assert ("bus_top_0.valid" in shared) == (digital == "rtl")
    for recording in (event, other):
        assert total(recording, "drivers") > 100
        assert sum(int(row.get(f"link_out_{k}.valid", 0)) for row in recording.rows for k in range(4)) > 10


def test_the_first_signal_that_differs_is_found(event: Recording) -> None:
    rows = [dict(row) for row in event.rows]
    at = next(k for k, row in enumerate(rows) if row.get("pulses_top_0.drivers") and k > 300)
    rows[at]["pulses_top_0.label"] = 63
    rows[at + 5]["neurons.fire"] = 1 << 15
    found = first_difference(event, replace(event, rows=rows))
    assert found is not None
    assert found[:2] == (at, "pulses_top_0.label")
    assert found[2][1] == "63"


@pytest.mark.parametrize("level", ["ideal", "behavioral"])
@pytest.mark.parametrize("place", ["neuron 4", "output 2", "batch"])
def test_levels_on_a_grid(level: str, place: str) -> None:
    seen = record(level, SUBJECT, 1, place)
    steps = open_level(level, SUBJECT.topology, SUBJECT.chip, SUBJECT.grid).run(
        SUBJECT.spikes.select(np.array([1])), SUBJECT.weights, SUBJECT.trials[[1]]
    )
    assert len(seen.rows) == SUBJECT.grid.steps
    assert sum(int(row["input.events"]) for row in seen.rows) == 180
    fired = sum(int(row.get("neurons.fire", 0)).bit_count() for row in seen.rows)
    assert fired == steps.counters["hidden_spikes"] > 5
    (membrane,) = (name for name in seen.bits if name.endswith(".membrane"))
    column = {"neuron 4": 4, "output 2": 11, "batch": 0}[place]
    assert membrane == f"neuron_{column}.membrane"
    assert len({row[membrane] for row in seen.rows}) > 1


def parsed(path: Path) -> tuple[dict[str, dict[int, Any]], int]:
    """Return the changes of each signal by time, and the last time, as an independent reader sees the file."""
    names, scopes, changes, time = {}, [], {}, 0
    with path.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.TIMESCALE:
                assert (token.timescale.magnitude, token.timescale.unit.value) == (1, "ps")
            elif token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR:
                names[token.var.id_code] = ".".join([*scopes, token.var.reference])
                changes[names[token.var.id_code]] = {}
            elif token.kind is TokenKind.CHANGE_TIME:
                time = token.time_change
            elif token.kind is TokenKind.CHANGE_SCALAR:
                changes[names[token.scalar_change.id_code]][time] = token.scalar_change.value
            elif token.kind is TokenKind.CHANGE_VECTOR:
                changes[names[token.vector_change.id_code]][time] = token.vector_change.value
            elif token.kind is TokenKind.CHANGE_REAL:
                changes[names[token.real_change.id_code]][time] = token.real_change.value
    return changes, time


def test_the_file_says_what_was_recorded(event: Recording, tmp_path: Path) -> None:
    grid = record("behavioral", SUBJECT, 1, "neuron 4")
    write_vcd(tmp_path / "a.vcd", (event, grid), 100 * 8e-9, 500 * 8e-9)
    changes, last = parsed(tmp_path / "a.vcd")
    assert last == 500 * 8000
    assert set(changes) == {f"event.{n}" for n in event.bits} | {f"behavioral.{n}" for n in grid.bits}
    for name in event.bits:
        value = None
        for cycle in range(100, 500):
            value = changes[f"event.{name}"].get(8000 * cycle, value)
            expected = event.rows[cycle].get(name, 0)
            assert (value if event.bits[name] == 0 else int(value)) == pytest.approx(expected), (name, cycle)
    step = round(grid.tick_s * 1e12)
    start, *others = changes["behavioral.neurons.fire"]
    assert start == 100 * 8000, "the step under way"
    assert others
    assert all(time % step == 0 and start < time < 500 * 8000 for time in others)


def keep(path: Path, fill: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fill(path)


def test_the_window_lies_around_the_difference(tmp_path: Path) -> None:
    calm, as_is = (compare(trial) for trial in plan(SUBJECT, ["behavioral", "event"]))
    shown = write_window(calm, tmp_path, Window(), keep)
    assert shown.signal is None
    assert shown.path.name.startswith("7-9r-3-behavioral-event-uncongested-input-sample")
    late = replace(as_is, first=Divergence(1, 10, "step", "spike", "neuron 4", ("spike", "no spike")), shown=1)
    path = write_window(late, tmp_path, Window(), keep).path
    assert path.name == "7-9r-3-behavioral-event-input-as-it-is-sample1-cycles370-620.vcd"
    assert "event.neuron_4.membrane" in parsed(path)[0]
    chosen = write_window(as_is, tmp_path, Window(2, (5, 50)), keep).path
    assert chosen.name.endswith("sample2-cycles5-50.vcd")
    changes, last = parsed(chosen)
    assert last == 50 * 8000
    assert {name.partition(".")[0] for name in changes} == {"behavioral", "event"}


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (Window(3), "sample 3 is not among the 3"),
        (Window(0, (5, 5)), "cycles 5:5 must lie within 0:832"),
        (Window(0, (5, 900)), "cycles 5:900 must lie within 0:832"),
    ],
)
def test_a_window_that_is_not_there(window: Window, message: str, tmp_path: Path) -> None:
    _, as_is = (compare(trial) for trial in plan(SUBJECT, ["behavioral", "event"]))
    with pytest.raises(ConfigError, match=message):
        write_window(as_is, tmp_path, window, keep)
    assert list(tmp_path.iterdir()) == []
