"""The order of a cycle, and of the turns of several chips; the same compiled and in Python."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from inloop.behavioral import lockstep
from inloop.behavioral.lockstep import Chip, Run, run_lockstep, seen_room, step_lockstep


class Diary:
    """A fabric and a core in one: write down what is asked of them, with the cycle. fails: what does not work."""

    pulses, fires = "pulses", np.array([7, 9])

    def __init__(self, name: str, diary: list[Any], held: str = "held", fails: str = "") -> None:
        self.name, self.diary, self.held, self.fails = name, diary, held, fails

    def write(self, what: str, *values: Any) -> bool:
        self.diary.append((self.name, what, *values))
        return what != self.fails


@lockstep.clear.of(Diary)
def _clear_diary(fabric: Diary, sample: int) -> bool:
    return fabric.write("clear", sample)


@lockstep.show.of(Diary)
def _show_diary(fabric: Diary, cycle: int) -> int:
    return 3 if cycle != 1 and fabric.write("show", cycle) else 0


@lockstep.edge.of(Diary)
def _edge_diary(fabric: Diary, cycle: int, fires: Any, count: int) -> bool:
    return fabric.write("edge", cycle, fires[:count].tolist())


@lockstep.triggered.of(Diary)
def _triggered_diary(fabric: Diary, cycle: int) -> bool:  # noqa: ARG001
    return cycle == 2


@lockstep.drain.of(Diary)
def _drain_diary(fabric: Diary, sample: int) -> bool:
    return fabric.write("drain", sample)


@lockstep.begin.of(Diary)
def _begin_diary(core: Diary, sample: int) -> None:
    core.write("begin", sample)


@lockstep.act.of(Diary)
def _act_diary(core: Diary, pulses: Any, count: int) -> None:
    core.write("act", pulses, count)


@lockstep.move.of(Diary)
def _move_diary(core: Diary, cycle: int, held: Any) -> int:
    core.write("move", cycle, held)
    return 2


@lockstep.convert.of(Diary)
def _convert_diary(core: Diary, records: Any) -> None:
    core.write("convert", records.shape)


@lockstep.finish.of(Diary)
def _finish_diary(core: Diary, records: Any) -> bool:  # noqa: ARG001
    return core.write("finish")


def seen(chips: int = 1) -> Any:
    return seen_room(2, chips, 20, np.zeros((2, chips, 4, 5)))


def test_the_order_of_a_cycle() -> None:
    diary: list[Any] = []
    found = seen()
    assert step_lockstep(range(1), Run(3, 3), (Chip(Diary("fabric", diary), Diary("core", diary)),), found) == -1
    assert diary == [
        ("core", "begin", 0), ("fabric", "clear", 0),
        ("fabric", "show", 0), ("core", "act", "pulses", 3), ("core", "move", 0, "held"),
        ("fabric", "edge", 0, [7, 9]),
        ("core", "move", 1, "held"), ("fabric", "edge", 1, [7, 9]),
        ("fabric", "show", 2), ("core", "act", "pulses", 3), ("core", "move", 2, "held"),
        ("fabric", "edge", 2, [7, 9]), ("core", "convert", (4, 5)),
        ("core", "finish"), ("fabric", "drain", 0),
    ]  # fmt: skip
    assert found.spike_count.tolist() == [[6], [0]]
    assert found.spike_cycle[0, 0, :6].tolist() == [0, 0, 1, 1, 2, 2]
    assert found.spike_place[0, 0, :6].tolist() == [7, 9] * 3


def test_chips_take_turns() -> None:
    diary: list[Any] = []
    chips = tuple(Chip(Diary(name, diary), Diary("core", [])) for name in "ab")
    assert step_lockstep(range(1), Run(5, 2), chips, seen(2)) == -1
    edges = [(name, rest[0]) for name, what, *rest in diary if what == "edge"]
    assert edges == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("a", 2), ("a", 3), ("b", 2), ("b", 3), ("a", 4), ("b", 4)]


@pytest.mark.parametrize("what", ["clear", "edge", "drain", "finish"])
def test_a_failure_ends_the_run_with_its_sample(what: str) -> None:
    diary: list[Any] = []
    fabric, core = Diary("fabric", diary, fails=what), Diary("core", diary, fails=what)
    assert step_lockstep(range(1, 2), Run(3, 3), (Chip(fabric, core),), seen()) == 1


class Echo(NamedTuple):
    """Fires of a cycle come back as pulses in the next one. count: int64 (1)."""

    pulses: Any
    held: tuple[()]
    count: Any


class Adder(NamedTuple):
    """Fires as many neurons as it counted pulses since it fired last, and one more. total: int64 (1)."""

    total: Any
    fires: Any


@lockstep.clear.of(Echo)
def _clear(fabric, sample):  # type: ignore[no-untyped-def]
    fabric.count[0] = sample
    return True


@lockstep.show.of(Echo)
def _show(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return fabric.count[0]


@lockstep.edge.of(Echo)
def _edge(fabric, cycle, fires, count):  # type: ignore[no-untyped-def]
    for k in range(count):
        fabric.pulses[k] = fires[k] + cycle
    fabric.count[0] = count
    return count < 9


@lockstep.triggered.of(Echo)
def _triggered(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return cycle % 2 == 1


@lockstep.drain.of(Echo)
def _drain(fabric, sample):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return True


@lockstep.begin.of(Adder)
def _begin(core, sample):  # type: ignore[no-untyped-def]  # noqa: ARG001
    core.total[0] = 0


@lockstep.act.of(Adder)
def _act(core, pulses, count):  # type: ignore[no-untyped-def]
    for k in range(count):
        core.total[0] += 1 + pulses[k] % 2


@lockstep.move.of(Adder)
def _move(core, cycle, held):  # type: ignore[no-untyped-def]  # noqa: ARG001
    number = min(core.total[0] + 1, core.fires.shape[0])
    for k in range(number):
        core.fires[k] = 10 * cycle + k
    core.total[0] = 0
    return number


@lockstep.convert.of(Adder)
def _convert(core, records):  # type: ignore[no-untyped-def]
    records[0, 0] += core.fires[0]


@lockstep.finish.of(Adder)
def _finish(core, records):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return records[0, 0] > 0


def test_compiled_and_python_do_the_same() -> None:
    results = []
    for run in (run_lockstep, run_lockstep.py_func):
        chips = tuple(
            Chip(
                Echo(np.zeros(20, np.int64), (), np.zeros(1, np.int64)), Adder(np.zeros(1, np.int64), np.zeros(8, int))
            )
            for _ in range(2)
        )
        found = seen_room(2, 2, 200, np.zeros((2, 2, 4, 5)))
        assert run(0, 2, Run(7, 3), chips, found) == -1
        places = [found.spike_place[b, k, : found.spike_count[b, k]].tolist() for b in range(2) for k in range(2)]
        results.append((found.spike_count.tolist(), places, found.records.tolist()))
    assert results[0] == results[1]
    assert len(results[0][1][0]) > 20
