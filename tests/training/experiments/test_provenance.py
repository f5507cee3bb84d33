"""Results say which program made them."""

from __future__ import annotations

from pathlib import Path

import pytest
from inloop.training.experiments import provenance


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for folder in provenance.FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "cosim/a.py").write_text("x = 1\n")
    (tmp_path / "training/a.toml").write_text("x = 1\n")
    return tmp_path


def digest(package: Path) -> str:
    provenance.source_digest.cache_clear()
    return provenance.source_digest(package)


def test_the_digest_follows_what_can_change_a_result(package: Path) -> None:
    first = digest(package)
    assert len(first) == 12
    (package / "training/notes.md").write_text("nothing that runs")
    (package / "tests").mkdir()
    (package / "tests/test_a.py").write_text("x = 2\n")
    assert digest(package) == first
    (package / "training/a.toml").write_text("x = 2\n")
    assert (second := digest(package)) != first
    (package / "cosim/a.py").rename(package / "cosim/b.py")
    assert digest(package) not in (first, second)


def test_a_folder_made_by_several_programs_says_so() -> None:
    old, new = {"inloop": "1", "code": "aa"}, {"inloop": "1", "code": "bb"}
    assert provenance.in_words([old, old]) == "inloop 1, code aa"
    assert provenance.in_words([new, old, new]) == "inloop 1, code bb (2 trials) and aa (1 trials)"
    assert provenance.in_words([new, provenance.UNKNOWN]).endswith("code bb (1 trials) and unknown (1 trials)")
    assert provenance.in_words([]) == ""


def test_this_program_names_itself() -> None:
    found = provenance.provenance()
    assert found["code"] == provenance.source_digest(Path(provenance.__file__).parents[2])
    assert {"python", "inloop", "numba", "torch"} <= found.keys()
