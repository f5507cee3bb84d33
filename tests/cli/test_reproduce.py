"""`inloop reproduce` and `inloop report`: what they print, and their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Call
from tests.training.experiments.conftest import sums  # noqa: F401


@pytest.mark.usefixtures("sums")
def test_trials_that_fail_are_told_and_run_again(inloop: Call) -> None:
    Path("fail-1").touch()
    run = ("reproduce", "sums", "--out", "out", "--seeds", 2, "--jobs", 1)
    people = inloop(*run)
    assert (people.code, people.err) == (1, "")
    assert "sums/sum-1 failed: ValueError: the sum does not add up; its log: " in people.out
    assert "Sums & scales: 1 trials\n" in people.out
    Path("fail-1").unlink()
    people = inloop(*run)
    assert (people.code, people.err) == (0, "")
    assert "1 of 2 trials are there already\n" in people.out
    assert "report: out/report.html\n" in people.out


@pytest.mark.usefixtures("sums")
def test_results_as_json(inloop: Call) -> None:
    answer = inloop("reproduce", "sums", "--quick", "--out", "out", "--seeds", 1, "--jobs", 1, "--json")
    assert (answer.code, answer.err) == (0, "")
    table = {"title": "Sums", "columns": ["k", "y | x"], "rows": [["0", "1.0"], ["0", "2.0"]], "note": ""}
    section = {"folder": "out/sums", "trials": 1, "tables": [table]}
    assert answer.json == {"report": "out/report.html", "experiments": {"sums": section}, "failed": {}}
    again = inloop("report", "out", "--json").json
    assert again == {"report": "out/report.html", "experiments": {"sums": section}}
