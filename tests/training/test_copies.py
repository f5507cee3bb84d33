"""Models are copied, pickled, saved, spawned and forked as any other torch module, with the same result."""

from __future__ import annotations

import copy
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.cosim.chip import Chip
from torch.utils.data import DataLoader, Dataset

SAMPLES = 20
SLOW = pytest.mark.slow


def make(level: str = "behavioral", **options: Any) -> Any:
    network = inloop.Network(6, 10, 3, scale=3.0, recurrent=True)
    return inloop.InTheLoop(network, Chip("tiny", die=1), level, dropout=0.1, **options)


def batch(seed: int = 0) -> SpikeBatch:
    rng = np.random.default_rng(seed)
    events = 10 * SAMPLES
    return SpikeBatch.from_events(
        np.repeat(np.arange(SAMPLES), 10), rng.integers(0, 6, events), rng.uniform(0, 9e-6, events), samples=SAMPLES,
        units=6,
    )  # fmt: skip


def value(model: Any) -> float:
    trials = np.arange(SAMPLES, dtype=np.uint64)
    with torch.no_grad():
        return float(model.eval()(batch(), trials).readout.sum())


def saved(model: Any) -> Any:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def averaged(model: Any) -> Any:
    average = torch.optim.swa_utils.AveragedModel(model)
    average.update_parameters(model)
    return average.module


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "torch.save": saved,
    "average": averaged,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_computes_the_same(fidelity: str, way: str) -> None:
    model = make(fidelity)
    before = WAYS[way](model)
    expected = value(model)
    for other in (before, WAYS[way](model)):
        assert value(other) == expected
        other.train()(batch()).readout.sum().backward()
        assert all(weight.grad.any() for weight in other.network.parameters())


@pytest.mark.parametrize("gradient", ["measured", "spikes", "interpolated", "known"])
def test_every_estimator_is_copied(gradient: str) -> None:
    model = make(gradient=gradient)
    assert value(pickle.loads(pickle.dumps(model))) == value(model)


def test_a_deep_copy_shares_nothing(fidelity: str) -> None:
    model = make(fidelity)
    expected = value(model)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for weight in other.network.parameters():
            weight.zero_()
    assert value(other) != expected
    assert value(model) == expected


def test_what_a_level_remembers_is_not_that_of_a_copy() -> None:
    """Constants of the circuits are computed once per level, and anew for a copy with another die."""
    level = make().level
    dtype = np.dtype(np.float32)
    assert level.layers(dtype) is level.layers(dtype)
    other = copy.copy(level)
    other.die = inloop.Chip("tiny", die=2).die
    assert not np.array_equal(other.layers(dtype)[0].cadc.offset, level.layers(dtype)[0].cadc.offset)


def test_an_observation_is_pickled() -> None:
    model = make()
    with torch.no_grad():
        seen = model(batch())
    again = pickle.loads(pickle.dumps(seen))
    assert torch.equal(again.from_rest, seen.from_rest)
    assert torch.equal(again.spike_counts[0], seen.spike_counts[0])


@pytest.mark.parametrize("level", ["behavioral", pytest.param("event", marks=SLOW)])
def test_a_spawned_process_computes_the_same(level: str) -> None:
    model = make(level)
    expected = value(model)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(value, model).result() == expected


FORK = """
import multiprocessing, os, sys, threading
import numpy as np, torch
from tests.training.test_copies import SAMPLES, make
import inloop
torch.set_num_threads(2)
rng, samples = np.random.default_rng(0), 200
spikes = inloop.SpikeBatch.from_events(
    np.repeat(np.arange(samples), 10), rng.integers(0, 6, samples * 10), rng.uniform(0, 9e-6, samples * 10),
    samples=samples, units=6)
model = make(sys.argv[1])
def run():
    model.network.zero_grad()
    model(spikes, np.arange(samples, dtype=np.uint64)).readout.square().sum().backward()
    return [weight.grad.tolist() for weight in model.network.parameters()]
here = run()
torch.ones(1000, 1000) @ torch.ones(1000, 1000)  # starts the threads of OpenMP
context = multiprocessing.get_context("fork")
answers = context.Queue()
for busy in (False, True):
    other = threading.Thread(target=lambda: [run() for _ in range(5)])
    if busy:  # another thread computes while the process forks
        model = make(sys.argv[1])
        other.start()
    process = context.Process(target=lambda: answers.put((run(), float((torch.ones(1000, 1000) * 2).sum()))))
    process.start()
    print(answers.get(timeout=60) == (here, 2e6))
    process.join()
    if busy:
        other.join()
"""


@pytest.mark.parametrize("level", ["behavioral", *(pytest.param(each, marks=SLOW) for each in ("ideal", "event"))])
def test_a_forked_process_computes_the_same(level: str) -> None:
    """With the threads of the kernels and of torch, which a child does not inherit, in use before."""
    done = subprocess.run(
        [sys.executable, "-c", FORK, level], capture_output=True, text=True, timeout=120,
        env={**os.environ, "INLOOP_THREADS": "2"},
    )  # fmt: skip
    assert done.stdout.split() == ["True", "True"], done.stderr[-2000:]


class Samples(Dataset[Any]):
    """What a data loader calls the model for, in its workers."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[float, SpikeBatch]:
        return value(self.model), batch(index)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_of_a_data_loader(start: str) -> None:
    model = make()
    expected = value(model)
    loader = DataLoader(Samples(model), batch_size=None, num_workers=1, multiprocessing_context=start)
    for index, (found, spikes) in enumerate(loader):
        assert found == expected
        assert np.array_equal(spikes.time_s, batch(index).time_s)
