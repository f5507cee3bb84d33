"""Labels of a split: as many as there are inputs, each a class that there is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, LabelError


def check_labels(name: str, inputs: int, labels: NDArray[np.int64], classes: int) -> None:
    """Raise `DataError` unless there is one label per input, `LabelError` for one outside 0 .. classes − 1."""
    if labels.shape != (inputs,):
        raise DataError(f"{name}: {inputs} inputs need as many labels, got shape {labels.shape}")
    bad = (labels < 0) | (labels >= classes)
    if bad.any():
        first = int(np.argmax(bad))
        raise LabelError(f"{name}: label {labels[first]} of sample {first} is outside 0..{classes - 1}")
