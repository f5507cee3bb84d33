"""A verilated fabric in this process: registers and lock-step through the functions of `fabric.cpp`."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from ...behavioral.fabric.config import FabricConfig
from ...behavioral.spec import ChipSpec
from ...errors import ConfigError, MissingToolError
from ...rtl.host import config_writes, control_write
from .build import library

_ARGUMENTS = {"open": 2, "close": 1, "write": 3, "read": 4, "begin": 7, "cycle": 5, "links": 2, "drain": 4}


@lru_cache(maxsize=8)
def functions(spec: ChipSpec) -> dict[str, Any]:
    """Return the C functions of a design by name; all take and return 64-bit integers."""
    path = library(spec)
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise MissingToolError(f"cannot load the compiled Verilog {path}: {error}") from None
    out = {}
    for name, count in _ARGUMENTS.items():
        out[name] = getattr(loaded, f"fabric_{name}")
        out[name].argtypes = [ctypes.c_int64] * count
        out[name].restype = ctypes.c_int64
    return out


class Fabric:
    """One instance of a design, configured as a host does it. Close it, or let it go out of use."""

    def __init__(self, spec: ChipSpec, config: FabricConfig) -> None:
        self.spec, self.functions = spec, functions(spec)
        self.control, self.run = control_write(spec, run=True)
        self.clear = control_write(spec, clear=True)[1]
        stop = control_write(spec)[1]
        self.handle = self.functions["open"](self.control, self.run)
        self.write(self.control, stop)
        for address, value in config_writes(spec, config):
            self.write(address, value)

    def write(self, address: int, value: int) -> None:
        """Write a register. Raises `ConfigError` if the bus answers with an error."""
        if self.functions["write"](self.handle, address, value):
            raise ConfigError(f"the chip refuses to write register {address:#x}")

    def read(self, address: int) -> int:
        """Read a register. Raises `ConfigError` if the bus answers with an error."""
        given, answer = ctypes.c_int64(address), ctypes.c_int64()
        self.functions["read"](self.handle, ctypes.addressof(given), 1, ctypes.addressof(answer))
        if answer.value < 0:
            raise ConfigError(f"the chip refuses to read register {address:#x}")
        return answer.value

    def address(self, name: str) -> int:
        """Return the address of a C function, for compiled code."""
        return ctypes.cast(self.functions[name], ctypes.c_void_p).value or 0

    def close(self) -> None:
        """Free the instance."""
        if self.handle:
            self.functions["close"](self.handle)
            self.handle = 0

    def __del__(self) -> None:
        """Free the instance if nobody did."""
        if getattr(self, "handle", 0):
            self.close()
