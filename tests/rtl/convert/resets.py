"""Which registers of the generated Verilog have no reset: those that no clocked block assigns while it resets.

This follows each clocked block on its way under `reset` and `clear`, in the text as the converter writes it
(see `latches.py`). A loop over all words of an array assigns the array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

CLOCKED = re.compile(r"^always @\(posedge clock\) begin: \w+\n(.*?)^end$", re.MULTILINE | re.DOTALL)
REGISTER = re.compile(r"(\w+)(?:\[.*\])? <= ")
RESETS = re.compile(r"if \(\(?(?:reset|clear)(?: \|\||\))")
KEEPS = re.compile(r"if \((?:keep|never)\)")  # of a FIFO: 0 under reset


def without_reset(text: str) -> list[str]:
    """Return the names of the registers of a module that a reset leaves as they are."""
    found = []
    for body in CLOCKED.findall(text):
        lines = [line.strip() for line in body.splitlines()]
        registers = {match[1] for line in lines if (match := REGISTER.match(line))}
        found += sorted(registers - _reset(iter(lines)))
    return found


def _reset(lines: Iterator[str], closing: str = "end") -> set[str]:
    """Return what the lines, up to the end of their block, assign under reset."""
    assigned: set[str] = set()
    open_else = True  # whether an `else` here belongs to a condition that is false
    for line in lines:
        if line == closing:
            break
        if line.startswith("case"):
            _reset(lines, "endcase")
        elif line.startswith("for ("):
            assigned |= _reset(lines)
        elif line.endswith("begin"):
            body = _reset(lines)
            follows = line.startswith("else")
            if follows and not open_else:
                continue
            true = line == "else begin" or RESETS.search(line)
            assigned |= body if true else set()
            # behind a condition that is neither surely true nor false no branch counts
            open_else = bool(KEEPS.search(line)) or (follows and not true and open_else)
        elif match := REGISTER.match(line):
            assigned.add(match[1])
    return assigned
