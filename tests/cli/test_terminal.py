"""The command as a process: streams that are closed, full or without Unicode, no home, folders one may not enter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import inloop
import pytest

from tests.cli.command import EXPERIMENT, Answer, refused

INLOOP = f"{sys.executable} -m inloop"


def shell(command: str, folder: Path, **environment: str) -> Answer:
    """Run a command of the shell; its exit code is that of the first command of a pipe that fails."""
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, cwd=folder, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def test_a_full_disk_behind_standard_output(tmp_path: Path) -> None:
    refused(shell(f"{INLOOP} train --list > /dev/full", tmp_path), "cannot write to standard output: No space left")
    assert shell(f"{INLOOP} train nothing 2> /dev/full", tmp_path) == (2, "", "")


@pytest.mark.parametrize("end", ["| head -1", ">&-", "2>&- >&-", "<&-", "| true"])
def test_streams_that_are_closed_or_not_read(end: str, tmp_path: Path) -> None:
    answer = shell(f"{INLOOP} chip --json {end}", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("{") is (end in ("| head -1", "<&-"))


@pytest.mark.slow
def test_a_run_goes_on_when_nobody_reads_it(tmp_path: Path) -> None:
    """Nor does a file of the run get the number of a stream that is closed."""
    (tmp_path / "tiny.toml").write_text(EXPERIMENT)
    for end, run in (("| true", "unread"), (">&- 2>&- <&-", "closed")):
        assert shell(f"{INLOOP} train tiny.toml --no-figures --run {run} {end}", tmp_path) == (0, "", "")
    for name in ("metrics.csv", "config.json"):
        assert (tmp_path / "unread" / name).read_bytes() == (tmp_path / "closed" / name).read_bytes()


@pytest.mark.parametrize("words", ["train --help", "chip --set weight_bits=4", "data", "--help", "train --list"])
def test_a_terminal_without_unicode(words: str, tmp_path: Path) -> None:
    answer = shell(f"{INLOOP} {words}", tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.isascii()


def test_refusals_on_a_terminal_without_unicode(tmp_path: Path) -> None:
    answer = shell(f"{INLOOP} chip map 9-9 --set {'ä' * 400}=1", tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii")
    refused(answer)
    assert answer.err.isascii()
    assert len(answer.err) <= 301


def test_arguments_that_are_no_text(tmp_path: Path) -> None:
    refused(shell(f"{INLOOP} train $'mine\\xff.toml'", tmp_path), r"'mine\udcff.toml' is no text in UTF-8")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    refused(shell(f"{INLOOP} train latin.toml", tmp_path), "latin.toml", "UTF-8")


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    answer = shell(f"mkdir gone; cd gone; rmdir ../gone; {INLOOP} train yin-yang --no-figures", tmp_path)
    refused(answer, "No such file or directory")


CLOSED = (
    ["train", "closed/mine.toml"], ["train", "tiny.toml", "--run", "closed/run"], ["train", "--resume", "closed/run"],
    ["evaluate", "closed/run"], ["report", "closed"], ["chip", "--figure", "closed/die.png"],
    ["chip", "map", "5-4-3", "--out", "closed/map.png"], ["verilog", "--chip", "tiny", "--out", "closed/hardware"],
    ["chip", "map", "closed/run"], ["reproduce", "benchmarks", "--quick", "--out", "closed/results"],
)  # fmt: skip
AS_NOBODY = """
import contextlib, io, json, os, sys
from inloop.cli import app, guarded
from inloop.rtl.convert import export
from inloop.training import config, figures, placement, runs
from inloop.training.experiments import reproduction
os.environ.pop("HOME", 0)
for words in json.loads(sys.argv[1]):  # first as root, which loads what is needed
    with contextlib.redirect_stdout(io.StringIO()):
        guarded(lambda: app(words, standalone_mode=False))
os.setuid(54321)
answers = []
for words in json.loads(sys.argv[2]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        answers.append((guarded(lambda: app(words, standalone_mode=False)), out.getvalue(), err.getvalue()))
print(json.dumps(answers))
"""


def _for_all() -> bool:
    """Return whether any user may read the package."""
    return all(parent.stat().st_mode & 0o001 for parent in Path(inloop.__file__).resolve().parents)


@pytest.mark.skipif(not _for_all(), reason="another user may not read this checkout")
@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_another_user_without_a_home() -> None:
    """Folders one may not enter, and no home; one process, which loads Python's own files while it may."""
    with tempfile.TemporaryDirectory() as name:
        folder, closed = Path(name), Path(name, "closed")
        folder.chmod(0o777)
        closed.mkdir(mode=0o700)
        (folder / "tiny.toml").write_text(EXPERIMENT)
        environment = {key: value for key, value in os.environ.items() if key not in ("INLOOP_DATA", "XDG_DATA_HOME")}
        first = [["chip", "map", "5-4-3", "--out", "map.png"], ["train", "nothing"]]
        wanted = [*CLOSED, ["data"], ["train", "mnist"]]
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, json.dumps(first), json.dumps(wanted)], capture_output=True, text=True,
            cwd=folder, env=environment, check=True,
        )  # fmt: skip
        answers = [Answer(*each) for each in json.loads(done.stdout)]
        assert not list(closed.iterdir())
    for words, answer in zip(wanted, answers, strict=True):
        refused(answer, *(("closed",) if words in CLOSED else ("no home folder", "INLOOP_DATA")))
