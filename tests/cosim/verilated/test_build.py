"""The cache of compiled designs: one build per content, nothing half-built is trusted, clear errors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.design import Design
from inloop.cosim.verilated import bridge, build, key, library
from inloop.errors import ConfigError, MissingToolError, StorageError
from inloop.rtl.convert import toolchain
from inloop.rtl.convert.verilog import verilog_modules

TINY = chip_spec("tiny")


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The library of the small chip, from the cache of the test run."""
    return build.library(TINY)


@pytest.fixture
def cache(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache; a build takes the compiled library instead of a minute."""
    monkeypatch.setenv("INLOOP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "_build", lambda *given: copied(compiled, given[-1]))
    library.functions.cache_clear()
    return tmp_path / "cache"


def copied(library: Path, folder: Path) -> Path:
    return Path(shutil.copy(library, folder / "fabric.so"))


def place(spec: Design, modules: Mapping[str, str] | None = None) -> Path:
    return build._place(Path(), spec, key.text_digest(modules or verilog_modules(spec)))


def test_only_what_is_built_makes_another_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {place(TINY)}
    assert place(TINY.with_fields(tau_mem_s=1e-6, cadc_period_cycles=53, weight_bits=4)) in names
    names.add(place(TINY.with_fields(address_bits=10)))
    text = dict(verilog_modules(TINY))
    names.add(place(TINY, {**text, "inloop_tiny": text["inloop_tiny"] + "// another\n"}))
    names.add(place(bss1_spec("bss1-tiny")))
    names.add(place(bss1_spec("bss1-tiny").with_fields(link_event_cycles=7), verilog_modules(bss1_spec("bss1-tiny"))))
    edited = tmp_path / "host.hpp"
    edited.write_text(bridge.HEADER.read_text() + "// another\n")
    for where, name, value in (
        (bridge, "HEADER", edited), (build, "FLAGS", (*build.FLAGS, "-g")), (key, "_tools", lambda: ("6.0", "g++ 99")),
        (key, "_processor", lambda: ("x86_64", "another", "-avx2")),
    ):  # fmt: skip
        monkeypatch.setattr(where, name, value)
        names.add(place(TINY))
    assert len(names) == 9


def test_the_processor_is_that_of_this_machine() -> None:
    machine, name, abilities = key._processor()
    assert machine == os.uname().machine
    assert name
    assert abilities.count(",") > 10


def test_the_note_of_a_text_spares_its_conversion_and_a_harmed_one_does_not_matter(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build.library(TINY)
    (note,) = (cache / "texts").iterdir()
    note.write_text("?" * 20)
    assert build.library(TINY) == built
    monkeypatch.setattr(build, "verilog_modules", lambda _: pytest.fail("converted again"))
    assert build.library(TINY) == built
    key._package.cache_clear()
    monkeypatch.setattr(key, "_read", lambda _: "edited")
    with pytest.raises(pytest.fail.Exception, match="converted again"):
        build.library(TINY)
    key._package.cache_clear()


def test_flags_of_the_user_do_not_reach_a_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A dry run of make ends well and builds nothing; flags of compilers build something else."""
    (tmp_path / "Makefile").write_text("made:\n\ttouch made $(CXXFLAGS)\n")
    for name, value in {"MAKEFLAGS": "-n", "GNUMAKEFLAGS": "-n", "CXXFLAGS": "other", "MAKEFILES": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    build._run(["make"], toolchain.verilator(), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["Makefile", "made"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "does not work: AttributeError"),
        ('extern "C" long bridge_open(long, long) { __builtin_trap(); } extern "C" long bridge_read() { return 0; }',
         "does not work: it ended with -"),
        ('extern "C" long bridge_open(long, long) { return 0; } '
         'extern "C" long bridge_read(long, long*, long, long* out) { return *out = 7; }',
         "its identity register reads 0x7, not 0x6c6f6f70"),
    ],
)  # fmt: skip
def test_a_library_that_does_not_work_is_not_kept(
    source: str, says: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*given: object) -> Path:
        folder = given[-1]
        assert isinstance(folder, Path)
        (folder / "strange.cpp").write_text(source)
        subprocess.run(["g++", "-shared", "-fPIC", "strange.cpp", "-o", "fabric.so"], cwd=folder, check=True)
        return folder / "fabric.so"

    monkeypatch.setattr(build, "_build", strange)
    with pytest.raises(MissingToolError, match=says):
        build.library(TINY)
    assert [file.name for file in cache.iterdir()] == ["texts"]


def test_folders_of_killed_builds_are_removed(cache: Path) -> None:
    old, new = cache / "building-old", cache / "building-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    build.library(TINY)
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("spec", [TINY, bss1_spec("bss1-tiny")], ids=["bss2", "bss1"])
def test_a_source_names_and_uses_the_constants_that_it_is_given(spec: Design) -> None:
    interface = bridge.bridge(spec)
    text = interface.source.read_text(encoding="utf-8")
    named, code = re.search(
        r"^// ([A-Z_, and]+) come from the chip specification by -D\.$(.*)", text, re.M | re.S
    ).groups()
    sizes = [name.removesuffix("(X)") for name in interface.sizes(spec)]
    assert re.findall(r"[A-Z_]+", named) == sizes
    assert all(re.search(rf"\b{name}\b", code) for name in sizes)


def test_a_build_is_found_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = build.library(TINY)
    assert sorted(file.name for file in cache.iterdir()) == ["texts", place.name]
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
    def fail(_: object, __: object, tool: toolchain.Verilator, folder: Path) -> None:
        (folder / "half.o").write_text("x")
        build._run(["g++", "missing.cpp"], tool, folder)

    monkeypatch.setattr(build, "_build", fail)
    with pytest.raises(MissingToolError, match=r"^g\+\+ failed to compile the Verilog: .*error: missing.cpp") as told:
        build.library(TINY)
    log = Path(str(told.value).rsplit(" ", 1)[-1])
    assert log.read_text().startswith("g++ missing.cpp\n")
    log.unlink()
    assert [file.name for file in cache.iterdir()] == ["texts"]


def test_a_cache_that_cannot_be_written(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(StorageError, match=r"cannot build in .* set INLOOP_CACHE to another folder"):
        build.library(TINY)


def test_builds_happen_where_make_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build._without_spaces(tmp_path) == tmp_path
    assert " " not in str(build._without_spaces(tmp_path / "my cache"))
    monkeypatch.setattr(build.tempfile, "gettempdir", lambda: "/my files")
    with pytest.raises(StorageError, match="whose path has spaces; set INLOOP_CACHE or TMPDIR"):
        build._without_spaces(tmp_path / "my cache")


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
