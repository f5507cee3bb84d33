"""Checkpoints come back as they were; what is none is refused with a reason."""

from __future__ import annotations

import copy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import CheckpointError
from inloop.training.checkpoint import Checkpoint, beginning, load_checkpoint, restore, save_checkpoint


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


FIRST = "network.forward_weights.0"


def edited(change: Callable[[dict[str, Any]], Any], trainer: Any) -> None:
    """Change what stands in the checkpoint of a trained run."""
    content = torch.load(trainer.run.checkpoint, weights_only=True)
    change(content)
    torch.save(content, trainer.run.checkpoint)


def first(content: dict[str, Any]) -> dict[str, Any]:
    """What the optimiser remembers of the first layer."""
    state: dict[str, Any] = content["optimizer"]["state"][0]
    return state


def weights(content: dict[str, Any]) -> Any:
    return content["model"][FIRST]


@pytest.mark.parametrize(
    ("change", "message"),
    {
        "moment of one number": (lambda c: first(c).update(exp_avg=torch.zeros(1)), r"exp_avg: shape \(1,\), not"),
        "moment of another type": (lambda c: first(c).update(exp_avg=first(c)["exp_avg"].double()), "float64, not"),
        "moment that is no tensor": (lambda c: first(c).update(exp_avg=0.0), "exp_avg: float, no tensor"),
        "sparse moment": (lambda c: first(c).update(exp_avg=first(c)["exp_avg"].to_sparse()), "no tensor"),
        "NaN among the moments": (lambda c: first(c)["exp_avg_sq"].fill_(float("nan")), "not finite"),
        "negative square": (lambda c: first(c)["exp_avg_sq"].fill_(-1), "state 0: negative"),
        "many steps": (lambda c: first(c).update(step=torch.ones(2)), r"step: shape \(2,\), not"),
        "no steps": (lambda c: first(c).update(step=torch.zeros(())), "state 0: negative"),
        "no moment": (lambda c: first(c).pop("exp_avg_sq"), "optimiser state 0"),
        "one more moment": (lambda c: first(c).update(max_exp_avg_sq=torch.zeros(1)), "optimiser state 0"),
        "no state of a layer": (lambda c: c["optimizer"]["state"].pop(1), "other parameters"),
        "state of no layer": (lambda c: c["optimizer"]["state"].update({7: first(c)}), "other parameters"),
        "other betas": (lambda c: c["optimizer"]["param_groups"][0].update(betas=(0.5, 0.5)), "betas is not"),
        "other kind of Adam": (lambda c: c["optimizer"]["param_groups"][0].update(amsgrad=True), "amsgrad is not"),
        "two groups": (lambda c: c["optimizer"].update(param_groups=[{}, {}]), "other groups"),
        "infinite weight": (lambda c: weights(c)[0].fill_(float("inf")), "not finite"),
        "NaN weight": (lambda c: weights(c)[0].fill_(float("nan")), "not finite"),
        "complex weights": (lambda c: c["model"].update({FIRST: weights(c) + 0j}), "complex64, not"),
        "negative trials": (lambda c: c["model"]["trials_run"].fill_(-5), "trials_run"),
        "trials of the test": (lambda c: c["model"]["trials_run"].fill_(1 << 50), "trials_run"),
        "one more weight": (lambda c: c["model"].update(extra=torch.zeros(1)), "weights"),
        "epochs that are none": (lambda c: c.update(epochs_done="1"), "epochs_done = '1'"),
        "negative epochs": (lambda c: c.update(epochs_done=-1), "epochs_done = -1"),
        "too many epochs": (lambda c: c.update(epochs_done=10**9), "one row for each epoch"),
        "metrics of another kind": (lambda c: c.update(metrics=[{"epoch": "\x1b[31m"}]), "numbers with names"),
        "best of another kind": (lambda c: c.update(best=[]), r"best = \[\]"),
        "best that is no number": (lambda c: c.update(best=float("nan")), "best = nan"),
        "configuration of another kind": (lambda c: c.update(config=[1]), r"config = \[1\]"),
    }.values(),
)  # fmt: skip
def test_what_a_stranger_changed(
    change: Callable[[dict[str, Any]], Any], message: str, make_trainer: Any, tmp_path: Path
) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 1})
    trainer.fit()
    before = flat_state(trainer)
    edited(change, trainer)
    with pytest.raises(CheckpointError, match=message) as caught:
        restore(trainer.run.checkpoint, trainer.model, trainer.optimizer)
    assert len(str(caught.value)) < 300
    assert all(torch.equal(a, b) for a, b in zip(before, flat_state(trainer), strict=True)), "nothing was taken over"


