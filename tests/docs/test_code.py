"""Every block of code in README and docs runs, every command is one, every file named is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from inloop.chips import design
from inloop.cli import app
from inloop.cli.options import parse_change
from inloop.cosim.levels import FIDELITIES
from inloop.errors import DataError
from inloop.training.config import changed, load_config
from inloop.training.experiments.registry import chosen

from tests.cli.command import Call
from tests.docs.blocks import PAGES, ROOT, commands, files, python_blocks

COMMANDS = [(page, words) for page in PAGES for words in commands(page)]
INLOOP = [pytest.param(words, id=f"{page}: {' '.join(words)}") for page, words in COMMANDS if words[0] == "inloop"]
OTHERS = [pytest.param(words, id=f"{page}: {' '.join(words)}") for page, words in COMMANDS if words[0] != "inloop"]
PROGRAMS = [page for page in PAGES if python_blocks(page)]


@pytest.mark.parametrize("page", PROGRAMS)
def test_python_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page are one program."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for code in python_blocks(page):
            exec(compile(code, page, "exec"), names)
    except DataError as error:
        pytest.skip(f"needs data: {error}")


@pytest.fixture
def parsed() -> Any:
    """Return a function that parses words as the command line does, and gives name and options of the command."""
    seen: list[tuple[str, dict[str, Any]]] = []

    def disarm(command: Any, name: str) -> Any:
        for own, each in getattr(command, "commands", {}).items():
            disarm(each, f"{name} {own}".strip())
        if not getattr(command, "commands", {}) or name == "data":
            command.callback = lambda **options: seen.append((name, options))
        return command

    def parse(words: list[str]) -> tuple[str, dict[str, Any]]:
        seen.clear()
        disarm(typer.main.get_command(app), "")(words, standalone_mode=False)
        return seen[-1] if seen else ("", {})

    return parse


@pytest.mark.parametrize("words", INLOOP)
def test_a_command_is_one_that_inloop_takes(words: list[str], parsed: Any) -> None:
    """Options and arguments are parsed as given; what they name exists."""
    name, options = parsed(words[1:])
    fields = dict(parse_change(text) for text in options.get("changes") or [])
    if name == "train" and options["preset"] not in (None, "mine.toml"):
        load_config(options["preset"], fields)
    elif name == "evaluate":
        changed(load_config("mnist"), fields)
    elif name in ("verilog", "chip map") and options["preset"] is not None:
        design(options["preset"]).with_fields(**fields)
    elif name == "reproduce" and options["name"] is not None:
        chosen(options["name"])
    for level in [options.get("fidelity"), *(options.get("levels") or "").split(",")]:
        assert level in (None, "", "all", *FIDELITIES)


def test_a_command_that_inloop_does_not_take_is_noticed(parsed: Any) -> None:
    for words in (["trian", "mnist"], ["train", "mnist", "--dye", "3"], ["evaluate"], ["train", "mnist", "--die", "x"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing|valid integer"):
            parsed(words)


@pytest.mark.parametrize("words", OTHERS)
def test_another_command_has_its_file_or_target(words: list[str]) -> None:
    program, first = words[0], words[1]
    if program == "make":
        assert re.search(rf"^{first}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif program == "python" and first == "-m":
        assert importlib.util.find_spec(words[2]) is not None
    elif program in ("python", "pytest"):
        assert (ROOT / first).exists()
    else:
        assert program in ("pip", "cd", "export"), words


@pytest.mark.parametrize(
    "words", [["train", "--list"], ["chip", "map", "70-186r-20"], ["data"], ["reproduce", "--list"]]
)
def test_cheap_commands_run(words: list[str], inloop: Call) -> None:
    assert inloop(*words).code == 0


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    missing = sorted(path for path in files(page) if not (ROOT / path).exists())
    assert missing == []
