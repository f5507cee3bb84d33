"""The fast checks of a whole design, as functions that take a simulation of it: of the chip, or of a HICANN."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from itertools import product
from types import ModuleType
from typing import Any, Final

from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec

from tests.behavioral.bss1.fabric import storms
from tests.cocotb.bss1 import test_path
from tests.cocotb.bss1 import test_registers as test_hicann_registers
from tests.cocotb.bss2 import test_registers, test_rules, test_top

Check = tuple[str, Callable[..., Any], dict[str, Any]]

CHIP: Final = chip_spec("tiny")
HICANN: Final = storms.TINY
STORMS: Final[dict[ChipSpec | Bss1Spec, Check]] = {
    CHIP: ("storms", test_top.play, {"spec": CHIP, "seeds": range(12), "shrink": False}),
    HICANN: ("storms", test_path.agree, {"spec": HICANN, "seeds": range(24)}),
}
BENCHES: Final[dict[ChipSpec | Bss1Spec, tuple[ModuleType, ...]]] = {
    CHIP: (test_registers, test_rules),
    HICANN: (test_path, test_hicann_registers),
}


def checks(spec: ChipSpec | Bss1Spec, pattern: str = "") -> Iterator[Check]:
    """Yield the fast checks of a design, `CHIP` or `HICANN`, whose name has a pattern: name, function, arguments."""
    if not pattern:
        yield STORMS[spec]
    for module in BENCHES[spec]:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            marks = getattr(function, "pytestmark", [])
            if (
                name.startswith("test_")
                and re.search(pattern, name)
                and all(mark.name == "parametrize" for mark in marks)
            ):
                for values in product(*(_cases(mark) for mark in marks)):
                    yield name, function, {key: value for case in values for key, value in case.items()}


def _cases(mark: Any) -> list[dict[str, Any]]:
    names, values = mark.args
    if isinstance(names, str):
        return [{names: value} for value in values]
    return [dict(zip(names, value, strict=True)) for value in values]
