"""Checkpoints come back as they were; what is none is refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import CheckpointError
from inloop.training.checkpoint import Checkpoint, load_checkpoint, restore, save_checkpoint


def example(**changes: Any) -> Checkpoint:
    fields: dict[str, Any] = {
        "topology": "2-3-4",
        "epochs_done": 3,
        "model": {"w": torch.arange(6.0).reshape(2, 3)},
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]},
        "metrics": [{"epoch": 1, "train_loss": 0.1 + 0.2}],
        "best": 1 / 3,
    }
    return Checkpoint(**{**fields, **changes})


def test_round_trip(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.pt", example())
    seen = load_checkpoint(tmp_path / "c.pt", "2-3-4")
    assert (seen.epochs_done, seen.best, seen.metrics) == (3, 1 / 3, [{"epoch": 1, "train_loss": 0.1 + 0.2}])
    assert torch.equal(seen.model["w"], example().model["w"])
    assert seen.optimizer == example().optimizer
    assert [file.name for file in tmp_path.iterdir()] == ["c.pt"]


def test_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "c.pt", tmp_path):
        with pytest.raises(CheckpointError, match=r"no checkpoint .*; train first, or name another run folder"):
            load_checkpoint(path, "2-3-4")


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.9, -1])
def test_truncated(kept: float, tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    save_checkpoint(path, example())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(CheckpointError, match=r"cannot be read.*damaged or no checkpoint") as caught:
        load_checkpoint(path, "2-3-4")
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=60).map(lambda tail: b"\x80\x02" + tail),  # how a pickle begins
        st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail),  # how a zip file begins
    )
)
def test_random_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, "2-3-4")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [{"weights": torch.zeros(2)}, [1, 2], torch.zeros(3), {"format": "other"}, None])
def test_foreign(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match="is no inloop checkpoint"):
        load_checkpoint(tmp_path / "c.pt", "2-3-4")


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"format": "inloop-checkpoint", "trap": Trap()}, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(tmp_path / "c.pt", "2-3-4")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "has version 2, this inloop reads 1"),
        ({"version": None}, "has version None"),
        ({"extra": 1}, "lacks fields or has unknown ones"),
        ({"topology": "2-3r-4"}, "belongs to a 2-3r-4 network, not to 2-3-4"),
    ],
)
def test_of_another_kind(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.pt", example())
    content = torch.load(tmp_path / "c.pt", weights_only=True)
    torch.save({**content, **changes}, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "c.pt", "2-3-4")


def test_lacking_fields(tmp_path: Path) -> None:
    torch.save({"format": "inloop-checkpoint", "version": 1, "topology": "2-3-4"}, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match="lacks fields"):
        load_checkpoint(tmp_path / "c.pt", "2-3-4")


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {}},
        {"model": {"w": torch.zeros(2)}},
        {"model": 5},
        {"optimizer": {}},
        {"optimizer": None},
        {"optimizer": {"state": {}, "param_groups": []}},
    ],
    ids=str,
)
def test_state_that_does_not_fit(changes: dict[str, Any], make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 1})
    trainer.fit()
    path, topology = trainer.run.checkpoint, str(trainer.model.network.topology)
    save_checkpoint(path, Checkpoint(**{**vars(load_checkpoint(path, topology)), **changes}))
    with pytest.raises(CheckpointError, match="lacks parts of its network or optimiser; it is damaged"):
        restore(path, trainer.model, trainer.optimizer)
