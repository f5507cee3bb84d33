"""Verilog of a chip design: one module, and one file, per block, and the top that instantiates them."""

from __future__ import annotations

import re
import tempfile
import threading
import warnings
from collections.abc import Mapping
from copy import copy
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import myhdl
from myhdl import ResetSignal, Signal, ToVerilogWarning, intbv
from myhdl._Signal import _Signal

from ...behavioral.design import Design
from ..hardware import hardware
from ..identity import identity
from ..lib.buildable import check_name
from .elaboration import elaborate
from .hierarchy import Module, instances_of, ports, recorded_kinds

TIMESCALE = "1ns/1ps"
_PARTS = re.compile(r"\d+|\D+").findall
VERILATOR_SPEED_FLAGS = ("-O3", "--unroll-count", "1")
"""A loop over neurons or drivers stays a loop: unrolled, each of its writes is looked at in every idle cycle."""

_converting = threading.Lock()  # names and hierarchy are global in MyHDL


def module_name(spec: Design, block: str = "") -> str:
    """Return the name of the module of a block, or of the top. Raises `ConfigError` for a chip name that cannot be."""
    name = check_name(spec)
    return f"inloop_{name}_{block}" if block else f"inloop_{name}"


def _design(spec: Design) -> tuple[Any, dict[str, Any]]:
    """Return the top of a chip and fresh signals for its ports."""
    own = hardware(spec)
    return own.top, own.ports(spec).connections(spec)


@lru_cache(maxsize=8)
def verilog_modules(spec: Design) -> Mapping[str, str]:
    """Return the Verilog text of all modules by their name, the top last; the same design is converted once.

    Raises `ConfigError` for a design that cannot be built.
    """
    return elaborate(_converted, spec)


def _converted(spec: Design) -> Mapping[str, str]:
    whole, arguments = _design(spec)
    with _converting:
        _forget_names()
        with recorded_kinds() as kinds:
            whole(**arguments)
        texts, modules = {}, []
        for block, part in kinds.items():
            name = module_name(spec, block)
            _forget_names()
            texts[name] = _convert(part.kind(**{port: _fresh(given) for port, given in part.connections.items()}), name)
            outputs = re.findall(r"^output (?:signed )?(?:\[\d+:0\] )?(\w+);$", texts[name], re.MULTILINE)
            modules.append(Module(name, frozenset(outputs), identity(part.kind, part.connections)))
        _forget_names()
        top_block, used = instances_of(modules, lambda: whole(**_design(spec)[1]))
        texts = {name: text for name, text in texts.items() if name in used}
        name = module_name(spec)
        texts[name] = _convert(top_block, name)
    return MappingProxyType(texts)


def _forget_names() -> None:
    """Let instance numbers begin anew, so that the text does not depend on what was elaborated before."""
    myhdl._block._name_set.clear()
    for kind in myhdl._simulator._blocks:
        kind.calls = 0


def _fresh(argument: Any) -> Any:
    """Return an argument with independent signals of the same kinds; what has none is what it is."""
    if isinstance(argument, ResetSignal):
        return ResetSignal(argument._init, active=argument.active, isasync=argument.isasync)
    if isinstance(argument, _Signal):
        value = argument.val
        if isinstance(value, intbv):
            value = type(value)(value.min, value.min, value.max)
        return Signal(value)
    if type(argument) in (list, tuple):
        return type(argument)(map(_fresh, argument))
    parts = getattr(argument, "__dict__", {})
    if any(isinstance(part, _Signal) for part in parts.values()):  # an interface
        argument = copy(argument)
        vars(argument).update({name: _fresh(part) for name, part in parts.items()})
    return argument


def _convert(instance: Any, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # undriven signals are the constants of the design; the converter assigns them
        warnings.simplefilter("ignore", ToVerilogWarning)
        instance._inferInterface = partial(_infer_interface, instance)
        options = {"testbench": False, "timescale": TIMESCALE, "no_myhdl_header": True}
        instance.convert(hdl="Verilog", path=folder, name=name, **options)
        text = (Path(folder) / f"{name}.v").read_text(encoding="utf-8")
    return _steady_lists(_steady_names(_exact_literals(_begun_loops(text)))).strip() + "\n"


def _infer_interface(instance: Any) -> None:
    """Tell the converter the ports of a block; by itself it looks for signals in all parameters, and in theirs."""
    instance.argdict = ports(instance.func, instance.kwargs)
    instance.argnames = list(instance.argdict)


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
