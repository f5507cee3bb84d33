"""What a run folder holds, and which folders are refused."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.network.weights import NetworkWeights
from inloop.errors import CheckpointError, ConfigError, StorageError
from inloop.training.checkpoint import beginning, load_checkpoint
from inloop.training.loop import network_weights
from inloop.training.run_folder import RunFolder

Make = Callable[..., Any]


@pytest.fixture
def run(make_config: Make, tmp_path: Path) -> RunFolder:
    return RunFolder.create(make_config(), tmp_path / "run")


def test_configuration_round_trip(make_config: Make, tmp_path: Path) -> None:
    config = make_config(die=2**62 + 1, chip__fields={"columns": 200, "tau_mem_s": 7e-6}, encoding__repetitions=2)
    RunFolder.create(config, tmp_path / "run")
    again, loaded = RunFolder.open(tmp_path / "run")
    assert loaded == config
    assert again.path == tmp_path / "run"
    versions = json.loads((tmp_path / "run" / "versions.json").read_text())
    assert versions["torch"] == torch.__version__
    assert {"inloop", "python", "numpy", "numba"} <= set(versions)


def test_default_names_are_numbered(make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [RunFolder.create(make_config(die=3), None).path.name for _ in range(3)]
    assert names == [f"yin-yang-behavioral-die3-seed0{end}" for end in ("", "-2", "-3")]


def test_existing_run_is_not_overwritten(run: RunFolder, make_config: Make) -> None:
    before = (run.path / "config.json").read_bytes()
    with pytest.raises(ConfigError, match=f"holds a run already; continue it with --resume {run.path}"):
        RunFolder.create(make_config(die=9), run.path)
    assert (run.path / "config.json").read_bytes() == before


def test_folder_that_cannot_be_made(make_config: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(StorageError, match="cannot write"):
        RunFolder.create(make_config(), tmp_path / "file" / "run")
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is no run folder: it has no config.json"),
        (b"", "cannot read"),
        (b'{"run_version": 1', "cannot read"),
        (b"\xff\x00", "cannot read"),
        (b"[]", "holds no run"),
        (b"7", "holds no run"),
        (b"{}", "is a run of version None, this inloop reads 1"),
        (b'{"run_version": 2}', "is a run of version 2, this inloop reads 1"),
        (b'{"run_version": 1}', "config.json: .*Field required"),
    ],
)
def test_no_run(content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        RunFolder.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_unknown_field_in_a_stored_configuration(run: RunFolder) -> None:
    values = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps({**values, "colour": "blue"}))
    with pytest.raises(CheckpointError, match="unknown field 'colour'"):
        RunFolder.open(run.path)


def test_metrics(run: RunFolder) -> None:
    rows = [{"epoch": 1, "train_loss": 0.1 + 0.2}, {"epoch": 2, "train_loss": 1e-9}]
    run.write_metrics([])
    assert (run.path / "metrics.csv").read_text() == ""
    run.write_metrics(rows)
    with (run.path / "metrics.csv").open(newline="") as file:
        seen = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert seen == rows


def test_weights_by_hand(run: RunFolder) -> None:
    weights = NetworkWeights((np.array([[1.0, -9.0]]), np.array([[0.25], [-0.5]])), (np.array([[0.0, 0.05], [9, 0]]),))
    run.write_weights(weights, chip_spec("bss2"))
    with np.load(run.path / "weights.npz") as stored:
        assert sorted(stored) == ["codes_per_unit", "forward_0", "forward_1", "recurrent_0"]
        assert stored["codes_per_unit"].tolist() == [30, 126]
        assert stored["forward_0"].tolist() == [[30, -63]]
        assert stored["forward_1"].tolist() == [[32], [-63]]  # 31.5, half to even
        assert stored["recurrent_0"].tolist() == [[0, 2], [63, 0]]


@pytest.mark.parametrize("recurrent", [False, True])
def test_stored_weights_are_what_the_chip_uses(recurrent: bool, make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(
        tmp_path / "run", **{"network.recurrent": recurrent, "chip.calibration": "perfect", "network.hidden": [10, 8]}
    )
    trainer.fit()
    weights, level = network_weights(trainer.model), trainer.model.level
    trainer.run.write_weights(weights, trainer.model.chip.spec)
    with np.load(trainer.run.path / "weights.npz") as stored:
        scales = tuple(stored["codes_per_unit"].tolist())
        for layer, row in enumerate(level.rows(weights)):
            codes = stored[f"forward_{layer}"]
            if f"recurrent_{layer}" in stored:
                codes = np.concatenate([codes, stored[f"recurrent_{layer}"]])
            assert np.issubdtype(codes.dtype, np.integer)
            assert np.abs(codes).max() <= 63
            assert np.unique(codes).size > 10
            excitatory, inhibitory = np.split(row, 2, axis=1)
            charge = (excitatory - inhibitory)[:, : codes.shape[1]]
            np.testing.assert_allclose(charge, codes / trainer.model.chip.spec.weight_lsb_per_unit, rtol=1e-6)
        assert ("recurrent_1" in stored) == recurrent
        # the integers alone, put back into a network, give the same readout
        again = NetworkWeights(
            tuple((stored[f"forward_{k}"] / scales[k]).astype(np.float32) for k in range(3)),
            tuple((stored[f"recurrent_{k}"] / scales[k]).astype(np.float32) if recurrent else None for k in range(2)),
        )
    spikes, trials = trainer.problem.split("test", 40).spikes, np.arange(40, dtype=np.uint64)
    one, two = level.run(spikes, weights, trials), level.run(spikes, again, trials)
    np.testing.assert_array_equal(one.spikes[1].dense(), two.spikes[1].dense())
    np.testing.assert_allclose(one.readout, two.readout, rtol=1e-5)


def test_names_are_taken_by_making_the_folder(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and making another process was quicker; nothing but the making counts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    names = [RunFolder.create(make_config(), None).path.name for _ in range(2)]
    assert names == ["yin-yang-behavioral-die0-seed0", "yin-yang-behavioral-die0-seed0-2"]


@pytest.mark.parametrize("name", ["metrics.csv", "checkpoint.pt", "notes.txt", ".hidden", "figures/a.png"])
def test_files_of_the_user_are_kept(name: str, make_config: Make, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match=r"holds files that belong to no run, such as .*; name a new or an empty"):
        RunFolder.create(make_config(), tmp_path)
    assert [(each.name, each.read_text()) for each in tmp_path.rglob("*") if each.is_file()] == [
        (Path(name).name, "mine")
    ]


def test_an_empty_folder_and_what_a_killed_process_left(make_config: Make, tmp_path: Path) -> None:
    (tmp_path / ".inloop-abc.json").write_text("half")
    RunFolder.create(make_config(), tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["config.json", "versions.json"]


@pytest.mark.parametrize("killed_at", ["start", "config", "checkpoint", "versions"])
def test_killed_while_the_folder_is_made(
    killed_at: str, make_config: Make, make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to config.json the folder can be taken anew; from then on it is a run with the weights to begin with."""
    start = beginning(make_trainer(tmp_path / "other", seed=5).model)

    class Killed(BaseException):
        pass

    replace = Path.replace

    def dies(self: Path, target: Path) -> Path:
        if killed_at in target.name:
            raise Killed
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    monkeypatch.setattr(RunFolder, "discard", lambda _: None)  # a killed process does not come to that
    with pytest.raises(Killed):
        RunFolder.create(make_config(), tmp_path / "run", start)
    monkeypatch.undo()
    if (tmp_path / "run" / "config.json").exists():
        run, config = RunFolder.open(tmp_path / "run")
        assert config == make_config()
        assert killed_at in ("checkpoint", "versions")
    else:
        run = RunFolder.create(make_config(), tmp_path / "run", start)
        assert killed_at in ("start", "config")
    with run.claimed():
        names = sorted(each.name for each in run.path.iterdir())
    assert names == ["checkpoint.pt", "config.json", "versions.json"]
    kept = load_checkpoint(run.checkpoint, start.topology)
    assert all(torch.equal(kept.model[name], value) for name, value in start.model.items())


