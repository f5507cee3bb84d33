"""A small task on a small wafer, with images made here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.training.rates.task import RateTask


@pytest.fixture(scope="session")
def task() -> RateTask:
    return RateTask(digits=(0, 1, 2), side=4, hidden=(8,), duration_s=40e-6, epochs=30, batch=120)


@pytest.fixture(scope="session")
def blobs() -> Any:
    """Return 360 noisy images of three patterns, (360, 16) in 0..1, and their classes."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 360)
    patterns = rng.random((3, 16)) > 0.5
    images = np.clip(0.7 * patterns[labels] + 0.25 * rng.random((360, 16)), 0, 1)
    return images.astype(np.float32), labels


@pytest.fixture
def wafer() -> Bss1Chip:
    return Bss1Chip("bss1-tiny", die=2, chips=4)
