"""The experiments by name, in the order of the papers."""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from . import benchmarks, bss1, design, estimators, latency, robustness, self_correction, sparsity, speech
from .experiment import Experiment

_MODULES: Final = (benchmarks, speech, sparsity, self_correction, robustness, latency, design, estimators, bss1)
EXPERIMENTS: Final[dict[str, Experiment]] = {module.EXPERIMENT.name: module.EXPERIMENT for module in _MODULES}
ALL: Final = "all"


def chosen(name: str) -> list[Experiment]:
    """Return the experiment of that name, or all of them. Raises `ConfigError` for an unknown name."""
    if name == ALL:
        return list(EXPERIMENTS.values())
    if name not in EXPERIMENTS:
        raise ConfigError(f"unknown experiment {name!r}; known: {', '.join(EXPERIMENTS)}, {ALL}")
    return [EXPERIMENTS[name]]
