"""Numbers as callers give them, Python's, numpy's or torch's, and the plain Python numbers that they stand for.

One decision for the whole project: a whole number is an integer of any of these libraries, also in an array without
axes. A truth value is no number, and a float is no whole number although it may have the value of one: write
`int(2.0)`. A number may be whole or not, but neither a truth value nor text. In arrays of data, which are often
computed, whole floats count as whole (`whole_array`); truth values do not.
"""

from __future__ import annotations

import math
import operator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import errors
from .errors import ConfigError

_SHORT: Final[dict[str, Any]] = {"float32": np.float32, "float16": np.float16}


def as_int(value: Any) -> int | None:
    """Return the integer that a whole number stands for, None for anything else."""
    try:
        return None if _is_truth(value) else int(operator.index(value))
    except Exception:  # numpy and torch say what they like of arrays of several values, and so do other objects
        return None


def as_float(value: Any) -> float | None:
    """Return the float that a number stands for, infinite if it is larger than floats are; None for anything else.

    One of less than double precision stands for the decimal that it prints as: np.float32(6e-6) for 6e-6.
    """
    try:
        if _is_truth(value) or isinstance(value, (str, bytes, bytearray)):
            return None
        short = _SHORT.get(str(getattr(value, "dtype", "")).removeprefix("torch."))
        return float(value) if short is None else float(str(short(value)))
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except Exception:
        return None


def as_bool(value: Any) -> bool | None:
    """Return the truth value that is given, None for anything else."""
    return bool(value) if _is_truth(value) else None


def _is_truth(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return True
    try:
        return getattr(value, "shape", None) == () and str(getattr(value, "dtype", "")).endswith("bool")
    except Exception:  # an object whose own code fails
        return False


def whole(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """Return a whole number from `least` to `most`. Raises `ConfigError` with its name for anything else."""
    found = as_int(value)
    if found is None or found < least or (most is not None and found > most):
        if most is not None:
            allowed = f"a whole number from {least} to {_power(most)}"
        else:
            allowed = "a positive whole number" if least == 1 else f"a whole number, at least {least}"
        raise ConfigError(f"{name} = {shown(plain(value))} must be {allowed}")
    return found


def finite(value: Any, name: str) -> float:
    """Return a finite number. Raises `ConfigError` with its name for anything else."""
    found = as_float(value)
    if found is None or not math.isfinite(found):
        raise ConfigError(f"{name} = {shown(plain(value))} must be a finite number")
    return found


def truth(value: Any, name: str) -> bool:
    """Return True or False. Raises `ConfigError` with its name for anything else."""
    found = as_bool(value)
    if found is None:
        raise ConfigError(f"{name} = {shown(plain(value))} must be True or False")
    return found


def plain(value: Any) -> Any:
    """Return numpy scalars and arrays as Python numbers and lists, also inside of lists and dictionaries."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def array(values: Any) -> NDArray[Any]:
    """Return an array of a list, an array or a tensor, whatever device it is on and whether it has a gradient or not.

    Raises `ValueError` or `TypeError` for what is no array.
    """
    try:
        return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    except (TypeError, ValueError):
        raise
    except Exception as error:  # what looks like an array and is none raises what it likes
        raise TypeError(str(error)) from None


def whole_array(values: Any) -> NDArray[np.int64] | None:
    """Return whole numbers as int64, in their shape; None if one of them is no whole number of 64 bits."""
    try:
        given = array(values)
    except (TypeError, ValueError):
        return None
    if given.size == 0:
        return np.zeros(given.shape, np.int64)
    if given.dtype.kind == "i":
        return given.astype(np.int64, copy=False)
    if given.dtype.kind not in "uf" or not (np.abs(given) < 2.0**63).all():  # NaN is not below either
        return None
    found = given.astype(np.int64)
    return found if (found == given).all() else None


def shown(value: Any) -> str:
    """Return a value as a sentence can show it: on one line, cut short."""
    try:
        value = plain(value)
    except Exception:  # what is no array although it looks like one
        return errors.shown(value)
    return errors.shown(value)


def _power(number: int) -> str:
    bits = number.bit_length()
    return f"2^{bits} - 1" if bits > 31 and number == (1 << bits) - 1 else str(number)
