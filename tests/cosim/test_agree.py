"""Agreement of levels: what is compared, what holds, and that a broken level is found where it breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import GridEvents, SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.cosim import agree as agree_
from inloop.cosim.agree import agree, compare
from inloop.cosim.bss2.agreement import APART
from inloop.cosim.bss2.random_subject import random_subject
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Observation
from inloop.cosim.quantities import Quantity
from inloop.cosim.spike_differences import _unpaired
from inloop.cosim.trials import Trial, fine_grid, plan, spread
from inloop.errors import ConfigError
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

SPEC = chip_spec("bss2")
SUBJECT = random_subject(40)


# --- what is compared


def test_the_plan_follows_from_the_levels() -> None:
    kinds = [(trial.kind, trial.levels) for trial in plan(SUBJECT, ["verilog", "event", "behavioral", "ideal", "rtl"])]
    assert kinds == [
        ("C", ("ideal", "behavioral")), ("B", ("behavioral", "event")), ("B", ("behavioral", "event")),
        ("A", ("event", "rtl")), ("A", ("event", "verilog")),
    ]  # fmt: skip
    calm, as_is = plan(SUBJECT, ["behavioral", "event"])
    assert calm.subject.grid.sample_steps == 208
    assert as_is.subject is SUBJECT
    assert plan(SUBJECT, ["behavioral", "event"], 52)[0].subject.grid.sample_steps == 52


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (["event"], "'event': agreement needs two"),
        (["event", "event"], "agreement needs two"),
        (["ideal", "event"], "'ideal' can be compared with 'behavioral' alone, not with event"),
        (["ideal", "quantum"], "unknown fidelity 'quantum'"),
    ],
)
def test_levels_without_a_statement_are_refused(levels: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan(SUBJECT, levels)


def test_the_fine_grid_knows_where_spikes_go() -> None:
    assert fine_grid(SUBJECT) == 208
    assert fine_grid(random_subject(1, recurrent=True)) == 26


@settings(max_examples=50, deadline=None)
@given(
    events=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.floats(0, 9.9e-6)), max_size=60),
)
def test_spread_input_has_room_between_events(events: list[tuple[int, int, float]]) -> None:
    grid = make_grid(SPEC, 9.9e-6)
    sample, unit, time_s = zip(*events, strict=True) if events else ((), (), ())
    given = SpikeBatch.from_events(sample, unit, time_s, samples=3, units=4)
    out = spread(given, SPEC, grid, APART)
    assert (out.samples, out.units) == (3, 4)
    for b in range(3):
        before, after = (batch.select(np.array([b])) for batch in (given, out))
        cycles = np.floor(after.time_s * SPEC.clock_hz)
        assert (np.diff(cycles) >= APART).all()
        assert len(after.unit) == len(before.unit) or cycles[-1] + APART >= grid.duration_s * SPEC.clock_hz
        # an event waits only for those before it
        order = np.lexsort((before.unit, np.floor(before.time_s * SPEC.clock_hz * (1 + 1e-12))))[: len(after.unit)]
        np.testing.assert_array_equal(after.unit, before.unit[order])
        first = np.floor(before.time_s[order] * SPEC.clock_hz * (1 + 1e-12))
        free = first if not len(first) else np.maximum(first, np.concatenate([[0], cycles[:-1] + APART]))
        np.testing.assert_array_equal(cycles, free)


# --- how it is judged


@settings(deadline=None)
@given(*[st.lists(st.integers(0, 40), unique=True, max_size=15)] * 2)
def test_as_many_spikes_are_paired_as_can_be(one: list[int], two: list[int]) -> None:
    a, b = np.array(sorted(one), np.int64), np.array(sorted(two), np.int64)
    alone = _unpaired(a, b)
    pairs = len(a) - len(alone[0])
    assert pairs == len(b) - len(alone[1])
    near = np.abs(a[:, None] - b) <= 1
    expected = (maximum_bipartite_matching(csr_array(near)) >= 0).sum() if near.size else 0
    assert pairs == expected


def test_figures_over_batches() -> None:
    share = Quantity("share", "percent", 99.5, 1, 100).merged(Quantity("share", "percent", 99.5, 0, 300))
    assert (share.figure, share.agrees) == (99.75, True)
    assert not Quantity("share", "percent", 99.5, 1, 100).agrees
    assert Quantity("share", "percent", 99.5, 0, 0).figure == 100
    largest = Quantity("trace", "relative", 1e-5, 2e-6, 1).merged(Quantity("trace", "relative", 1e-5, 1e-7, 1))
    assert (largest.figure, largest.agrees) == (2e-6, True)
    broken = largest.merged(Quantity("trace", "relative", 1e-5, float("nan"), 1))
    assert not broken.agrees
    assert not broken.merged(largest).agrees
    count = Quantity("spikes", "count", 0, 0, 50).merged(Quantity("spikes", "count", 0, 2, 50))
    assert (count.figure, count.of, count.agrees) == (2, 100, False)


# --- what holds


@pytest.mark.parametrize("recurrent", [False, True])
def test_class_c(recurrent: bool) -> None:
    (found,) = agree(random_subject(40, recurrent), ["ideal", "behavioral"])
    assert found.agrees
    assert found.first is None
    assert found.quantities[0].of > 5000
    assert 0 < found.quantities[1].figure < 1e-10


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_class_b(seed: int) -> None:
    calm, as_is = agree(random_subject(100, seed=seed), ["behavioral", "event"])
    assert calm.quantities[0].of > 10_000
    assert calm.agrees
    assert calm.quantities[0].figure > as_is.quantities[0].figure > 90


def test_class_b_of_a_recurrent_network() -> None:
    """Short of the bound: what comes a step late comes back through the loop. Before that, spikes keep it."""
    calm, _ = agree(random_subject(100, True), ["behavioral", "event"])
    all_spikes, to_first = calm.quantities
    assert 98 < all_spikes.figure < 99.9
    assert to_first.figure > 99.5 > all_spikes.figure
    assert 15_000 < to_first.of < all_spikes.of


@pytest.mark.parametrize("recurrent", [False, True])
def test_class_a(recurrent: bool, digital: str) -> None:
    if digital == "event":
        pytest.skip("the reference of the others")
    samples = 2 if digital == "rtl" else 40
    (found,) = agree(random_subject(samples, recurrent), ["event", digital])
    assert found.agrees, found.first
    assert [quantity.figure for quantity in found.quantities] == [0, 0, 0]
    assert found.quantities[0].of > 100 * samples
    assert found.quantities[2].of == 9


# --- what is found


class Broken:
    """Level `event` with something wrong in one sample."""

    fidelity, trials = "event", np.array([17], np.uint64)

    def __init__(self, level: Any, change: Any) -> None:
        self.level, self.change = level, change

    def run(self, spikes: Any, weights: Any, trials: Any) -> Observation:
        seen = self.level.run(spikes, weights, trials)
        (here,) = np.nonzero(trials == self.trials[0])
        return self.change(seen, int(here[0])) if len(here) else seen


def with_broken(monkeypatch: pytest.MonkeyPatch, change: Any) -> Any:
    """Compare level `event` with itself, changed, as class A does it."""
    (trial,) = plan(SUBJECT, ["event", "verilog"])

    def opened(fidelity: str, *arguments: Any) -> Any:
        level = open_level("event", *arguments)
        return Broken(level, change) if fidelity == "verilog" else level

    monkeypatch.setattr(agree_, "open_level", opened)
    monkeypatch.setattr(agree_, "BATCH", 7)
    return compare(trial)


def one_cycle_late(seen: Observation, sample: int) -> Observation:
    cycles = seen.cycles[0].copy()
    cycles[seen.spikes[0].first[sample, 0] + 5] += 1
    return replace(seen, cycles=(cycles,))


def one_spike_lost(seen: Observation, sample: int) -> Observation:
    events = seen.spikes[0]
    at = int(events.first[sample, 0]) + 5
    first = events.first - (events.first > at)
    cut = GridEvents(first, np.delete(events.unit, at), events.units)
    return replace(seen, spikes=(cut,), cycles=(np.delete(seen.cycles[0], at),))


def test_equal_levels_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_broken(monkeypatch, lambda seen, _: seen)
    assert (found.agrees, found.first, found.shown) == (True, None, 0)
    assert len(found.rasters[0].unit) == len(found.rasters[1].unit) > 50


@pytest.mark.parametrize("change", [one_cycle_late, one_spike_lost])
def test_the_first_spike_that_differs_is_named(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_broken(monkeypatch, change)
    assert not found.agrees
    seen = open_level("event", SUBJECT.topology, SUBJECT.chip, SUBJECT.grid).run(
        SUBJECT.spikes, SUBJECT.weights, SUBJECT.trials
    )
    at = int(seen.spikes[0].first[17, 0]) + 5
    assert found.first is not None
    assert (found.first.sample, found.first.unit, found.first.time) == (17, "cycle", seen.cycles[0][at])
    assert (found.first.place, found.first.values) == (f"neuron {seen.spikes[0].unit[at]}", ("spike", "no spike"))
    assert found.shown == 17
    assert found.quantities[0].figure == (2 if change is one_cycle_late else 1)
    assert found.rasters[0].time_s.sum() != found.rasters[1].time_s.sum()


def test_a_cadc_sample_that_differs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(seen: Observation, sample: int) -> Observation:
        membranes = seen.recorded.membranes[0].copy()
        membranes[sample, 2, 33] ^= 1
        return replace(seen, recorded=replace(seen.recorded, membranes=(membranes,)))

    found = with_broken(monkeypatch, change)
    assert [quantity.figure for quantity in found.quantities] == [0, 1, 0]
    assert found.first is not None
    assert (found.first.sample, found.first.time, found.first.unit) == (17, 3 * 208 - 1, "cycle")
    assert (found.first.place, found.first.quantity) == ("neuron 33", "CADC sample")
    assert abs(int(found.first.values[0]) - int(found.first.values[1])) == 1


def test_an_output_that_differs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(seen: Observation, sample: int) -> Observation:
        readout = seen.readout.copy()
        readout[sample, 4, 7] = 99
        return replace(seen, readout=readout)

    found = with_broken(monkeypatch, change)
    assert found.first is not None
    assert (found.first.time, found.first.place, found.first.values[1]) == (5 * 208 - 1, "output 7", "99")


def test_a_counter_that_differs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(seen: Observation, _: int) -> Observation:
        return replace(seen, counters={**seen.counters, "dropped": seen.counters["dropped"] + 3})

    found = with_broken(monkeypatch, change)
    assert [quantity.figure for quantity in found.quantities] == [0, 0, 1]
    assert found.first is not None
    assert found.first.quantity == "counter dropped"
    assert int(found.first.values[1]) == int(found.first.values[0]) + 3


def test_class_b_sees_a_slow_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that sees each input 12 cycles late."""
    trial: Trial = plan(SUBJECT, ["behavioral", "event"])[0]

    class Late(Broken):
        def run(self, spikes: Any, weights: Any, trials: Any) -> Observation:
            time_s = np.minimum(spikes.time_s + 12 * 8e-9, SUBJECT.grid.duration_s - 1e-9)
            return self.level.run(replace(spikes, time_s=time_s), weights, trials)

    def opened(fidelity: str, *arguments: Any) -> Any:
        level = open_level(fidelity, *arguments)
        return Late(level, None) if fidelity == "event" else level

    monkeypatch.setattr(agree_, "open_level", opened)
    found = compare(trial)
    assert not found.agrees
    assert found.quantities[0].figure < 50
    assert found.first is not None
    assert found.first.unit == "step"
    assert set(found.first.values) == {"spike", "no spike"}


def test_decisions_that_differ_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = replace(SUBJECT, decide=lambda readout: readout.max(axis=1).argmax(axis=1))
    calm, as_is = plan(subject, ["behavioral", "event"], 4)
    assert as_is.conditions == "input as it is, 4 steps per CADC sample"
    assert as_is.remark.startswith("not judged")

    def change(seen: Observation, sample: int) -> Observation:
        readout = seen.readout.copy()
        readout[sample] = 0
        readout[sample, 0, int(seen.readout[sample].max(axis=0).argmin())] = 9
        return replace(seen, readout=readout)

    def opened(fidelity: str, *arguments: Any) -> Any:
        level = open_level("event", *arguments)
        return Broken(level, change) if fidelity == "event" else level

    monkeypatch.setattr(agree_, "open_level", opened)
    for trial in (replace(calm, subject=as_is.subject), as_is):
        found = compare(trial)
        (decided,) = (quantity for quantity in found.quantities if quantity.name.startswith("equal decisions"))
        assert decided.figure == 97.5
        assert found.agrees == (trial is as_is), "what congestion does is reported, not judged"
        assert found.first is not None
        assert (found.first.sample, found.first.quantity) == (17, "decision")
