from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.numerics.threads import parts, run_parts, shares, thread_count
from inloop.errors import ConfigError


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 20_000))
def test_parts_cover_every_sample_in_order(samples: int) -> None:
    ranges = parts(samples)
    assert [index for start, stop in ranges for index in range(start, stop)] == list(range(samples))
    assert 1 <= len(ranges) <= 32
    assert all(stop - start >= min(samples, 25) for start, stop in ranges)


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("samples", [1, 7, 8, 100, 999])
def test_shares_cover_every_sample_in_order(samples: int, threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", threads)
    ranges = shares(samples)
    assert [index for start, stop in ranges for index in range(start, stop)] == list(range(samples))
    assert all(stop > start for start, stop in ranges)
    assert len(ranges) == 1 if threads == "1" else len(ranges) >= min(3, samples // 8)


def test_parts_do_not_depend_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "1")
    one = parts(100)
    monkeypatch.setenv("INLOOP_THREADS", "7")
    assert parts(100) == one == [(0, 50), (50, 100)]


def test_the_environment_sets_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "3")
    assert thread_count() == 3
    monkeypatch.delenv("INLOOP_THREADS")
    assert 1 <= thread_count() <= (os.cpu_count() or 1)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "", "many", " 2"])
def test_an_impossible_number_of_threads_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", value)
    with pytest.raises(ConfigError, match=f"INLOOP_THREADS = {value!r} must be a positive whole number"):
        thread_count()


@pytest.mark.parametrize("threads", [1, 3])
def test_every_part_runs_once(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", str(threads))
    done: dict[int, tuple[int, int]] = {}
    run_parts(lambda part, start, stop: done.update({part: (start, stop)}), parts(200))
    assert [done[part] for part in sorted(done)] == parts(200)


def test_parts_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "2")
    meeting = threading.Barrier(2, timeout=20)
    run_parts(lambda *_: meeting.wait(), [(0, 1), (1, 2)])  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_part_is_raised(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", str(threads))

    def task(part: int, _start: int, _stop: int) -> None:
        if part == 2:
            raise ValueError("part 2 failed")

    with pytest.raises(ValueError, match="part 2 failed"):
        run_parts(task, parts(200))


def test_after_an_error_no_part_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "2")
    running, done = threading.Event(), []

    def task(part: int, _start: int, _stop: int) -> None:
        if part == 0:
            assert running.wait(20)
            raise ValueError("part 0 failed")
        running.set()
        time.sleep(0.2)
        done.append(part)

    with pytest.raises(ValueError, match="part 0 failed"):
        run_parts(task, [(k, k + 1) for k in range(10)])
    finished = list(done)
    assert 1 <= len(finished) < 9, "one part was under way; most had not begun"
    time.sleep(0.3)
    assert done == finished


FORK = """
import os
from inloop.behavioral.numerics.threads import run_parts
ranges = [(k, k + 1) for k in range(8)]
run_parts(lambda *_: None, ranges)
child = os.fork()
if not child:
    done = []
    run_parts(lambda part, *_: done.append(part), ranges)
    os._exit(len(done))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_process_has_threads_of_its_own() -> None:
    environment = {**os.environ, "INLOOP_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60, env=environment)
    assert done.stdout == "8\n", done.stderr
