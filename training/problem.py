"""A data set made ready for training: encoded test data, and fresh encodings of the training data per epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..behavioral.events import SpikeBatch
from ..behavioral.numerics.streams import generator
from ..checks import checked
from ..errors import ConfigError, LabelError
from ..scalars import whole
from .config import (
    EarChannelsEncoding,
    ExperimentConfig,
    InnerEarEncoding,
    LatencyEncoding,
    SpikeTimeEncoding,
    load_config,
)
from .datasets.dataset import Dataset, load
from .datasets.fsdd import load_fsdd
from .datasets.images import area_scale
from .datasets.latency import latency_code
from .datasets.rotation import random_angles, rotate_and_scale
from .datasets.shd import load_shd
from .datasets.utterances import Utterances, on_chip
from .datasets.yin_yang import spike_time_code
from .defaults import BATCH

Floats = NDArray[np.float32] | NDArray[np.float64]

_ENCODINGS: dict[str, type] = {
    "yin-yang": SpikeTimeEncoding,
    "mnist": LatencyEncoding,
    "fashion-mnist": LatencyEncoding,
    "shd": EarChannelsEncoding,
    "fsdd": InnerEarEncoding,
}


@checked
@dataclass(frozen=True, eq=False)
class Encoded:
    """Spikes of all samples of a split, their times in seconds, and their labels (int64)."""

    spikes: SpikeBatch
    labels: Tensor

    def __post_init__(self) -> None:
        """Refuse labels of another number. Raises `LabelError`."""
        found = len(self.labels) if self.labels.ndim else "single"
        if found != self.spikes.samples:
            raise LabelError(f"{found} labels for {self.spikes.samples} samples")

    def __len__(self) -> int:
        return self.spikes.samples

    @checked
    def batches(self, size: int = BATCH, seed: int | None = None) -> Iterator[tuple[SpikeBatch, Tensor]]:
        """Yield the samples in batches of `size`, the last one smaller, in the order that the seed draws; None: as is.

        Raises `ConfigError` for a size below 1 and a bad seed.
        """
        size = whole(size, "size")
        order = np.arange(len(self)) if seed is None else generator(seed, "data").permutation(len(self))
        for start in range(0, len(self), size):
            index = order[start : start + size]
            yield self.spikes.select(index), self.labels[index]


@checked
def load_data(preset: str, split: str = "train", samples: int | None = None) -> Encoded:
    """Load a split (train, validation or test) of a data set, encoded as the preset of that name says.

    preset: for instance `mnist` or `yin-yang`, or the path of a configuration ending in .toml. samples: only the first.
    Training images include those of the validation split. Raises `ConfigError` for an unknown preset or split, and
    `DataError` for files that are missing or damaged, with what to do.
    """
    return Problem(load_config(preset)).split(split, samples)


class Problem:
    """The splits of an experiment, encoded as its configuration says.

    Raises `DataError` for missing or damaged files and `ConfigError` for an encoding that does not fit the data.
    """

    def __init__(self, config: ExperimentConfig) -> None:
        self.config, self.window_s = config, config.duration_s
        if not isinstance(config.encoding, _ENCODINGS[config.dataset]):
            raise ConfigError(f"encoding {config.encoding.kind!r} does not fit data set {config.dataset!r}")
        if config.training.rotation_deg and not isinstance(config.encoding, LatencyEncoding):
            raise ConfigError(f"training.rotation_deg needs images, data set is {config.dataset!r}")
        if config.training.channel_jitter and not isinstance(config.encoding, InnerEarEncoding | EarChannelsEncoding):
            raise ConfigError(f"training.channel_jitter needs speech, data set is {config.dataset!r}")
        _check_window(config)
        self._train = self._load("train", hold_out=config.training.keep == "best")
        self.classes = self._train.classes
        self.samples = min(len(self._train.labels), config.training.samples or len(self._train.labels))
        self.train_labels = torch.from_numpy(self._train.labels[: self.samples].astype(np.int64))
        self._still: SpikeBatch | None = None

    @property
    def inputs(self) -> int:
        """Input channels."""
        return self._encode(self._train, 0).units

    def train_spikes(self, epoch: int) -> SpikeBatch:
        """Encode the training data, rotated or jittered anew for each epoch if the configuration asks for it."""
        if self.config.training.rotation_deg or self.config.training.channel_jitter:
            return self._encode(self._train, self.samples, generator(self.config.seed, "augmentation", epoch))
        if self._still is None:
            self._still = self._encode(self._train, self.samples)
        return self._still

    @checked
    def split(self, name: str, limit: int | None = None) -> Encoded:
        """Encode a split, or its first `limit` samples."""
        data = self._load(name)
        count = len(data.labels) if limit is None else min(len(data.labels), whole(limit, "samples"))
        labels = torch.from_numpy(data.labels[:count].astype(np.int64))
        return Encoded(self._encode(data, count), labels)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of the training samples in an epoch."""
        return generator(self.config.seed, "data", epoch).permutation(self.samples)

    def _load(self, split: str, hold_out: bool = False) -> Dataset | Utterances:
        encoding = self.config.encoding
        if isinstance(encoding, InnerEarEncoding):
            return load_fsdd(split, encoding.ear, hold_out)
        if isinstance(encoding, EarChannelsEncoding):
            return load_shd(split, hold_out)
        return load(self.config.dataset, split, hold_out)

    def _encode(self, data: Dataset | Utterances, count: int, rng: np.random.Generator | None = None) -> SpikeBatch:
        """Encode the first `count` samples, with augmentation if there is a generator for it."""
        encoding, training = self.config.encoding, self.config.training
        if isinstance(data, Utterances):
            words = data.first(count)
            jitter = training.channel_jitter if rng is not None else 0.0
            part = {"first": encoding.first, "step": encoding.step} if isinstance(encoding, EarChannelsEncoding) else {}
            assert isinstance(encoding, InnerEarEncoding | EarChannelsEncoding)
            return on_chip(words, encoding.compression, self.window_s, jitter=jitter, rng=rng, **part)
        if rng is not None:
            angles = random_angles(count, training.rotation_deg, rng)
            values: Floats = rotate_and_scale(_as_images(data, count), angles)
        else:
            values = features(data, count)
        if isinstance(encoding, SpikeTimeEncoding):
            return spike_time_code(
                values, encoding.t_early_s, encoding.t_late_s, encoding.bias_time_s, encoding.repetitions
            )
        assert isinstance(encoding, LatencyEncoding)
        return latency_code(values, encoding.tau_s, encoding.theta, self.window_s)


def _check_window(config: ExperimentConfig) -> None:
    encoding, window = config.encoding, config.duration_s
    if isinstance(encoding, SpikeTimeEncoding):
        last = max(encoding.t_late_s, encoding.bias_time_s)
        if last >= window:
            raise ConfigError(f"duration_s = {window:g} ends before the last input spike at {last:g} s; make it longer")
    elif isinstance(encoding, LatencyEncoding) and (first := -encoding.tau_s * math.log(1 - encoding.theta)) >= window:
        raise ConfigError(f"duration_s = {window:g} ends before the first input spike at {first:g} s; make it longer")


def _as_images(data: Dataset, count: int) -> NDArray[np.uint8]:
    return data.inputs[:count].astype(np.uint8, copy=False)


def features(data: Dataset, count: int) -> Floats:
    """Return the first `count` samples as (count, features) in 0 .. 1, images cropped and scaled."""
    return area_scale(_as_images(data, count)) if data.inputs.ndim == 3 else data.inputs[:count].astype(np.float64)
