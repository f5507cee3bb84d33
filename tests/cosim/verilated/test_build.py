"""The cache of compiled designs: one build per content, nothing half-built is trusted, clear errors."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from inloop.behavioral.fabric.config import FabricConfig
from inloop.behavioral.hicann.spec import hicann_spec
from inloop.behavioral.spec import chip_spec
from inloop.cosim.verilated import build, library
from inloop.cosim.verilated.kinds import Spec, kind_of
from inloop.errors import ConfigError, MissingToolError, StorageError
from inloop.rtl import toolchain

TINY = chip_spec("tiny")


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The library of the small chip, from the cache of the test run."""
    return build.library(TINY)


@pytest.fixture
def cache(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache; a build takes the compiled library instead of a minute."""
    monkeypatch.setenv("INLOOP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "_build", lambda _, __, folder: shutil.copy(compiled, folder / "fabric.so"))
    library.functions.cache_clear()
    return tmp_path / "cache"


def test_only_what_the_hardware_sees_makes_another_build() -> None:
    same = TINY.with_fields(tau_mem_s=1e-6, cadc_period_cycles=53, weight_bits=4)
    assert build._digest(build.structure(same)) == build._digest(build.structure(TINY))
    deeper = TINY.with_fields(link_in_depth=32)
    assert build._digest(build.structure(deeper)) != build._digest(build.structure(TINY))


@pytest.mark.parametrize("spec", [TINY, hicann_spec("bss1-tiny")], ids=["bss2", "bss1"])
def test_a_source_names_and_uses_the_constants_that_it_is_given(spec: Spec) -> None:
    kind = kind_of(spec)
    text = kind.source.read_text(encoding="utf-8")
    named, code = re.search(
        r"^// ([A-Z_, and]+) come from the chip specification by -D\.$(.*)", text, re.M | re.S
    ).groups()
    assert re.findall(r"[A-Z_]+", named) == list(kind.sizes(spec))
    assert all(re.search(rf"\b{name}\b", code) for name in kind.sizes(spec))


def test_a_build_is_found_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = build.library(TINY)
    assert [file.name for file in cache.iterdir()] == [place.name]
    monkeypatch.setattr(build, "_build", lambda *_: pytest.fail("built twice"))
    assert build.library(TINY) == place


@pytest.mark.parametrize("harm", [lambda x: x[:1000], lambda x: x[:5000] + b"?" + x[5001:], lambda _: b""])
def test_a_corrupt_library_is_built_again(harm: Callable[[bytes], bytes], cache: Path) -> None:
    place = build.library(TINY)
    assert cache in place.parents
    place.write_bytes(harm(place.read_bytes()))
    assert library.functions(TINY)["open"]
    assert place.stat().st_size > 100_000


def test_a_failed_build_leaves_nothing_behind(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object, tool: toolchain.Verilator, folder: Path) -> None:
        (folder / "half.o").write_text("x")
        build._run(["g++", "missing.cpp"], tool, folder)

    monkeypatch.setattr(build, "_build", fail)
    with pytest.raises(MissingToolError, match=r"^g\+\+ failed to compile the Verilog: .+"):
        build.library(TINY)
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(StorageError, match=r"cannot build in .* set INLOOP_CACHE to another folder"):
        build.library(TINY)


def test_a_missing_compiler_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingToolError, match=r"g\+\+ was not found and this needs it: install"):
        build.library(TINY)


def test_registers_through_the_bus() -> None:
    fabric = library.Fabric(TINY, FabricConfig.default(TINY))
    assert fabric.read(fabric.control) == 0
    fabric.write(fabric.control, fabric.run)
    assert fabric.read(fabric.control) == fabric.run
    with pytest.raises(ConfigError, match="refuses to read register 0x"):
        fabric.read(4 * ((1 << 12) - 1))
    fabric.close()
    fabric.close()
