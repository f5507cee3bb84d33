"""Configurations that several tests start from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric import wiring
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.spec import ChipSpec


@pytest.fixture(scope="session")
def routed() -> Callable[..., FabricConfig]:
    """Return a function (spec, (input, output), …): only these nodes are open; all else lets everything through."""

    def build(spec: ChipSpec, *pairs: tuple[int, int]) -> FabricConfig:
        target = np.array([tuple(node) not in pairs for node in wiring.crossbar_nodes(spec)], np.int64)
        config = FabricConfig.default(spec).with_section("nodes", target=target, count_drops=1)
        config = config.with_section("drivers", receiver=1, exc_top=1).with_section("outputs", count_events=1)
        return config.with_section("buses", enable_spl1=1).with_section("neurons", enable=1)

    return build
