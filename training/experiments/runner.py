"""Trials in parallel processes of one thread each. What dies takes nothing else with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any

from .experiment import Experiment, Row, Trial
from .provenance import provenance
from .store import Store
from .stored import Finished


@dataclass(frozen=True)
class Work:
    """A trial with the experiment that runs it and the place of its result."""

    experiment: Experiment
    trial: Trial
    store: Store

    @property
    def name(self) -> str:
        """Experiment and trial."""
        return f"{self.experiment.name}/{self.trial.name}"


Done = Callable[[Work, str | None], None]


def run_all(work: Sequence[Work], jobs: int, done: Done) -> None:
    """Run trials, `jobs` at a time; `done` hears of each as it ends: None, or what went wrong.

    An interruption ends the running ones; the results so far are kept, and so is what they left in their scratch.
    """
    context, waiting = _context(), deque(work)
    running: dict[Any, tuple[BaseProcess, Work]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                each = waiting.popleft()
                process = _start(context, each)
                running[process.sentinel] = (process, each)
            for sentinel in wait(list(running)):
                process, each = running.pop(sentinel)
                process.join()
                done(each, _problem(process, each))
    finally:
        for process, _ in running.values():
            process.terminate()
            process.join()


def _context() -> BaseContext:
    """Processes start from a server that has the slow imports behind it and no threads; elsewhere from nothing."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.trained"])
    return context


def _start(context: BaseContext, each: Work) -> BaseProcess:
    log = each.store.work(each.trial) / "log.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    arguments = (each.experiment.run, each.trial, each.store, log, dict(os.environ))
    process: BaseProcess = context.Process(target=_child, args=arguments)  # type: ignore[attr-defined]
    process.start()
    return process


def _child(
    run: Callable[[Row, Path], list[Row]], trial: Trial, store: Store, log: Path, environment: dict[str, str]
) -> None:
    """Run one trial; what it prints, and how it fails, goes to its log."""
    Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(environment, INLOOP_THREADS="1")
    with log.open("w", encoding="utf-8") as stream:
        sys.stdout = sys.stderr = stream
        try:
            import torch

            torch.set_num_threads(1)
            begin, versions = time.process_time(), provenance()
            rows = run(trial.parameters, store.work(trial))
            store.write(Finished(trial, rows, time.process_time() - begin, versions))
        except Exception:
            traceback.print_exc(file=stream)
            stream.flush()
            os._exit(1)  # without waiting for threads that the trial may have left


def _end_with_parent() -> None:
    """Leave nobody computing for a program that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _problem(process: BaseProcess, each: Work) -> str | None:
    """Return why a trial has no result: the last line of its log, or the signal that ended it."""
    if process.exitcode == 0:
        return None
    log = each.store.work(each.trial) / "log.txt"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    code = process.exitcode or 0
    if code < 0:
        return f"ended by signal {-code} (was there enough memory?); its log: {log}"
    return f"{lines[-1] if lines else f'ended with code {code}'}; its log: {log}"
