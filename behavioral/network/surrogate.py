"""Surrogates: what stands for the derivative of the threshold in the gradient, as functions of x = v − 1.

superspike     1/(β|x| + 1)²                (Zenke and Ganguli, Neural Comput. 30, 2018)
fast-sigmoid   (β/2)/(β|x| + 1)²            the derivative of (1 + βx/(1 + β|x|))/2
triangle       max(0, 1 − β|x|)
arctan         (β/2)/(1 + (πβx/2)²)         the derivative of 1/2 + arctan(πβx/2)/π

They are written for a number or a tensor. SuperSpike is part of the compiled adjoint. Any other one is compiled by
itself for rows of numbers, and the adjoint calls it by its address: it is the same code for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numba import cfunc, njit, types
from numba.core.errors import NumbaError
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from ...errors import ConfigError, shown

Function = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Surrogate:
    """The function of the distance to threshold x and of the slope β, both in units of the threshold.

    One that numba compiles runs in the compiled adjoint, any other one in the graph of torch, where x is a tensor.
    """

    function: Function

    def __post_init__(self) -> None:
        """Raise `ConfigError` for what is no function."""
        if not callable(self.function):
            raise ConfigError(f"surrogate = {shown(self.function)} must be a function of distance and slope, or a name")

    @property
    def built_in(self) -> bool:
        """Whether the adjoint has it in itself."""
        return self.function is superspike

    @property
    def compiles(self) -> bool:
        """Whether numba compiles it."""
        return self.built_in or _compiled(self.function, np.dtype(np.float32)) is not None

    def address(self, dtype: np.dtype[Any]) -> int:
        """Return where the code for rows of a type is: void f(row, length, slope); 0 for the one that is built in.

        It must compile.
        """
        return 0 if self.built_in else int(_compiled(self.function, np.dtype(dtype)).address)

    def rows(self, x: NDArray[Any], slope: float) -> NDArray[Any]:
        """Return the values for an array, by the compiled code."""
        out = np.ascontiguousarray(x + 1)
        scale = np.array([slope], out.dtype)
        code = _compiled(self.function, out.dtype)
        code.ctypes(
            out.ctypes.data_as(code.ctypes.argtypes[0]), out.size, scale.ctypes.data_as(code.ctypes.argtypes[2])
        )
        return out


@lru_cache(maxsize=64)
def _compiled(function: Function, dtype: np.dtype[Any]) -> Any:
    """Return a function compiled for rows of membranes, which it overwrites; None if numba cannot."""
    real = {np.dtype(np.float32): types.float32, np.dtype(np.float64): types.float64}[dtype]
    one = dtype.type(1)
    make: Any = cfunc
    pointer: Any = types.CPointer
    signature = types.int64(pointer(real), types.int64, pointer(real))
    try:
        value: Any = njit(function, error_model="numpy")

        @make(signature, error_model="numpy")
        def apply(membranes, count, slope):  # type: ignore[no-untyped-def]
            v, by = carray(membranes, count), carray(slope, 1)[0]
            for n in range(count):
                v[n] = value(v[n] - one, by)
            return 0

    except (NumbaError, TypeError, NotImplementedError):
        return None
    return apply


def superspike(x: Any, slope: Any) -> Any:
    """1/(β|x| + 1)²."""
    width = slope * abs(x) + 1
    return 1 / (width * width)


def fast_sigmoid(x: Any, slope: Any) -> Any:
    """(β/2)/(β|x| + 1)²."""
    width = slope * abs(x) + 1
    return slope / 2 / (width * width)


def triangle(x: Any, slope: Any) -> Any:
    """max(0, 1 − β|x|)."""
    left = 1 - slope * abs(x)
    return left * (left > 0)


def arctan(x: Any, slope: Any) -> Any:
    """(β/2)/(1 + (πβx/2)²)."""
    width = math.pi / 2 * slope * x
    return slope / 2 / (1 + width * width)


SUPERSPIKE: Final = Surrogate(superspike)
FAST_SIGMOID: Final = Surrogate(fast_sigmoid)
TRIANGLE: Final = Surrogate(triangle)
ARCTAN: Final = Surrogate(arctan)
