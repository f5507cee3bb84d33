"""Compiled kernels on disk: what was edited or damaged is compiled anew, and a disk that refuses changes no result."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.numerics import kernel_cache
from inloop.behavioral.numerics.kernel_cache import KEPT_STATES, SOURCES, _dumps
from inloop.cache import write_sealed
from inloop.errors import InloopWarning

PACKAGE = Path(kernel_cache.__file__).parents[2]
NEIGHBOUR = "from inloop.behavioral.numerics.compiled import embedded\n\n\n@embedded\ndef factor():\n    return 3\n"
MODULE = """
from inloop.behavioral.numerics.compiled import kernel
from neighbour_of_kernels import factor


@kernel
def scaled(x):
    return factor() * x
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a module and its neighbour; kernels are kept in its folder `kept`."""
    monkeypatch.setattr(kernel_cache, "_FOLDER", tmp_path / "kept")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    kernel_cache._warn.cache_clear()
    (tmp_path / "neighbour_of_kernels.py").write_text(NEIGHBOUR)
    (tmp_path / "module.py").write_text(MODULE)
    return tmp_path


def run(folder: Path, value: Any = 2) -> tuple[Any, bool]:
    """Return what a new process would compute, and whether it finds its code on disk."""
    sys.modules.pop("neighbour_of_kernels", None)
    spec = spec_from_file_location("module", folder / "module.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.scaled(value), bool(module.scaled.stats.cache_hits)


def kept(folder: Path) -> Path:
    """Return the file of the kernel, without that of the function compiled into it."""
    (file,) = folder.glob("kept/*/module_scaled-*.kernel")
    return file


def test_code_is_found_again(folder: Path) -> None:
    assert [run(folder), run(folder)] == [(6, False), (6, True)]
    assert [run(folder, 0.5), run(folder, 0.5), run(folder)] == [(1.5, False), (1.5, True), (6, True)]


@pytest.mark.parametrize("name", ["module.py", "neighbour_of_kernels.py"])
def test_an_edit_is_noticed_whatever_the_clock_says(folder: Path, name: str) -> None:
    assert run(folder) == (6, False)
    file, status = folder / name, (folder / name).stat()
    file.write_text(file.read_text().replace("return ", "return 10 * "))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [run(folder), run(folder)] == [(60, False), (60, True)]
    file.write_text(file.read_text().replace("return 10 * ", "return "))
    assert run(folder) == (6, True), "the code of the state before is still there"


@pytest.fixture
def checking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Return a function after which indices are checked, as in a process that began with NUMBA_BOUNDSCHECK=1."""

    def check() -> None:
        monkeypatch.setattr(kernel_cache._config, "BOUNDSCHECK", 1)
        kernel_cache._digest.cache_clear()
        monkeypatch.setattr(kernel_cache, "_AT_START", kernel_cache._digest(kernel_cache._package_files()))

    yield check
    kernel_cache._digest.cache_clear()


def test_code_that_checks_indices_is_kept_apart(folder: Path, checking: Callable[[], None]) -> None:
    assert [run(folder), run(folder)] == [(6, False), (6, True)]
    checking()
    assert [run(folder), run(folder)] == [(6, False), (6, True)]
    (folder / "module.py").write_text(MODULE.replace("factor() * x", "x[factor()]"))
    assert run(folder, np.arange(4))[0] == 3
    with pytest.raises(IndexError):
        run(folder, np.arange(3))


