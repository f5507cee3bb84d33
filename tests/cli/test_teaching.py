"""What the command teaches: help, version, lists."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.command import Call, process


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ([], "inloop train yin-yang"),
        (["train"], "inloop train mnist --from runs/A --die 8"),
        (["evaluate"], "inloop evaluate runs/A --fidelity behavioral --die 8"),
        (["agree"], "inloop agree runs/A --levels behavioral,event"),
        (["chip"], "inloop chip bss2 --die 7"),
        (["chip", "show"], "inloop chip bss2 --die 7"),
        (["chip", "map"], "inloop chip map 70-186r-20"),
        (["data"], "inloop data fetch mnist"),
        (["data", "fetch"], "inloop data fetch mnist"),
    ],
)
def test_help_has_an_example(command: list[str], example: str, inloop: Call) -> None:
    answer = inloop(*command, "--help")
    assert answer.code == 0
    assert example in answer.out
    assert "[bold]" not in answer.out
    assert not answer.err


def test_version_and_module() -> None:
    done = process("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"inloop {version('inloop')}\n", "")


def test_list_names_presets_that_load(inloop: Call) -> None:
    from inloop.training.config import load_config

    answer = inloop("train", "--list")
    assert answer.code == 0
    assert {"yin-yang", "mnist"} <= set(answer.out.split())
    for name in answer.out.split():
        load_config(name)


def test_list_as_json_is_one_line(inloop: Call) -> None:
    assert inloop("train", "--list", "--json").json == {"presets": inloop("train", "--list").out.split()}


def test_reproduce_lists_experiments_and_refuses_others(inloop: Call) -> None:
    names = inloop("reproduce", "--list").out.split()
    assert "benchmarks" in names
    assert [each["name"] for each in inloop("reproduce", "--list", "--json").json["experiments"]] == names
    assert inloop("reproduce").code == 2
    assert "unknown experiment" in inloop("reproduce", "spells").err
    assert inloop("report", "nowhere").code == 2
    assert not Path("results").exists()
