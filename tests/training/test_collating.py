"""Batches for data loaders, clipping by a hook, and the shares of processes in a batch."""

from __future__ import annotations

from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.training import ranks
from torch.utils.data import DataLoader


def data() -> Any:
    return inloop.load_data("yin-yang", "test", 20)


def test_a_data_loader_gives_what_batches_gives() -> None:
    given = data()
    for (one, labels), (two, expected) in zip(
        DataLoader(given, 6, collate_fn=inloop.collate), given.batches(6), strict=True
    ):
        for name in ("offsets", "unit", "time_s"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        assert torch.equal(labels, expected)


def test_samples_without_labels_are_collated_too() -> None:
    batch = data().spikes
    assert isinstance(inloop.collate([batch[0], batch[1]]), SpikeBatch)
    nested = inloop.collate([((batch[0], 1.0), 2), ((batch[1], 3.0), 4)])
    assert len(nested[0][0]) == 2
    assert nested[0][1].tolist() == [1.0, 3.0]
    assert nested[1].tolist() == [2, 4]


def model_of(**options: Any) -> Any:
    network = inloop.Network(25, 30, 3, True, mean=6.0)
    return inloop.InTheLoop(network, inloop.Chip("bss2", die=3), duration_s=20e-6, **options)


def trained(hooked: bool) -> tuple[torch.Tensor, Any, Any]:
    model = model_of()
    optimizer = torch.optim.SGD(model.network.parameters(), lr=1.0)
    handle = model.clip_after(optimizer) if hooked else None
    for spikes, _ in data().batches(10):
        optimizer.zero_grad()
        model(spikes).readout.square().sum().backward()
        optimizer.step()
        if not hooked:
            model.network.clip_hidden(model.level.weight_limit)
    return model.network.forward_weights[0].detach(), optimizer, handle


def test_a_hook_clips_as_a_loop_does() -> None:
    weight, optimizer, handle = trained(True)
    assert torch.equal(weight, trained(False)[0])
    assert float(weight.abs().max()) == pytest.approx(2.1)
    handle.remove()
    optimizer.step()
    assert float(weight.abs().max()) > 2.1


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_ranks_see_what_one_process_sees(dropout: float, monkeypatch: pytest.MonkeyPatch) -> None:
    spikes = data().spikes
    whole = model_of(dropout=dropout)
    expected = [whole(spikes).readout.detach() for _ in range(2)]
    for rank in range(2):
        monkeypatch.setattr("inloop.training.in_the_loop.share", lambda rank=rank: ranks.Share(rank, 2))
        part = model_of(dropout=dropout)
        for k in range(2):
            found = part(spikes[rank::2]).readout.detach()
            torch.testing.assert_close(found, expected[k][rank::2])
        assert part.trials_run == whole.trials_run
