"""A verilated design in this process: registers and lock-step through its C interface (`bridge.py`)."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from ...behavioral.design import Design
from ...behavioral.numerics.foreign import Functions
from ...behavioral.sections import Configuration
from ...errors import ConfigError, MissingToolError
from .bridge import HOST, PREFIX, bridge
from .build import library


@lru_cache(maxsize=8)
def functions(spec: Design) -> dict[str, Any]:
    """Return the C functions of a design by name; all take and return 64-bit integers."""
    path = library(spec)
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise MissingToolError(f"cannot load the compiled Verilog {path}: {error}") from None
    interface, out = bridge(spec), {}
    for name, count in {**HOST, **interface.arguments}.items():
        out[name] = getattr(loaded, f"{PREFIX}_{name}")
        out[name].argtypes = [ctypes.c_int64] * count
        out[name].restype = ctypes.c_int64
    return out


class Fabric:
    """One instance of a design, configured as a host does it. Close it, or let it go out of use."""

    def __init__(self, spec: Design, config: Configuration) -> None:
        self.spec, self.bridge, self.functions = spec, bridge(spec), functions(spec)
        self.control, self.run = self.bridge.control_write(spec, run=True)
        self.clear, self.stop = (self.bridge.control_write(spec, clear=value)[1] for value in (True, False))
        self.handle = self.functions["open"](self.control, self.run)
        self.write(self.control, self.stop)
        self.config: Configuration | None = None
        self.configure(config)

    def configure(self, config: Configuration) -> None:
        """Write the registers that differ from those written before, the first time all."""
        for address, value in self.bridge.config_writes(self.spec, config, self.config):
            self.write(address, value)
        self.config = config

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

    def in_lockstep(self) -> Functions:
        """Return the addresses of the C functions that compiled code calls."""
        return Functions(*(ctypes.cast(self.functions[name], ctypes.c_void_p).value or 0 for name in Functions._fields))

    def close(self) -> None:
        """Free the instance."""
        if self.handle:
            self.functions["close"](self.handle)
            self.handle = 0

    def __del__(self) -> None:
        """Free the instance if nobody did."""
        if getattr(self, "handle", 0):
            self.close()
