"""What a fuzz of the command needs: a folder with a run, hostile values, the command without its long parts, a verdict.

Options come from the command itself, fields from the classes of configurations and designs: new ones take part.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main
from hypothesis import strategies as st
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.cli import app, guarded
from inloop.errors import MissingToolError
from inloop.training.config import ExperimentConfig
from inloop.training.evaluate import Evaluation
from pydantic import BaseModel

from tests.cli.command import EXPERIMENT, Answer, files_in

Words = list[str]

GROUP: Any = typer.main.get_command(app)
COMMANDS = {
    name if inner is None else f"{name} {inner}": command if inner is None else command.commands[inner]
    for name, command in GROUP.commands.items()
    for inner in (None, *getattr(command, "commands", {}))
}

RUN, USERS = "run", ("notes.txt", "tiny.toml", "odd.toml", "folder/keep.txt")
PATHS = (
    RUN, "tiny.toml", "odd.toml", "notes.txt", "folder", "folder/", "nowhere", "nowhere/x", "tiny.toml/x", ".", "..",
    "new", "new.png", "folder/new.png", "link", "loop", "run/config.json", "run/weights.npz", "run/checkpoint.pt",
    "n" * 255, "n" * 256, "n" * 300 + ".toml", "a/" * 2100, "ä ö\tx", "[bold]", "-", "--", "x\n y", "\x1b[31m",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "-1", "3.5", "1e3", "1e400", "-inf", "nan", "true", "9" * 30, "9" * 5000, "0x10", "1_000", "٣", " 7",
    "1e-320", "18446744073709551616", "2147483648", "65537", "0.1", "1e-9", "16", "7",
)  # fmt: skip
VALUES = (
    "bss2", "tiny", "bss1", "bss1-tiny", "all", "yin-yang", "benchmarks", "bss1", "ideal", "behavioral", "event", "rtl",
    "verilog", "ideal,behavioral", "event,event", ",", "cpu", "cuda", "perfect", "calibrated", "off", "5-4-3", "9-9r-9",
    "4" * 400 + "-3-2", "1:2", "2:1", ":", "verilator", "max-over-time", "[]", "[1, 2]", "[[[", "[" * 3000, "{}",
    "{a = 1}", '"x"', '"\\u0000"', "''", "'''", "1\nb = 2", "2020-01-01", "[nan]", "[" + "1," * 3000 + "]", "=", "a=b",
)  # fmt: skip
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
values = st.one_of(st.sampled_from((*PATHS, *NUMBERS, *VALUES)), texts, st.integers().map(str), st.floats().map(str))


def names_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the fields of a configuration by their whole names, those of every kind of a section."""
    for name, field in model.model_fields.items():
        yield prefix + name
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from names_of(kind, f"{prefix}{name}.")


DESIGN = sorted({field.name for spec in (ChipSpec, Bss1Spec) for field in fields(spec)})
FIELDS = sorted({*names_of(ExperimentConfig), *DESIGN, *(f"chip.fields.{name}" for name in DESIGN)})
changes = st.tuples(st.one_of(st.sampled_from(FIELDS), texts), values).map("=".join)


@st.composite
def command_lines(draw: st.DrawFn) -> Words:
    """Draw a command with some of its arguments and options, each with a value of any kind."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    words = name.split()
    for parameter in COMMANDS[name].params:
        if not draw(st.booleans()) and not (parameter.required and draw(st.booleans())):
            continue
        kind = changes if "--set" in parameter.opts else values
        if parameter.param_type_name == "argument":
            words.append(draw(st.one_of(st.sampled_from((RUN, "tiny.toml")), kind)))
            continue
        option = draw(st.sampled_from([*parameter.opts, *parameter.secondary_opts]))
        repeated = draw(st.integers(1, 3)) if parameter.multiple else 1
        for _ in range(repeated):
            words += [option] if parameter.is_flag else [option, draw(kind)]
    return words + draw(st.lists(values, max_size=1)) if draw(st.integers(0, 9)) == 0 else words


class Sandbox(NamedTuple):
    """A folder with a run, files of the user's own and links, made anew for each command."""

    folder: Path
    run: Path

    def fill(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.run, self.folder / RUN)
        (self.folder / "folder").mkdir()
        (self.folder / "folder" / "keep.txt").write_text("mine")
        (self.folder / "tiny.toml").write_text(EXPERIMENT)
        (self.folder / "odd.toml").write_bytes(b"name = '\xff'")
        (self.folder / "notes.txt").write_text("mine, too")
        (self.folder / "link").symlink_to("nowhere at all")
        (self.folder / "loop").symlink_to("loop")


def without_long_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes long or reaches out: trainings, evaluations, benches, compilers, downloads, drawings."""
    from inloop.cli import verify
    from inloop.cosim import agree
    from inloop.rtl.convert import export
    from inloop.training import evaluate, every_level, figures, loop
    from inloop.training.datasets import fetch
    from inloop.training.experiments import runner
    from inloop.training.figures import placement

    measured = Evaluation(50.0, 1.0, 10, 100.0, 1e-3, {})

    def absent(*_: Any, **__: Any) -> Any:
        raise MissingToolError("this is left out here; run it outside")

    monkeypatch.setattr(loop.Trainer, "fit", lambda *_: measured)
    monkeypatch.setattr(evaluate, "evaluate", lambda *_, **__: measured)
    monkeypatch.setattr(figures, "draw_run", lambda *_: [])
    monkeypatch.setattr(every_level, "FIDELITIES", ("ideal", "behavioral", "event"))
    monkeypatch.setattr(every_level, "evaluate", lambda *_, **__: measured)
    monkeypatch.setattr(agree, "compare", absent)
    monkeypatch.setattr(verify, "_run", lambda *_: [])
    monkeypatch.setattr(export, "design_files", lambda spec: {"top.v": str(spec.name)})
    monkeypatch.setattr(fetch, "fetch", absent)
    monkeypatch.setattr(placement, "draw_placement", lambda _, path: Path(path).write_bytes(b"drawn"))
    monkeypatch.setattr(runner, "run_all", lambda *_: None)


def call(words: Words) -> Answer:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = guarded(lambda: app(words, standalone_mode=False))
    return Answer(code, out.getvalue(), err.getvalue())


def judge(words: Words, sandbox: Sandbox) -> None:
    """Run the command in a fresh sandbox: a result, or one sentence that leaves everything as it was."""
    sandbox.fill()
    os.chdir(sandbox.folder)
    before, around = files_in(sandbox.folder), sorted(sandbox.folder.parent.iterdir())
    code, _, err = call(words)
    after = files_in(sandbox.folder)
    assert sorted(sandbox.folder.parent.iterdir()) == around, "nothing is written beside the folder"
    assert code in (0, 1, 2)
    assert {name: after.get(name) for name in USERS} == {name: before[name] for name in USERS}
    if code != 2:
        return
    assert err.startswith("inloop: ")
    assert err.endswith("\n")
    assert err[:-1].isprintable(), "one line"
    assert len(err) <= 301
    assert "Traceback" not in err
    assert after == before, "a command that is refused leaves everything as it was"
