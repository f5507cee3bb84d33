"""Hyper-parameters that hold where nothing else is said: in Python, and in configurations whose data have no preset.

They are what the presets of images share; `config.py` and the torch modules take them from here.
"""

from __future__ import annotations

from typing import Final

DURATION_S: Final = 11.6e-6
STEPS_PER_SAMPLE: Final = 4

INITIAL_SCALE: Final = 2.0
INITIAL_MEAN: Final = 5.0

BATCH: Final = 100
LEARNING_RATE: Final = 3e-3
SLOPE: Final = 10.0

LOSS: Final = "max-from-rest"

LARGEST: Final = 1e30
"""Of any factor, rate or weight that is given: beyond it products leave the range of float32."""

MAXIMA: Final = ("max-over-time", "max-from-rest")
"""Losses for which the largest value over time decides; for the others it is the sum."""

FROM_REST: Final = "-from-rest"
"""End of the names of losses that count the readout from what it records without input."""

LOGIT_SCALE_OF_MAXIMA: Final = 3.0
LOGIT_SCALE_OF_SUMS: Final = 100.0


def logit_scale_of(loss: str) -> float:
    """Return the factor before the softmax for a loss of that name."""
    return LOGIT_SCALE_OF_MAXIMA if loss in MAXIMA else LOGIT_SCALE_OF_SUMS
