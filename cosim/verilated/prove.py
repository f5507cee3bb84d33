"""Run as a program: load a built library, reset its design and read its identity register; no word if that is right.

Arguments: library, prefix of its functions, address and value that let time run, address and value of the identity.
"""

import ctypes
import sys


def main(path: str, prefix: str, *numbers: str) -> None:
    """Exit with a sentence if the library cannot be loaded or the design says that it is another one."""
    control, run, address, identity = map(int, numbers)
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        sys.exit(f"it cannot be loaded: {error}")
    begin, read = (getattr(loaded, f"{prefix}_{name}") for name in ("open", "read"))
    begin.restype = ctypes.c_int64
    begin.argtypes, read.argtypes = [ctypes.c_int64] * 2, [ctypes.c_int64] * 4
    given, answer = ctypes.c_int64(address), ctypes.c_int64()
    read(begin(control, run), ctypes.addressof(given), 1, ctypes.addressof(answer))
    if answer.value != identity:
        sys.exit(f"its identity register reads {answer.value:#x}, not {identity:#x}")


if __name__ == "__main__":
    main(*sys.argv[1:])