@pytest.mark.parametrize("change", [{"learning_rate": None}, {"more": 1.0}, {"validation_accuracy": 50.0}], ids=str)
def test_metrics_of_another_kind(change: dict[str, Any], make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 1})
    trainer.fit()

    def changed(content: dict[str, Any]) -> None:
        row = {**content["metrics"][0], **change}
        content["metrics"] = [{name: value for name, value in row.items() if value is not None}]

    edited(changed, trainer)
    before = (tmp_path / "run" / "metrics.csv").read_bytes()
    with pytest.raises(CheckpointError, match="has metrics of another kind"):
        trainer.resume()
    assert (tmp_path / "run" / "metrics.csv").read_bytes() == before


def flat_state(trainer: Any) -> list[torch.Tensor]:
    moments = [value for state in trainer.optimizer.state_dict()["state"].values() for value in state.values()]
    return [each.clone() for each in (*trainer.model.state_dict().values(), *moments)]


def test_hyperparameters_and_memory_layout_are_our_own(make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 1})
    trainer.fit()
    own, before = trainer.optimizer.state_dict()["param_groups"], flat_state(trainer)

    def changed(content: dict[str, Any]) -> None:
        content["optimizer"]["param_groups"][0].update(lr=1e30, fused=None, foreach=True, params=[5, 5])
        first(content)["exp_avg"] = first(content)["exp_avg"].T.contiguous().T
        first(content)["exp_avg_sq"] = torch.zeros(1).expand(first(content)["exp_avg_sq"].shape)

    edited(changed, trainer)
    restore(trainer.run.checkpoint, trainer.model, trainer.optimizer)
    assert trainer.optimizer.state_dict()["param_groups"] == own
    states = trainer.optimizer.state_dict()["state"][0]
    assert states["exp_avg"].is_contiguous()
    assert states["exp_avg_sq"].untyped_storage().nbytes() == 4 * states["exp_avg_sq"].numel()
    assert torch.equal(states["exp_avg"], before[-6:][1])


def packed(source: Path, change: Callable[[str, bytes], bytes], method: int = zipfile.ZIP_STORED) -> None:
    """Write a checkpoint anew, with other contents or another method."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(source, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))


def test_memory_is_not_taken_for_what_is_only_claimed(tmp_path: Path) -> None:
    """A tensor of 4 GB in a file of a few kB: deflated, in a record that is too short, or by strides of 0."""
    save_checkpoint(tmp_path / "deflated.pt", example(model={"w": torch.zeros(1 << 22)}))
    packed(tmp_path / "deflated.pt", lambda _, content: content, zipfile.ZIP_DEFLATED)
    assert (tmp_path / "deflated.pt").stat().st_size < 100_000
    save_checkpoint(tmp_path / "claimed.pt", example())
    claims = b"J" + (1 << 30).to_bytes(4, "little") + b"K\x03"  # rows of a tensor whose record has 24 bytes

    def lengthened(name: str, content: bytes) -> bytes:
        assert not name.endswith(".pkl") or b"K\x02K\x03" in content
        return content.replace(b"K\x02K\x03", claims)

    packed(tmp_path / "claimed.pt", lengthened)
    save_checkpoint(tmp_path / "long.pt", example(metrics=[{"x" * 100: 1.0}] * 10, topology="x" * (9 << 20)))
    code = """
import resource, sys
from inloop.errors import CheckpointError
from inloop.training.checkpoint import load_checkpoint
from pathlib import Path
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in ("deflated", "claimed", "long"):
    try:
        load_checkpoint(Path(name + ".pt"), "2-3-4")
    except CheckpointError as error:
        print(name, error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    *refusals, grown = done.stdout.splitlines()
    assert [line.split()[0] for line in refusals] == ["deflated", "claimed", "long"]
    assert int(grown) < 50_000, "kB"


def test_parts_that_lie_on_each_other(tmp_path: Path) -> None:
    """One record, listed many times, would be read as many."""
    path = tmp_path / "c.pt"
    save_checkpoint(path, example(model={"w": torch.zeros(1 << 16)}))
    with zipfile.ZipFile(path, "a") as archive:
        entry = next(each for each in archive.infolist() if each.file_size == 4 << 16)
        for k in range(20):
            again = copy.copy(entry)
            again.filename = f"c/data/{k + 100}"
            archive.filelist.append(again)
        archive._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(CheckpointError, match="claim to be larger"):
        load_checkpoint(path, "2-3-4")


def test_a_file_larger_than_its_network(make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 1})
    trainer.fit()
    edited(lambda content: content["model"].update(more=torch.zeros(3 << 20)), trainer)
    with pytest.raises(CheckpointError, match="more than its network can need"):
        restore(trainer.run.checkpoint, trainer.model)


def test_before_the_first_epoch(make_trainer: Any, tmp_path: Path) -> None:
    one, two = (make_trainer(tmp_path / name, seed=seed) for seed, name in enumerate(("one", "two")))
    save_checkpoint(tmp_path / "c.pt", beginning(one.model))
    restore(tmp_path / "c.pt", two.model, two.optimizer)
    for a, b in zip(one.model.parameters(), two.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not two.optimizer.state
