"""Whatever one types, and whatever is in a run folder: a result, or one sentence and exit code 2.

`INLOOP_FUZZ_EXAMPLES=5000` tries more; the slow tests try thousands, with another seed each time.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli import fuzzing
from tests.cli.fuzzing import RUN, Sandbox, command_lines, judge, without_long_parts

EXAMPLES = int(os.environ.get("INLOOP_FUZZ_EXAMPLES", "0"))
SLOW = EXAMPLES or 3000


@pytest.fixture
def sandbox(trained_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    without_long_parts(monkeypatch)
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path / "no data"))
    monkeypatch.chdir(tmp_path)
    return Sandbox(tmp_path / "sandbox", trained_run)


def explore(check: Callable[..., None], examples: int, **drawn: st.SearchStrategy[Any]) -> None:
    """Call `check` with what is drawn; a slow exploration begins with another seed each time."""
    few = not EXAMPLES and examples != SLOW
    options = settings(
        max_examples=EXAMPLES or examples, deadline=None, derandomize=few, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    options(given(**drawn)(check))()


@pytest.mark.parametrize("examples", [120, pytest.param(SLOW, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_command_lines(examples: int, sandbox: Sandbox) -> None:
    explore(lambda words: judge(words, sandbox), examples, words=command_lines())


ON_A_RUN = (
    ["evaluate", RUN], ["evaluate", RUN, "--fidelity", "all"], ["train", "--resume", RUN], ["agree", RUN],
    ["train", "tiny.toml", "--from", RUN], ["chip", "map", RUN], ["train", "tiny.toml", "--run", RUN],
)  # fmt: skip


@pytest.mark.parametrize("examples", [60, pytest.param(SLOW, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_fields_of_a_configuration(examples: int, sandbox: Sandbox) -> None:
    """Several fields at a time, in the commands that take them."""

    def check(words: list[str], fields: list[str]) -> None:
        judge([*words, *(word for field in fields for word in ("--set", field))], sandbox)

    commands = [["train", "tiny.toml"], ["evaluate", RUN], ["chip", "show"], ["chip", "map", "5-4-3"]]
    explore(check, examples, words=st.sampled_from(commands), fields=st.lists(fuzzing.changes, min_size=1, max_size=3))


ODD: list[Any] = [
    None, True, 0, -1, 10**30, 10**5000, 1e308, float("nan"), float("inf"), "", "x" * 5000, "\x1b[31m", "<b>", [], {},
    [[]], {"a": {}}, [None] * 100,
]  # fmt: skip


def altered_json(file: Path, rng: random.Random) -> None:
    """Put another value in the place of one somewhere in the tree, or leave one out."""
    content = json.loads(file.read_text())
    place = content
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = rng.choice(keys)
        if isinstance(place[key], dict | list) and rng.random() < 0.8:
            place = place[key]
            continue
        if rng.random() < 0.2:
            del place[key]
        else:
            place[key] = rng.choice(ODD)
        break
    whole = content if rng.random() < 0.9 else rng.choice(ODD)
    sys_limit = [value for value in ODD if not (isinstance(value, int) and value > 10**4000)]
    try:
        file.write_text(json.dumps(whole))
    except ValueError:
        file.write_text(json.dumps(rng.choice(sys_limit))[:-1] + "9" * 5000)


def altered_bytes(file: Path, rng: random.Random) -> None:
    """Cut, overwrite, repeat or replace the content."""
    content = bytearray(file.read_bytes())
    for _ in range(rng.choice([1, 1, 3, 30])):
        if content:
            content[rng.randrange(len(content))] = rng.randrange(256)
    choices: list[Callable[[], bytes]] = [
        lambda: bytes(content), lambda: bytes(content[: rng.randrange(len(content) + 1)]), lambda: bytes(content) * 2,
        lambda: b"", lambda: rng.randbytes(500), lambda: b"[" * 10**5, lambda: b"\xff\xfe" + bytes(content),
        lambda: b'{"a":' * 10**4, lambda: b"1" * 5000,
    ]  # fmt: skip
    file.write_bytes(rng.choice(choices)())


def altered_kind(file: Path, rng: random.Random) -> None:
    """Leave the file out, or put something else in its place."""
    file.unlink()
    rng.choice([lambda: None, file.mkdir, lambda: file.symlink_to("nowhere"), lambda: file.symlink_to(file.name)])()


@pytest.mark.parametrize("examples", [60, pytest.param(SLOW, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_files_of_a_run_folder(examples: int, sandbox: Sandbox) -> None:
    names = sorted(file.name for file in sandbox.run.iterdir() if file.is_file())

    def check(words: list[str], name: str, how: Callable[..., None], seed: int) -> None:
        fill, altered = Sandbox.fill, how if how is not altered_json or name.endswith(".json") else altered_bytes

        class Altered(Sandbox):
            def fill(self) -> None:
                fill(self)
                altered(self.folder / RUN / name, random.Random(seed))

        judge(words, Altered(*sandbox))

    explore(
        check, examples, words=st.sampled_from(ON_A_RUN), name=st.sampled_from(names),
        how=st.sampled_from([altered_json, altered_json, altered_bytes, altered_kind]), seed=st.integers(0, 2**32),
    )  # fmt: skip


TOML_LINES = st.lists(
    st.one_of(
        fuzzing.changes, st.tuples(st.sampled_from(fuzzing.FIELDS), fuzzing.values).map(" = ".join), fuzzing.texts,
        st.sampled_from(["[training]", "[network]", "[chip]", "[chip.fields]", "[encoding]", "[[network]]", "[x]"]),
    ),
    max_size=4,
).map("\n".join)  # fmt: skip


@pytest.mark.parametrize("examples", [40, pytest.param(SLOW, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_files_of_presets(examples: int, sandbox: Sandbox) -> None:
    def check(lines: str, own: bool) -> None:
        class Altered(Sandbox):
            def fill(self) -> None:
                Sandbox.fill(self)
                whole = 'dataset = "yin-yang"\n' if own else fuzzing.EXPERIMENT
                (self.folder / "mine.toml").write_text(whole + lines)

        judge(["train", "mine.toml"], Altered(*sandbox))

    explore(check, examples, lines=TOML_LINES, own=st.booleans())
