"""`inloop verify`: its table, its exit codes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from inloop import cli
from inloop.cli import verify
from inloop.rtl.convert import toolchain
from rich.console import Console
from typer.testing import CliRunner

REPORT = """<testsuites><testsuite>
<testcase classname="tests.cocotb.bss2.test_top" name="test_storms[verilator]" time="2.5">
<properties><property name="configurations" value="20"/><property name="cycles" value="900"/></properties></testcase>
<testcase classname="tests.cocotb.bss2.test_top" name="test_storms[icarus]" time="0">
<skipped message="no iverilog"/></testcase>
<testcase classname="tests.cocotb.bss2.test_rules" name="test_fair[verilator-1]" time="1">
<failure message="m"/></testcase>
<testcase classname="tests.cocotb.bss2.test_rules" name="test_fair[verilator-2]" time="1"/>
</testsuite></testsuites>"""


def test_report_is_summed_up() -> None:
    top, skipped, rules = verify.collect(REPORT)
    assert (top.name, top.simulator, top.configurations, top.cycles, top.result) == (
        "bss2.top", "verilator", 20, 900, "passed",
    )  # fmt: skip
    assert (skipped.simulator, skipped.result, skipped.skipped) == ("icarus", "skipped", ["no iverilog"])
    assert (rules.name, rules.result, rules.failed, rules.seconds) == (
        "bss2.rules", "1 failed", ["test_fair[verilator-1]"], 2,
    )  # fmt: skip


@pytest.fixture
def benches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose only bench passes or fails as told."""
    folder = tmp_path / "tests" / "cocotb"
    folder.mkdir(parents=True)
    (folder / "runner.py").touch()
    (folder / "conftest.py").write_text("def pytest_addoption(parser):\n    parser.addoption('--simulator')\n")
    monkeypatch.setattr(verify, "ROOT", tmp_path)
    monkeypatch.setattr(verify, "BENCHES", folder)
    monkeypatch.setattr(toolchain, "verilator", lambda: None)
    return folder


@pytest.mark.parametrize(("condition", "code"), [("True", 0), ("False", 1)])
def test_exit_code_tells_whether_the_benches_agree(condition: str, code: int, benches: Path) -> None:
    (benches / "test_top.py").write_text(f"def test_storms():\n    assert {condition}\n")
    result = CliRunner().invoke(cli.app, ["verify", "--json"])
    assert result.exit_code == code
    answer = json.loads(result.stdout)
    assert answer["agreed"] is (code == 0)
    assert answer["failed"] == ([] if code == 0 else ["test_storms"])


def test_benches_that_cannot_run_are_an_error(benches: Path, capsys: Any) -> None:
    (benches / "conftest.py").write_text("raise RuntimeError('broken')\n")
    assert cli.guarded(lambda: cli.app(["verify"], standalone_mode=False)) == 2
    assert "the benches did not run to their end" in capsys.readouterr().err


def test_outside_of_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(verify, "BENCHES", tmp_path)
    assert cli.guarded(lambda: cli.app(["verify"], standalone_mode=False)) == 2
    assert "run this in a source checkout" in capsys.readouterr().err


def test_unknown_simulator_and_missing_tool(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert cli.guarded(lambda: cli.app(["verify", "--simulator", "questa"], standalone_mode=False)) == 2
    assert "choose from verilator, icarus, all" in capsys.readouterr().err
    monkeypatch.setenv("PATH", "")
    assert cli.guarded(lambda: cli.app(["verify", "--simulator", "icarus"], standalone_mode=False)) == 2
    assert "iverilog was not found" in capsys.readouterr().err


@pytest.mark.usefixtures("benches")
def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(verify.PACKAGES, "nobodys.package", ("cocotb", "pip install cocotb"))
    assert cli.guarded(lambda: cli.app(["verify"], standalone_mode=False)) == 2
    assert capsys.readouterr().err == "inloop: cocotb was not found and this needs it: pip install cocotb\n"


def test_table(capsys: Any) -> None:
    verify._print(verify.collect(REPORT), Console(width=100))
    out = capsys.readouterr().out
    assert "900" in out
    assert "top on icarus was skipped: no iverilog" in out
