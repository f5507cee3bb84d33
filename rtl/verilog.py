"""Verilog of a chip design: one module, and one file, per block, and the top that instantiates them."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import myhdl
from myhdl import Signal, ToVerilogWarning, intbv, modbv
from myhdl._Signal import _Signal

from ..behavioral.hicann.spec import HicannSpec
from ..behavioral.spec import ChipSpec
from .buildable import check_name
from .elaboration import elaborate
from .hicann.ports import make_ports as make_hicann_ports
from .hicann.top import top as hicann_top
from .hierarchy import Module, instances_of, recorded_kinds
from .top import top
from .top_ports import make_ports

TIMESCALE = "1ns/1ps"
_PARTS = re.compile(r"\d+|\D+").findall
VERILATOR_SPEED_FLAGS = ("-O3", "--unroll-count", "1")
"""A loop over neurons or drivers stays a loop: unrolled, each of its writes is looked at in every idle cycle."""


def module_name(spec: ChipSpec | HicannSpec, block: str = "") -> str:
    """Return the name of the module of a block, or of the top. Raises `ConfigError` for a chip name that cannot be."""
    name = check_name(spec)
    return f"inloop_{name}_{block}" if block else f"inloop_{name}"


def _design(spec: ChipSpec | HicannSpec) -> tuple[Any, tuple[Any, ...]]:
    """Return the top of a chip and fresh signals for its ports."""
    if isinstance(spec, HicannSpec):
        return hicann_top, make_hicann_ports(spec).arguments(spec)
    return top, make_ports(spec).arguments(spec)


@lru_cache(maxsize=8)
def verilog_modules(spec: ChipSpec | HicannSpec) -> Mapping[str, str]:
    """Return the Verilog text of all modules by their name, the top last; the same design is converted once.

    Raises `ConfigError` for a design that cannot be built.
    """
    return elaborate(_converted, spec)


def _converted(spec: ChipSpec | HicannSpec) -> Mapping[str, str]:
    _forget_names()
    whole, arguments = _design(spec)
    with recorded_kinds() as kinds:
        whole(*arguments)
    texts = {}
    modules = {}
    for block, (kind, given) in kinds.items():
        name = module_name(spec, block)
        _forget_names()
        texts[name] = _convert(kind(*(_fresh(argument) for argument in given)), name)
        outputs = re.findall(r"^output (?:\[\d+:0\] )?(\w+);$", texts[name], re.MULTILINE)
        modules[block] = Module(name, frozenset(outputs))
    _forget_names()
    with instances_of(modules):
        name = module_name(spec)
        texts[name] = _convert(whole(*_design(spec)[1]), name)
    return MappingProxyType(texts)


def _forget_names() -> None:
    """Let instance numbers begin anew, so that the text does not depend on what was elaborated before."""
    myhdl._block._name_set.clear()
    for kind in myhdl._simulator._blocks:
        kind.calls = 0


def _fresh(argument: Any) -> Any:
    """Return an independent signal like the given one; other arguments are what they are."""
    if not isinstance(argument, _Signal):
        return argument
    if argument._type is bool:
        return Signal(False)
    kind = modbv if isinstance(argument.val, modbv) else intbv
    return Signal(kind(0)[len(argument) :])


def _convert(instance: Any, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # undriven signals are the constants of the design; the converter assigns them
        warnings.simplefilter("ignore", ToVerilogWarning)
        options = {"testbench": False, "timescale": TIMESCALE, "no_myhdl_header": True}
        instance.convert(hdl="Verilog", path=folder, name=name, **options)
        text = (Path(folder) / f"{name}.v").read_text(encoding="utf-8")
    return _steady_lists(_steady_names(_exact_literals(_begun_loops(text)))).strip() + "\n"


def _begun_loops(text: str) -> str:
    """Give loop variables of combinational blocks a value at their head.

    A loop under a condition else leaves its variable as it was, which a synthesis tool takes for a latch.
    """

    def begun(match: re.Match[str]) -> str:
        loops = re.findall(r"^ *integer (\w+);$", match[0], re.MULTILINE)
        return match[0] + "".join(f"    {name} = 0;\n" for name in loops)

    return re.sub(
        r"^always @\((?!posedge).*\) begin: \w+\n(?: +(?:integer|reg) .*;\n)+", begun, text, flags=re.MULTILINE
    )


def _steady_lists(text: str) -> str:
    """Sort sensitivity lists: the converter takes them from sets, whose order changes from process to process."""

    def in_order(match: re.Match[str]) -> str:
        signals = sorted(match[1].split(", "), key=lambda name: [int(x) if x.isdigit() else x for x in _PARTS(name)])
        return f"always @({', '.join(signals)}) begin"

    return re.sub(r"\balways @\(([^()]*)\) begin", in_order, text)


def _steady_names(text: str) -> str:
    """Number tasks and their blocks per module: the converter goes on counting from one conversion to the next."""
    numbers: dict[str, int] = {}
    return re.sub(r"\bMYHDL(\d+)_", lambda match: f"task{numbers.setdefault(match[1], len(numbers))}_", text)


def _exact_literals(text: str) -> str:
    """Give large constants their own width: the converter adds a sign bit, which then is cut off with a warning."""

    def exact(match: re.Match[str]) -> str:
        bits, digits = int(match[1]), match[2]
        used = int(digits, 16).bit_length()
        return f"{used}'h{digits}" if used > 30 and bits == used + 1 else match[0]

    return re.sub(r"\b(\d+)'h([0-9a-f]+)\b", exact, text)
