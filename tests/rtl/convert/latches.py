"""What a combinational block of the generated Verilog leaves unassigned on some path: a latch, also of a loop variable.

Linters look at signals only; a synthesis tool makes a latch of a variable of the block, too. This reads the text as the
converter writes it: one statement per line, `begin` at the end of a line, `end` on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BLOCK = re.compile(r"^always @\((?!posedge)[^\n]*\) begin: (\w+)\n(.*?)^end$", re.MULTILINE | re.DOTALL)
DECLARED = re.compile(r" *(?:integer|reg) ")
LOOP = re.compile(r"for \((\w+)=")
ARM = re.compile(r"(default|[\w']+(?:, [\w']+)*): (.*)")
ASSIGNED = re.compile(r"(\w+)(\[.*?\])* <?= ")


def latches(text: str) -> list[str]:
    """Return `block.name` for each signal or variable that a combinational block does not assign on all paths."""
    found = []
    for block, body in BLOCK.findall(text):
        lines = [line.strip() for line in body.splitlines() if not DECLARED.match(line)]
        statements = [arm[2] if (arm := ARM.match(line)) else line for line in lines]
        assigned = {match[1] for line in statements if (match := LOOP.match(line) or ASSIGNED.match(line))}
        found += [f"{block}.{name}" for name in sorted(assigned - _certain(iter(lines)))]
    return found


def _certain(lines: Iterator[str]) -> set[str]:
    """Return what the lines, up to the `end` of their block, assign on every path."""
    certain: set[str] = set()
    branches: list[set[str]] = []  # of an `if` that may go on with an `else`
    for line in lines:
        if line == "end":
            break
        if line.startswith("case"):
            certain |= _arms(lines)
        elif loop := LOOP.match(line):
            certain.add(loop[1])
            _certain(lines)  # what the body assigns is not certain: it may never run
        elif line.endswith("begin"):
            branches = [*(branches if line.startswith("else") else ()), _certain(lines)]
            if line == "else begin":
                certain |= set.intersection(*branches)
        else:
            certain |= _whole(line)
    return certain


def _arms(lines: Iterator[str]) -> set[str]:
    """Return what all arms of a case assign; nothing without a default."""
    arms, complete = [], False
    for line in lines:
        if line == "endcase":
            break
        arm = ARM.match(line)
        assert arm, f"not an arm of a case: {line}"
        complete |= arm[1] == "default"
        arms.append(_certain(lines) if arm[2] == "begin" else _whole(arm[2]))
    return set.intersection(*arms) if complete else set()


def _whole(statement: str) -> set[str]:
    """Return the name that a statement assigns; none if it is a part of a vector."""
    match = ASSIGNED.match(statement)
    return {match[1]} if match and not match[2] else set()
