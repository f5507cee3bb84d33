"""What a run folder holds, and which folders are refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.spec import chip_spec
from inloop.behavioral.weights import NetworkWeights
from inloop.errors import CheckpointError, ConfigError, StorageError
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
