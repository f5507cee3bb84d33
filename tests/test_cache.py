"""The folder of the cache, and files that prove to be whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from inloop import cache
from inloop.cache import cache_folder, read_sealed, write_sealed
from inloop.errors import StorageError


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a folder with the user's home and the temporary files."""
    for name in ("INLOOP_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_is_given_comes_first(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == elsewhere / "home" / ".cache" / "inloop"
    monkeypatch.setenv("XDG_CACHE_HOME", str(elsewhere / "xdg"))
    assert cache_folder() == elsewhere / "xdg" / "inloop"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative, which the rules of XDG say to ignore")
    assert cache_folder() == elsewhere / "home" / ".cache" / "inloop"
    monkeypatch.setenv("INLOOP_CACHE", str(elsewhere / "given"))
    assert cache_folder() == elsewhere / "given"
    assert list(elsewhere.iterdir()) == []


def no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("home", ["none", "relative", "file in the way", "file in place", "link to nowhere", "denied"])
def test_without_a_home_that_can_be_written(home: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if home == "none":
        monkeypatch.setattr(cache.Path, "home", no_home)
    if home == "relative":
        monkeypatch.setenv("HOME", "home")
    if home == "file in the way":
        (elsewhere / "home").write_text("")
    if home == "file in place":
        (elsewhere / "home" / ".cache").mkdir(parents=True)
        (elsewhere / "home" / ".cache" / "inloop").write_text("")
    if home == "link to nowhere":
        (elsewhere / "home").symlink_to("nowhere")
    if home == "denied":
        monkeypatch.setattr(os, "access", lambda *_: False)
    folder = cache_folder()
    assert folder == elsewhere / f"inloop-{os.getuid()}" == cache_folder()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("squatter", ["open to all", "link", "file"])
def test_temporary_files_that_others_can_write_are_not_used(
    squatter: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the cache is run."""
    monkeypatch.setattr(cache.Path, "home", no_home)
    folder = elsewhere / f"inloop-{os.getuid()}"
    if squatter == "open to all":
        folder.mkdir()
        folder.chmod(0o777)
    if squatter == "link":
        (elsewhere / "theirs").mkdir(mode=0o700)
        folder.symlink_to(elsewhere / "theirs")
    if squatter == "file":
        folder.write_text("")
    with pytest.raises(StorageError, match="set INLOOP_CACHE to"):
        cache_folder()


def test_nowhere_at_all(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.Path, "home", no_home)
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere / "nowhere"))
    with pytest.raises(StorageError, match=r"no folder to keep compiled code in .* set INLOOP_CACHE to one"):
        cache_folder()


def test_a_sealed_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    for content in (b"", b"content", bytes(1000)):
        write_sealed(path, content)
        assert read_sealed(path) == content
        assert [each.name for each in path.parent.iterdir()] == ["file"]
    whole = path.read_bytes()
    for harmed in (b"", whole[:-1], whole[1:], whole + b" ", whole[:31]):
        path.write_bytes(harmed)
        assert read_sealed(path) is None
    assert read_sealed(tmp_path) is read_sealed(tmp_path / "nowhere") is None
