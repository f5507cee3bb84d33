"""The same network with ReLU units instead of spiking neurons, in plain torch: what its size can reach.

Features x in 0 .. 1 go in as they are (pixels; the coordinates of yin-yang), a = max(0, W₁x + b₁), logits W₂a + b₂.
Data order, rotation and dropout follow the configuration, so do number of epochs and batch.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ...behavioral.numerics.streams import generator
from ..config import ExperimentConfig, changed
from ..datasets.rotation import random_angles, rotate_and_scale
from ..datasets.samples import Features, Images
from ..loop import learning_rate
from ..registries import DATASETS

LEARNING_RATE: Final = 1e-3  # of Adam, as in most software
YIN_YANG_RATE: Final = 1e-2  # yin-yang has four features and few steps (Kriener et al., NICE 2022)


def train_relu(config: ExperimentConfig) -> tuple[float, float]:
    """Return the accuracy in percent, in the last epoch of training and on the test split."""
    rate = YIN_YANG_RATE if config.dataset == "yin-yang" else LEARNING_RATE
    training = changed(config, {"training.learning_rate": rate}).training
    whole, test = (_loaded(config.dataset, split) for split in ("train", "test"))
    count = min(len(whole), training.samples or len(whole))
    train = whole.first(count)
    labels = torch.from_numpy(train.labels)
    still = _tensor(train.values())
    torch.manual_seed(config.seed)
    model = _model(still.shape[1], config.network.hidden, train.classes, training.dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    right = 0
    for epoch in range(training.epochs):
        images, right = _rotated(config, train, epoch) if training.rotation_deg else still, 0
        order = generator(config.seed, "data", epoch).permutation(count)
        batches = math.ceil(count / training.batch)
        for k, index in enumerate(np.array_split(order, batches)):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(training, (epoch + k / batches) / training.epochs)
            logits = model(images[index])
            optimizer.zero_grad()
            cross_entropy(logits, labels[index]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            right += int((logits.argmax(dim=1) == labels[index]).sum())
    model.eval()
    with torch.no_grad():
        found = model(_tensor(test.values())).argmax(dim=1).numpy()
    return 100 * right / count, 100 * float((found == test.labels).mean())


def _model(inputs: int, hidden: list[int], classes: int, dropout: float) -> nn.Sequential:
    sizes, layers = [inputs, *hidden], list[nn.Module]()
    for below, above in zip(sizes, hidden, strict=False):
        layers += [nn.Linear(below, above), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], classes))


def _loaded(name: str, split: str) -> Features | Images:
    data = DATASETS.get(name).load(split)
    assert isinstance(data, Features | Images)
    return data


def _rotated(config: ExperimentConfig, data: Features | Images, epoch: int) -> Tensor:
    assert isinstance(data, Images)
    angles = random_angles(len(data), config.training.rotation_deg, generator(config.seed, "augmentation", epoch))
    return _tensor(rotate_and_scale(data.inputs, angles))


def _tensor(values: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32, copy=False))
