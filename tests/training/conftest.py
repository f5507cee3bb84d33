"""Small experiments: a few hundred Yin-Yang samples or made-up images, one epoch takes a fraction of a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def one_torch_thread() -> Iterator[None]:
    """As on the command line: torch's waiting threads take the cores from the kernels."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


EXPERIMENTS = {
    "yin-yang": """
        dataset = "yin-yang"
        duration_s = 20e-6
        steps_per_sample = 4
        [encoding]
        kind = "spike-time"
        repetitions = 5
        [network]
        hidden = [16]
        initial_scale = 2.0
        initial_mean = 4.0
        [chip.fields]
        readout_gain = 0.15
        [training]
        epochs = 2
        samples = 200
        batch = 50
        learning_rate = 3e-3
        loss = "max-over-time"
        logit_scale = 3.0
        slope = 20.0
        keep = "last"
        """,
    "mnist": """
        dataset = "mnist"
        [encoding]
        kind = "latency"
        tau_s = 4e-6
        [network]
        hidden = [16]
        initial_mean = 5.0
        [training]
        epochs = 2
        batch = 25
        learning_rate = 2e-3
        loss = "max-over-time"
        logit_scale = 1.0
        slope = 20.0
        dropout = 0.0
        rotation_deg = 0.0
        burst = 0.0
        """,
    "fsdd": """
        dataset = "fsdd"
        duration_s = 40e-6
        steps_per_sample = 2
        [encoding]
        kind = "inner-ear"
        compression = 5000
        [network]
        hidden = [16]
        recurrent = true
        initial_scale = 2.0
        initial_recurrent_scale = 0.5
        [chip.fields]
        readout_gain = 0.15
        [training]
        epochs = 2
        batch = 20
        learning_rate = 2e-3
        slope = 20.0
        loss = "sum-from-rest"
        logit_scale = 10.0
        channel_jitter = 1.0
        homeostatic = 1e-4
        homeostatic_target = 20.0
        """,
}


@pytest.fixture(scope="session")
def make_config(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return a function that makes a small configuration; changes as in `load_config`, with __ or . in names."""
    from inloop.training.config import load_config

    folder = tmp_path_factory.mktemp("experiments")
    for name, text in EXPERIMENTS.items():
        (folder / f"{name}.toml").write_text(text)

    def make(name: str = "yin-yang", **changes: Any) -> Any:
        return load_config(str(folder / f"{name}.toml"), {key.replace("__", "."): v for key, v in changes.items()})

    return make


@pytest.fixture(scope="session")
def make_trainer(make_config: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes the trainer of a new run in a folder."""
    from inloop.training.loop import Trainer, build_model
    from inloop.training.problem import Problem
    from inloop.training.run_folder import RunFolder

    def make(folder: Path, experiment: str = "yin-yang", **changes: Any) -> Any:
        config = make_config(experiment, **changes)
        problem = Problem(config)
        model = build_model(config, problem.inputs, problem.classes)
        return Trainer(config, problem, model, RunFolder.create(config, folder))

    return make


@pytest.fixture
def fake_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put 60 random images per split in the place of MNIST."""
    from inloop.training.datasets.image_set import ImageSet
    from inloop.training.datasets.samples import Images

    def read(self: ImageSet, split: str, hold_out: bool = False) -> Images:
        rng = np.random.default_rng([len(split), hold_out])
        images = rng.integers(0, 256, (60, 28, 28)).astype(np.uint8)
        return Images(self.name, images, rng.integers(0, 10, 60), 10)

    monkeypatch.setattr(ImageSet, "read", read)


@pytest.fixture
def fake_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put 40 made-up utterances per split in the place of both speech sets; each class sounds on its own channels."""
    from inloop.training.datasets.fsdd import Fsdd
    from inloop.training.datasets.shd import Shd
    from inloop.training.datasets.utterances import Utterances
    from inloop.training.encodings.inner_ear import InnerEarEncoding

    def words(name: str, split: str, hold_out: bool, channels: int, classes: int) -> Utterances:
        rng = np.random.default_rng([len(split), hold_out])
        labels = rng.integers(0, classes, 40)
        channel = (labels[:, None] * (channels // classes) + rng.integers(0, channels // classes, (40, 30))).reshape(-1)
        time_s = np.sort(rng.uniform(0, 0.15, (40, 30))).reshape(-1).astype(np.float32)
        return Utterances(name, np.arange(41) * 30, channel.astype(np.int16), time_s, channels, labels, classes)

    def heard(self: InnerEarEncoding, split: tuple[str, bool]) -> Utterances:
        return words("fsdd", *split, self.ear.channels, 10)

    monkeypatch.setattr(Fsdd, "load", lambda _, split, hold_out=False: (split, hold_out))
    monkeypatch.setattr(InnerEarEncoding, "prepared", heard)
    monkeypatch.setattr(Shd, "read", lambda _, split, hold_out: words("shd", split, hold_out, 700, 20))