def test_a_full_disk_while_the_folder_is_made_leaves_nothing(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        RunFolder.create(make_config(), tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("again", [False, True])
def test_a_run_whose_folder_is_deleted_ends(again: bool, make_trainer: Make, tmp_path: Path) -> None:
    """Also if another run has taken its name meanwhile: nothing is written into that."""
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 3})

    def deletes(row: dict[str, float]) -> None:
        if row["epoch"] == 1:
            shutil.rmtree(tmp_path / "run")
            if again:
                (tmp_path / "run").mkdir()

    with trainer.run.claimed(), pytest.raises(StorageError, match="run was deleted or replaced while the run went on"):
        trainer.fit(deletes)
    assert not list(tmp_path.rglob("*.*"))


def test_leftovers_are_removed_by_the_next_run(run: RunFolder) -> None:
    run.figures.mkdir()
    for folder in (run.path, run.figures):
        (folder / ".inloop-x1.png").write_text("half")
    with run.claimed():
        assert not list(run.path.rglob(".*"))


@pytest.mark.parametrize(
    "error", [RuntimeError("PytorchStreamWriter failed writing file\nmore"), OSError(errno.ENOSPC, "No space left")]
)
def test_training_on_a_full_disk_keeps_the_last_checkpoint(
    error: Exception, make_trainer: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 3})
    save = torch.save
    calls = []

    def fails_later(content: Any, path: Path) -> None:
        calls.append(path)
        if len(calls) == 1:
            save(content, path)
            return
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(torch, "save", fails_later)
    with pytest.raises(StorageError, match=r"checkpoint.pt: (PytorchStreamWriter failed writing file|No space left);"):
        trainer.fit()
    assert {file.name for file in (tmp_path / "run").iterdir()} == {
        "config.json", "versions.json", "checkpoint.pt", "metrics.csv",
    }  # fmt: skip
    assert (trainer.epochs_done, trainer.epochs_saved) == (2, 1)
    monkeypatch.undo()
    trainer.resume()
    assert trainer.epochs_done == 1
    trainer.fit()
    assert trainer.epochs_saved == 3
