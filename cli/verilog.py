"""`inloop verilog`: the digital spike path of a chip as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json, change_of_the_chip, parse_changes
from .output import close, console_for, tell_followed


def verilog(
    out: Annotated[Path, typer.Option(help="Folder for the files; it is made if needed.")],
    preset: Annotated[str, typer.Option("--chip", help="Chip preset: bss2, bss1, tiny or bss1-tiny.")] = "bss2",
    changes: Annotated[list[str] | None, change_of_the_chip("link_in_depth=32")] = None,
    as_json: Json = False,
) -> None:
    """Write the digital spike path of a chip as Verilog, with its register page and a template to instantiate it.

    [bold]inloop verilog --chip bss2 --out hardware[/bold]  writes one file per block.
    [bold]inloop verilog --chip bss1 --out hardware[/bold]  the same for HICANN, the chip of BrainScaleS-1.
    """
    from ..chips import design
    from ..files import write_folder
    from ..rtl.convert.export import design_files
    from ..rtl.convert.verilog import module_name

    console, fields = console_for(as_json), parse_changes(changes or [])
    tell_followed(design(preset), fields, console)
    spec = design(preset).with_fields(**fields)
    files = design_files(spec)
    write_folder(out, files)
    console.print(f"{out}: {len(files)} files, top module {module_name(spec)}", markup=False, soft_wrap=True)
    close({"chip": spec.name, "folder": str(out), "top": module_name(spec), "files": sorted(files)}, as_json)
