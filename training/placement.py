"""Which network is meant to be placed on a chip: that of a run, of a preset, or one of given sizes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..behavioral.network.topology import Topology
from ..cosim.chip import Chip
from .config import ExperimentConfig, load_config
from .loop import build_chip
from .problem import Problem
from .run_folder import RunFolder

LONGEST_NAME: Final = 255
"""Characters of the name of a file; what is longer is none."""


def network_named(what: str) -> tuple[Topology, Chip]:
    """Return the network and chip of a run folder or preset, or the network of these sizes on the default chip."""
    if re.fullmatch(r"[0-9][0-9r-]*", what) and (len(what) > LONGEST_NAME or not Path(what).exists()):
        return Topology.parse(what), Chip()
    config = RunFolder.open(Path(what))[1] if Path(what).is_dir() else load_config(what)
    return _topology(config), build_chip(config)


def _topology(config: ExperimentConfig) -> Topology:
    problem, hidden = Problem(config), tuple(config.network.hidden)
    return Topology(problem.inputs, hidden, problem.classes, (config.network.recurrent,) * len(hidden))