DAMAGE: dict[str, Callable[[Path, bytes], Any]] = {
    "empty": lambda path, _: path.write_bytes(b""),
    "truncated": lambda path, whole: path.write_bytes(whole[:-100]),
    "one bit": lambda path, whole: path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:]),
    "random": lambda path, whole: path.write_bytes(os.urandom(len(whole))),
    "sealed, no pickle": lambda path, _: write_sealed(path, b"nothing"),
    "sealed, another thing": lambda path, _: write_sealed(path, _dumps({"a": 1})),
    "of other types": lambda path, _: write_sealed(path, _dumps((("float64",), (b"",)))),
    "gone": lambda path, _: path.unlink(),
    "a link to nowhere": lambda path, _: (path.unlink(), path.symlink_to("nowhere")),
    "all gone": lambda path, _: shutil.rmtree(path.parents[1]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_code_is_made_again(folder: Path, damage: str) -> None:
    run(folder)
    path = kept(folder)
    DAMAGE[damage](path, path.read_bytes())
    assert [run(folder), run(folder)] == [(6, False), (6, True)]


@pytest.mark.parametrize("obstacle", ["file", "folder", "fifo", "full"])
def test_a_disk_that_refuses_is_told_of_once(folder: Path, obstacle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if obstacle == "file":
        (folder / "kept").write_text("of somebody else")
    else:
        run(folder)
        path = kept(folder)
        path.unlink()
        if obstacle == "fifo":
            os.mkfifo(path)
        if obstacle == "folder":
            (path / "of somebody else").mkdir(parents=True)
    if obstacle in ("fifo", "full"):

        def refuse(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(kernel_cache, "write_sealed", refuse)
    with pytest.warns(InloopWarning, match="compiled code cannot be kept in .*set INLOOP_CACHE") as told:
        assert run(folder) == (6, False)
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(folder)[0] == 6
    assert not list(folder.rglob(".*"))


def test_no_folder_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "_FOLDER", None)
    with pytest.warns(InloopWarning, match="no folder that compiled code can be kept in"):
        assert run(folder) == (6, False)


def test_code_in_a_folder_that_cannot_be_written_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)

    def refuse(*_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(kernel_cache.os, "utime", refuse)
    monkeypatch.setattr(kernel_cache, "write_sealed", refuse)
    assert run(folder) == (6, True)


def test_what_is_not_on_disk_or_was_edited_meanwhile_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    exec(MODULE, made)
    assert made["scaled"](2) == 6
    monkeypatch.setattr(kernel_cache, "_AT_START", "another state")
    assert [run(folder), run(folder)] == [(6, False), (6, False)]
    assert not list(folder.glob("kept/*/*scaled*"))


def test_only_old_states_of_the_sources_are_removed(folder: Path) -> None:
    for n in range(KEPT_STATES + 3):
        old = folder / "kept" / f"{n:020x}"
        old.mkdir(parents=True)
        os.utime(old, (n, n))
    (folder / "kept" / "notes.txt").write_text("of somebody else")
    (folder / "kept" / "mine").mkdir()
    run(folder)
    states = {path.name for path in (folder / "kept").iterdir()}
    assert {"notes.txt", "mine", kept(folder).parent.name, f"{KEPT_STATES + 2:020x}"} <= states
    assert len(states) == KEPT_STATES + 2
    assert f"{3:020x}" not in states


PLAIN = ("errors", "scalars", "checks", "training/fields")
"""Modules without anything that could be compiled."""


def test_sources_are_all_that_kernels_are_made_of() -> None:
    """Modules with kernels import only each other, numbers and errors: nothing else can be compiled into them."""
    allowed = {(PACKAGE / folder).resolve() for folder in SOURCES}
    for folder in ("behavioral", "cosim", "rtl", "training"):
        for file in (PACKAGE / folder).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
            if not any((node.module or "").endswith("compiled") for node in imports):
                continue
            assert any(file.is_relative_to(each) for each in allowed), f"{file} has kernels"
            for node in imports:
                place = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                inside = any(place.is_relative_to(each) for each in allowed)
                assert inside or place in [PACKAGE / name for name in PLAIN], (file, place)


GENERIC = """
from typing import Any, NamedTuple
from inloop.behavioral.numerics.generic import generic


@generic
def grow(kind: Any, x: Any) -> Any:
    raise NotImplementedError
"""
KIND = """
from typing import NamedTuple
from of_somebody.generic_of_kernels import grow


class Kind(NamedTuple):
    by: int


@grow.of(Kind)
def _grow(kind, x):
    return 2 * x + kind.by
"""
USER = """
import sys
sys.path[:0] = sys.argv[1:]
from inloop.behavioral.numerics.compiled import kernel
from user_of_kernels import scaled
from kind_of_kernels import Kind
print(scaled((Kind(3), 1.0), 5), bool(scaled.stats.cache_hits))
"""


def test_an_edit_of_what_a_generic_function_does_for_a_kind_is_noticed(tmp_path: Path) -> None:
    """The kernel is in one folder, the kind of its argument, and what is done for it, in another."""
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    (own / "of_somebody").mkdir(parents=True)
    theirs.mkdir()
    (own / "of_somebody" / "generic_of_kernels.py").write_text(GENERIC)
    (own / "user_of_kernels.py").write_text(
        "from inloop.behavioral.numerics.compiled import kernel\n"
        "from of_somebody.generic_of_kernels import grow\n\n\n"
        "@kernel\ndef scaled(kinds, x):\n    return grow(kinds[0], x)\n"
    )
    kind = theirs / "kind_of_kernels.py"
    kind.write_text(KIND)

    def answer() -> list[str]:
        command = [sys.executable, "-c", USER, str(own), str(theirs)]
        environment = {**os.environ, "INLOOP_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert not done.returncode, done.stderr
        return done.stdout.split()

    assert [answer(), answer()] == [["13", "False"], ["13", "True"]]
    kind.write_text(KIND.replace("2 * x", "4 * x"))
    assert answer() == ["23", "False"]


COLD = """
import sys
sys.path.insert(0, sys.argv[1])
from module import scaled
print(scaled({"int": 2, "float": 2.0}[sys.argv[2]]), bool(scaled.stats.cache_hits))
"""


def test_processes_that_start_cold_at_once(folder: Path) -> None:
    environment = {**os.environ, "INLOOP_CACHE": str(folder / "cache")}
    for expected in ("False", "True"):
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", COLD, str(folder), kind], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, env=environment,
            )
            for kind in ("int", "float") * 2
        ]  # fmt: skip
        answers = [process.communicate(timeout=120)[0].split() for process in processes]
        assert [answer[0] for answer in answers] == ["6", "6.0"] * 2, answers
        assert expected == "False" or {answer[1] for answer in answers} == {"True"}
    assert not list((folder / "cache").rglob(".*"))


CROSSING = """
import numpy as np
from inloop.behavioral.network.adjoint import _matvec
out = np.zeros(64)
_matvec(np.ones((1, 64)), np.ones(1), out)
print(out[0], bool(_matvec.stats.cache_hits))
"""


@pytest.mark.parametrize("place", ["INLOOP_CACHE", "NUMBA_CACHE_DIR"])
def test_an_edit_of_the_package_is_noticed(tmp_path: Path, place: str) -> None:
    """In the file of a function that is compiled into a kernel of another file."""
    package = tmp_path / "inloop"
    shutil.copytree(PACKAGE / "behavioral", package / "behavioral", ignore=shutil.ignore_patterns("__pycache__"))
    for file in PACKAGE.glob("*.py"):
        shutil.copy(file, package)

    def answer(**environment: str) -> list[str]:
        kept_elsewhere = {name: value for name, value in os.environ.items() if name != "INLOOP_CACHE"}
        paths = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(tmp_path / "own")}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", CROSSING], capture_output=True, text=True, cwd=tmp_path,
            env=kept_elsewhere | paths | environment,
        )  # fmt: skip
        assert not done.returncode, done.stderr
        return done.stdout.split()

    given = {place: str(tmp_path / "given")}
    assert [answer(**given), answer(**given)] == [["1.0", "False"], ["1.0", "True"]]
    vectors = package / "behavioral" / "numerics" / "vectors.py"
    text, status = vectors.read_text(), vectors.stat()
    assert "x[n] += factor * row[n]" in text
    vectors.write_text(text.replace("x[n] += factor * row[n]", "x[n] += 7 * factor * row[n]"))
    os.utime(vectors, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert answer(**given) == ["7.0", "False"]
    assert (tmp_path / "given").exists()
    assert not (tmp_path / "own").exists()
