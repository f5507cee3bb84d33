"""One process at a time, as long as it lives; a folder that goes away is noticed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from inloop.claim import Claim
from inloop.errors import StorageError

HOLDER = """
import sys, time
from pathlib import Path
from inloop.claim import Claim
with Claim(Path(sys.argv[1])):
    print("claimed", flush=True)
    time.sleep(600)
"""


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with Claim(tmp_path), pytest.raises(StorageError, match=f"another inloop is at work in {tmp_path}; wait"):
        Claim(tmp_path)
    with Claim(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_the_claim_ends_with_a_killed_process(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"claimed\n"
    with pytest.raises(StorageError, match="another inloop"):
        Claim(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with Claim(tmp_path):
        pass


def test_a_folder_that_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with Claim(folder) as claim:
        claim.check()
        folder.rename(tmp_path / "moved")
        with pytest.raises(StorageError, match=f"folder {folder} was deleted or replaced"):
            claim.check()
        folder.mkdir()
        with pytest.raises(StorageError, match="deleted or replaced"):
            claim.check()
        shutil.rmtree(tmp_path / "moved")


@pytest.mark.parametrize("name", ["nowhere", "file", "x" * 300])
def test_what_is_no_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write into"):
        Claim(tmp_path / name)
