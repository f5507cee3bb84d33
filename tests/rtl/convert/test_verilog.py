"""The generated Verilog: one module per block, repeatable, clean for the linter, accepted by other tools."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.chips import design
from inloop.errors import MissingToolError
from inloop.rtl.convert import toolchain
from inloop.rtl.convert.export import design_files
from inloop.rtl.convert.verilog import module_name, verilog_modules

TINY = chip_spec("tiny")
BLOCKS = {
    "system_time", "tick_clock", "cadc_trigger", "neuron_backend", "link_in", "background", "crossbar", "link_out",
    "padi", "synapse_drivers", "axi_lite", "register_file", "register_select", "time_words",
}  # fmt: skip


HICANN_BLOCKS = {
    "system_time", "priority_encoder", "background", "background_merger", "tree_merger", "fork", "release_buffer",
    "dnc_merger", "link_out", "line", "drivers", "axi_lite", "register_file", "register_select",
}  # fmt: skip
Files = tuple[ChipSpec | Bss1Spec, Path]


@pytest.fixture(scope="module", params=["tiny", "bss2", "bss1"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    spec = design(request.param)
    folder = tmp_path_factory.mktemp(spec.name)
    for name, text in design_files(spec).items():
        (folder / name).write_text(text)
    return spec, folder


def sources(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*.v"))


def test_one_module_per_block(files: Files) -> None:
    spec, folder = files
    top = module_name(spec)
    blocks = HICANN_BLOCKS if isinstance(spec, Bss1Spec) else BLOCKS
    assert {path.stem for path in folder.glob("*.v")} == {top, *(f"{top}_{block}" for block in blocks)}
    for path in folder.glob("*.v"):
        assert re.findall(r"^module (\w+) \($", path.read_text(), re.MULTILINE) == [path.stem]


def test_fields_of_the_design_reach_the_verilog() -> None:
    text = verilog_modules(TINY.with_fields(link_in_depth=32))["inloop_tiny_link_in"]
    assert "[0:32-1]" in text


def test_one_hemisphere_can_be_built() -> None:
    modules = verilog_modules(TINY.with_fields(hemispheres=1))
    assert "input [15:0] fire;" in modules["inloop_tiny"]


def lint(folder: Path, top: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the linter, and Verilator's scheduling, which finds loops across modules."""
    try:
        verilator = toolchain.verilator()
    except MissingToolError as error:
        pytest.skip(str(error))
    command = [str(verilator.program), "--cc", "-Mdir", str(folder / "lint"), "-Wall", "--top-module", top]
    command += [*more, *sources(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=verilator.environment(), check=False)


def test_lint(files: Files) -> None:
    spec, folder = files
    top = module_name(spec)
    done = lint(folder, top, str(folder / f"{top}_lint.vlt"))
    assert done.returncode == 0, done.stderr
    assert "%Warning" not in done.stderr


FAULTS = {
    "a narrow wire": ("cadc_trigger", "reg [15:0] counter;", "reg [7:0] counter;", "WIDTH"),
    "a latch": ("link_in", "endmodule", "reg kept; always @* if (run) kept = tvalid;\nendmodule", "LATCH"),
    "a loop across modules": (
        "crossbar",
        "event_valid = all_valid",
        "event_valid = all_valid | {room, 8'd0}",
        "UNOPTFLAT",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_lint_finds(fault: str, tmp_path: Path) -> None:
    """The waivers do not hide what the linter is for."""
    block, old, new, rule = FAULTS[fault]
    texts = design_files(TINY)
    name = f"inloop_tiny_{block}.v"
    assert old in texts[name]
    texts[name] = texts[name].replace(old, new)
    for file, text in texts.items():
        (tmp_path / file).write_text(text)
    done = lint(tmp_path, "inloop_tiny", str(tmp_path / "inloop_tiny_lint.vlt"))
    assert done.returncode != 0
    assert rule in done.stderr


def test_icarus_accepts_it_and_its_template(files: Files) -> None:
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog is not installed")
    spec, folder = files
    top = module_name(spec)
    (folder / "bench.sv").write_text(f'module bench;\n`include "{top}_template.vh"\nendmodule\n')
    command = ["iverilog", "-g2005", "-Wall", "-Wno-sensitivity-entire-array", "-I", str(folder), "-s", "bench"]
    command += ["-o", str(folder / "out.vvp"), str(folder / "bench.sv"), *sources(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
