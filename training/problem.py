"""A data set made ready for training: encoded test data, and fresh encodings of the training data per epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..behavioral.events import SpikeBatch
from ..behavioral.streams import generator
from ..errors import ConfigError
from .config import ExperimentConfig, LatencyEncoding, SpikeTimeEncoding
from .datasets.dataset import Dataset, load
from .datasets.images import area_scale
from .datasets.latency import latency_code
from .datasets.rotation import random_angles, rotate_and_scale
from .datasets.yin_yang import spike_time_code

Floats = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Encoded:
    """Spikes of all samples of a split, and their labels (int64)."""

    spikes: SpikeBatch
    labels: Tensor


class Problem:
    """The splits of an experiment, encoded as its configuration says.

    Raises `DataError` for missing or damaged files and `ConfigError` for an encoding that does not fit the data.
    """

    def __init__(self, config: ExperimentConfig) -> None:
        self.config, self.window_s = config, config.duration_s
        images = config.dataset != "yin-yang"
        if images != isinstance(config.encoding, LatencyEncoding):
            raise ConfigError(f"encoding {config.encoding.kind!r} does not fit data set {config.dataset!r}")
        if config.training.rotation_deg and not images:
            raise ConfigError(f"training.rotation_deg needs images, data set is {config.dataset!r}")
        _check_window(config)
        self._train = load(config.dataset, "train", hold_out=config.training.keep == "best")
        self.classes = self._train.classes
        self.samples = min(len(self._train.labels), config.training.samples or len(self._train.labels))
        self.train_labels = torch.from_numpy(self._train.labels[: self.samples].astype(np.int64))
        self._still: SpikeBatch | None = None

    @property
    def inputs(self) -> int:
        """Input channels."""
        return self._encode(features(self._train, 1)).units

    def train_spikes(self, epoch: int) -> SpikeBatch:
        """Encode the training data, rotated anew for each epoch if the configuration asks for it."""
        rotation = self.config.training.rotation_deg
        if rotation:
            rng = generator(self.config.seed, "augmentation", epoch)
            images = _as_images(self._train, self.samples)
            return self._encode(rotate_and_scale(images, random_angles(self.samples, rotation, rng)))
        if self._still is None:
            self._still = self._encode(features(self._train, self.samples))
        return self._still

    def split(self, name: str, limit: int | None = None) -> Encoded:
        """Encode a split, or its first `limit` samples."""
        data = load(self.config.dataset, name)
        count = min(len(data.labels), limit or len(data.labels))
        labels = torch.from_numpy(data.labels[:count].astype(np.int64))
        return Encoded(self._encode(features(data, count)), labels)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of the training samples in an epoch."""
        return generator(self.config.seed, "data", epoch).permutation(self.samples)

    def _encode(self, features: Floats) -> SpikeBatch:
        encoding = self.config.encoding
        if isinstance(encoding, SpikeTimeEncoding):
            return spike_time_code(
                features, encoding.t_early_s, encoding.t_late_s, encoding.bias_time_s, encoding.repetitions
            )
        return latency_code(features, encoding.tau_s, encoding.theta, self.window_s)


def _check_window(config: ExperimentConfig) -> None:
    encoding, window = config.encoding, config.duration_s
    if isinstance(encoding, SpikeTimeEncoding):
        last = max(encoding.t_late_s, encoding.bias_time_s)
        if last >= window:
            raise ConfigError(f"duration_s = {window:g} ends before the last input spike at {last:g} s; make it longer")
    elif (first := -encoding.tau_s * math.log(1 - encoding.theta)) >= window:
        raise ConfigError(f"duration_s = {window:g} ends before the first input spike at {first:g} s; make it longer")


def _as_images(data: Dataset, count: int) -> NDArray[np.uint8]:
    return data.inputs[:count].astype(np.uint8, copy=False)


def features(data: Dataset, count: int) -> Floats:
    """Return the first `count` samples as (count, features) in 0 .. 1, images cropped and scaled."""
    return area_scale(_as_images(data, count)) if data.inputs.ndim == 3 else data.inputs[:count].astype(np.float64)
