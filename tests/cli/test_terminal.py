"""The command as a process: streams that are closed, full or without Unicode, no home, folders one may not enter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import EXPERIMENT, Answer, refused

INLOOP = f"{sys.executable} -m inloop"
HOMELESS = "import os, runpy, sys; os.environ.pop('HOME', 0); os.setuid(54321); sys.argv[0] = 'inloop'"


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


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="becomes another user")
@pytest.mark.parametrize(
    "words",
    [
        ["train", "closed/mine.toml"], ["train", "tiny.toml", "--run", "closed/run"],
        ["train", "--resume", "closed/run"], ["evaluate", "closed/run"], ["report", "closed"], ["chip", "--figure", "closed/die.png"], ["data"],
        ["verilog", "--chip", "tiny", "--out", "closed/hardware"], ["chip", "map", "closed/run"],
        ["reproduce", "benchmarks", "--quick", "--out", "closed/results"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_another_user_without_a_home(words: list[str], tmp_path: Path) -> None:
    """Folders one may not enter, and no home."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (tmp_path / "tiny.toml").write_text(EXPERIMENT)
    code = f"{HOMELESS}; import inloop.cli; inloop.cli.main()"
    environment = {
        key: value for key, value in os.environ.items() if key not in ("HOME", "INLOOP_DATA", "INLOOP_CACHE")
    }
    options: dict[str, Any] = {"capture_output": True, "text": True, "check": False}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, env=environment | {"MPLCONFIGDIR": "/tmp"}, **options
    )
    if "Permission denied: '/" in done.stderr or "ModuleNotFoundError" in done.stderr:
        pytest.skip("the checkout cannot be read by others")
    wanted = ("INLOOP_DATA",) if words == ["data"] else ("closed", "Permission denied")
    refused(Answer(done.returncode, done.stdout, done.stderr), *wanted)
    assert not list(closed.iterdir())
