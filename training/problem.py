"""A data set made ready for training: encoded test data, and fresh encodings of the training data per epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ..behavioral.events import SpikeBatch
from ..behavioral.numerics.streams import generator
from ..checks import checked
from ..errors import ConfigError, LabelError
from ..scalars import whole
from .config import ExperimentConfig, load_config
from .datasets.data_set import DataSet
from .datasets.samples import Samples
from .defaults import BATCH, DURATION_S
from .encodings.encoding import Augmentation, Encoding
from .registries import DATASETS, KEEPS

_NEEDED: Final = {"rotation_deg": "images", "channel_jitter": "speech"}
"""What the augmentations need, in words."""


@checked
@dataclass(frozen=True, eq=False)
class Encoded(Dataset[tuple[SpikeBatch, Tensor]]):
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

    def __getitem__(self, sample: int) -> tuple[SpikeBatch, Tensor]:
        """Return one sample, a batch of one and its label, as a data set of torch does (see `collate`)."""
        return self.spikes[sample], self.labels[sample]

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
def load_data(
    preset: str | DataSet,
    split: str = "train",
    samples: int | None = None,
    *,
    encoding: Encoding | None = None,
    duration_s: float = DURATION_S,
) -> Encoded:
    """Load a split (train, validation or test) of a data set, encoded as the preset of that name says.

    preset: for instance `mnist` or `yin-yang`, or the path of a configuration ending in .toml; or a `DataSet`, for
    which `encoding` and the window `duration_s` are taken. samples: only the first.
    Training images include those of the validation split. Raises `ConfigError` for an unknown preset or split and an
    encoding that does not fit, and `DataError` for files that are missing or damaged, with what to do.
    """
    if isinstance(preset, str):
        if encoding is not None:
            raise ConfigError("an encoding goes with a data set of your own; a preset has its own one")
        return Problem(load_config(preset)).split(split, samples)
    if encoding is None:
        raise ConfigError(f"data set {preset.name!r} needs an encoding; pass for instance encoding=SpikeTimeEncoding()")
    check_fit(preset, encoding)
    encoding.check(duration_s)
    return _split(encoding, encoding.prepared(preset.load(split)), duration_s, samples)


class Problem:
    """The splits of an experiment, encoded as its configuration says.

    Raises `DataError` for missing or damaged files and `ConfigError` for an encoding that does not fit the data.
    """

    def __init__(self, config: ExperimentConfig) -> None:
        self.config, self.window_s, self.encoding = config, config.duration_s, config.encoding
        self.data_set = DATASETS.get(config.dataset)
        check_fit(self.data_set, self.encoding, config.dataset)
        self.augmented = [name for name in _NEEDED if getattr(config.training, name)]
        for name in self.augmented:
            if name not in self.encoding.augmentations:
                raise ConfigError(f"training.{name} needs {_NEEDED[name]}, data set is {config.dataset!r}")
        self.encoding.check(self.window_s)
        train = self._load("train", hold_out=KEEPS.get(config.training.keep).chooses)
        self.classes = train.classes
        self.samples = min(len(train.labels), config.training.samples or len(train.labels))
        self._train: Samples = train.first(self.samples)
        self.train_labels = torch.from_numpy(self._train.labels.astype(np.int64))
        self._still: SpikeBatch | None = None

    @property
    def inputs(self) -> int:
        """Input channels."""
        return self.encoding.encode(self._train.first(0), self.window_s).units

    def train_spikes(self, epoch: int) -> SpikeBatch:
        """Encode the training data, rotated or jittered anew for each epoch if the configuration asks for it."""
        training = self.config.training
        if self.augmented:
            rng = generator(self.config.seed, "augmentation", epoch)
            changes = Augmentation(training.rotation_deg, training.channel_jitter, rng)
            return self.encoding.encode(self._train, self.window_s, changes)
        if self._still is None:
            self._still = self.encoding.encode(self._train, self.window_s)
        return self._still

    @checked
    def split(self, name: str, limit: int | None = None) -> Encoded:
        """Encode a split, or its first `limit` samples."""
        return _split(self.encoding, self._load(name), self.window_s, limit)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of the training samples in an epoch."""
        return generator(self.config.seed, "data", epoch).permutation(self.samples)

    def _load(self, split: str, hold_out: bool = False) -> Samples:
        prepared: Samples = self.encoding.prepared(self.data_set.load(split, hold_out))
        return prepared


def check_fit(data_set: DataSet, encoding: Encoding, name: str = "") -> None:
    """Raise `ConfigError` unless the samples of a data set are of the type that an encoding takes."""
    if not issubclass(data_set.gives, encoding.takes):
        raise ConfigError(f"encoding {encoding.kind!r} does not fit data set {name or data_set.name!r}")


def _split(encoding: Encoding, data: Samples, window_s: float, limit: int | None) -> Encoded:
    count = len(data.labels) if limit is None else min(len(data.labels), whole(limit, "samples"))
    first = data.first(count)
    return Encoded(encoding.encode(first, window_s), torch.from_numpy(first.labels.astype(np.int64)))
