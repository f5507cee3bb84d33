"""Calls of C functions by their address, from compiled code.

The address is an argument, so the compiled code does not depend on where a library was loaded and can be cached.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_operation: Any = intrinsic


class Functions(NamedTuple):
    """Addresses of what a compiled design does: go to cycle 0, do a cycle, let all arrive, read registers."""

    begin: int
    cycle: int
    drain: int
    read: int


@_operation
def call(_: Any, address: Any, arguments: Any) -> Any:  # noqa: ARG001
    """Call the function at `address` with a tuple of int64 arguments; it returns int64."""
    integer = ir.IntType(64)

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
        values = [builder.extract_value(args[1], n) for n in range(arguments.count)]
        kind = ir.FunctionType(integer, [integer] * arguments.count)
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), values)

    return types.int64(types.int64, arguments), generate
