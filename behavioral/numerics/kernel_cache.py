"""Compiled kernels on disk: a file per function, types and processor, in a folder per state of the sources.

Numba's own cache knows the file that defines a function, not those of the functions that are compiled into it, and its
index is not safe against processes that compile different types at once. Here nothing is ever changed in place: the
name of a file says what it was made of, and a file that is not whole is made again.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import llvmlite
import numba
import numpy as np
from numba.core import config
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.core.types import BaseTuple

from ...cache import cache_folder, read_sealed, write_sealed
from ...errors import InloopWarning, StorageError

_PACKAGE: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ("behavioral", "training/datasets", "training/encodings")
"""Folders of the package that kernels and all that is compiled into them come from."""
KEPT_STATES: Final = 16
"""States of the sources that are kept; older ones are removed when code of a new one is written."""
_DIGITS: Final = 20

File = tuple[Path, int, int]

_rebuild: Any = CompileResult._rebuild  # numba has no types
_dumps: Any = dumps
_config: Any = config


class KernelCache(NullCache):
    """The cache of one function, in the place of numba's."""

    def __init__(self, function: Any) -> None:
        self.function = function

    @property
    def cache_path(self) -> str | None:
        """Folder of the files, for numba's statistics."""
        return None if _FOLDER is None else str(_FOLDER)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return what was compiled for these types, None if it is not there."""
        target.refresh()
        path = self._path(signature, target.codegen())
        content = None if path is None else read_sealed(path)
        if path is None or content is None:
            return None
        try:
            types, compiled = pickle.loads(content)
            found = _rebuild(target, *compiled) if types == signature else None
        except Exception:  # whole, but not what it should be: compile anew
            return None
        with suppress(OSError):  # in use, for whoever removes what is not
            os.utime(path.parent)
        return found

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled for these types; a disk that refuses is told of once and changes nothing else."""
        path = self._path(signature, compiled.codegen)
        if path is None or compiled.library.has_dynamic_globals or compiled.lifted:
            return
        try:
            new = not path.parent.exists()
            write_sealed(path, _dumps((signature, compiled._reduce())))
            if new:
                _forget_old_states(path.parent.parent)
        except OSError as error:
            _warn(f"compiled code cannot be kept in {path.parent.parent} ({error.strerror})")

    def _path(self, signature: Any, codegen: Any) -> Path | None:
        """Return the file for these types and this processor, None if nothing can be kept."""
        code = self.function.__code__
        source = Path(code.co_filename).resolve()
        state = _state({source, *_origins(signature)})
        if state is None or self.function.__closure__:  # what a closure holds is in no source
            return None
        if _FOLDER is None:
            _warn("there is no folder that compiled code can be kept in")
            return None
        name = f"{source.stem}_{code.co_name}"
        what = (_name(source), code.co_firstlineno, code.co_qualname, signature, codegen.magic_tuple())
        return _FOLDER / state / f"{name}-{hashlib.sha256(repr(what).encode()).hexdigest()[:_DIGITS]}.kernel"


def _origins(types: Any) -> Iterator[Path]:
    """Yield the files that define the named tuples among types: generic functions have implementations for them."""
    for kind in types if isinstance(types, (tuple, list)) else [types]:
        named = getattr(kind, "instance_class", None)
        if named is not None:
            yield Path(getattr(sys.modules.get(named.__module__), "__file__", None) or "nowhere").resolve()
        if isinstance(kind, BaseTuple):
            yield from _origins(list(getattr(kind, "types", ())))


def _state(sources: set[Path]) -> str | None:
    """Return the state of all that a function is compiled from; sources: where it and its named tuples are defined.

    None if one is not on disk, or if the package was edited since this process began, which may have read either.
    """
    package = _package_files()
    if not package or _digest(package) != _AT_START or not all(source.is_file() for source in sources):
        return None
    strangers = {source.parent for source in sources - {path for path, _, _ in package}}  # may import neighbours
    return _digest(package + _files(path for folder in strangers for path in folder.glob("*.py")))


def _package_files() -> tuple[File, ...]:
    return _files(path for folder in SOURCES for path in (_PACKAGE / folder).rglob("*.py"))


def _files(paths: Iterable[Path]) -> tuple[File, ...]:
    """Return the files with time and size, by which an edit is noticed."""
    found = []
    for path in sorted(paths):
        with suppress(OSError):  # what an editor leaves for a moment
            status = path.stat()
            found.append((path, status.st_mtime_ns, status.st_size))
    return tuple(found)


@cache
def _digest(files: tuple[File, ...]) -> str | None:
    """Hash sources, and the versions and options that compile them; None if one cannot be read."""
    options = _config.OPT, _config.BOUNDSCHECK, _config.LOOP_VECTORIZE, _config.SLP_VECTORIZE
    versions = sys.version, sys.flags.optimize, numba.__version__, llvmlite.__version__, np.__version__
    digest = hashlib.sha256(repr((versions, options)).encode())
    try:
        for path, _, _ in files:
            digest.update(_name(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return digest.hexdigest()[:_DIGITS]


def _name(source: Path) -> str:
    """Return the name of a source, within the package if it is there: installations of equal content share code."""
    return str(source.relative_to(_PACKAGE) if source.is_relative_to(_PACKAGE) else source)


def _forget_old_states(folder: Path) -> None:
    states = [each for each in folder.iterdir() if re.fullmatch(rf"[0-9a-f]{{{_DIGITS}}}", each.name)]
    for old in sorted(states, key=lambda each: each.stat().st_mtime)[:-KEPT_STATES]:
        shutil.rmtree(old, ignore_errors=True)


@cache
def _warn(what: str) -> None:
    warnings.warn(
        f"{what}; each process compiles anew; set INLOOP_CACHE to another folder", InloopWarning, stacklevel=2
    )


def kernel_folder() -> Path | None:
    """Return the folder of all compiled kernels, None if there is none.

    Where `INLOOP_CACHE` is not given, but numba's own `NUMBA_CACHE_DIR` is, it is there.
    """
    if _config.CACHE_DIR and not os.environ.get("INLOOP_CACHE"):
        return Path(_config.CACHE_DIR) / "inloop"
    try:
        return cache_folder() / "kernels"
    except StorageError:
        return None


_FOLDER: Final = kernel_folder()
_AT_START: Final = _digest(_package_files())
