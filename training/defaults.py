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
SURROGATE: Final = "superspike"

LOSS: Final = "max-from-rest"

LARGEST: Final = 1e30
"""Of any factor, rate or weight that is given: beyond it products leave the range of float32."""
