"""`inloop reproduce` and `inloop report`: what they print, and their exit codes. Trials run in this process here."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from inloop.training.experiments import runner
from inloop.training.experiments.runner import Work
from inloop.training.experiments.stored import Finished

from tests.cli.command import Call
from tests.training.experiments.conftest import sums  # noqa: F401


@pytest.fixture(autouse=True)
def in_this_process(sums: object, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001, F811
    def run_all(work: Sequence[Work], _: int, done: Callable[[Work, str | None], None]) -> None:
        for each in work:
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    rows = each.experiment.run(each.trial.parameters, each.store.work(each.trial))
            except ValueError as error:
                done(each, str(error))
            else:
                each.store.write(Finished(each.trial, rows, 0.0, {}))
                done(each, None)

    monkeypatch.setattr(runner, "run_all", run_all)


def test_trials_that_fail_are_told_and_run_again(inloop: Call) -> None:
    Path("out").mkdir()
    Path("out/fail-1").touch()
    run = ("reproduce", "sums", "--out", "out", "--seeds", 2)
    people = inloop(*run)
    assert (people.code, people.err) == (1, "")
    assert "sums/sum-1 failed: the sum does not add up\n" in people.out
    assert "Sums & scales: 1 trials\n" in people.out
    Path("out/fail-1").unlink()
    people = inloop(*run)
    assert (people.code, people.err) == (0, "")
    assert "1 of 2 trials are there already\n" in people.out
    assert "Sums & scales: 2 trials\n" in people.out
    assert "report: out/report.html\n" in people.out


def test_results_as_json(inloop: Call) -> None:
    answer = inloop("reproduce", "sums", "--quick", "--out", "out", "--seeds", 1, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["report"] == "out/report.html"
    assert answer.json["failed"] == {}
    section = answer.json["experiments"]["sums"]
    assert section.keys() == {"folder", "trials", "tables"}
    assert (section["folder"], section["trials"]) == ("out/sums", 1)
    first = {"title": "Sums", "columns": ["k", "y | x"], "rows": [["0", "1.0"], ["0", "2.0"]], "note": ""}
    assert section["tables"] == [first]
    assert inloop("report", "out", "--json").json == {k: v for k, v in answer.json.items() if k != "failed"}
