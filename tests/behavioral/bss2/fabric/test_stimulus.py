"""Inputs are checked before anything is compiled or run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec
from inloop.errors import SpikeError

SPEC = chip_spec("tiny")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channel": [4], "label": [0], "stamp": [0]}, r"channel 4 of event 0 must be a whole number, 0 to 3"),
        ({"channel": [-1], "label": [0], "stamp": [0]}, r"channel -1 of event 0"),
        ({"channel": [0, 0], "label": [0, 1 << 14], "stamp": [0, 0]}, r"label 16384 of event 1 .* 0 to 16383"),
        ({"channel": [0], "label": [0], "stamp": [1 << 43]}, "stamp 8796093022208 of event 0"),
        ({"channel": [0], "label": [0], "stamp": [0.5]}, "stamp 0.5 of event 0 must be a whole number"),
        ({"channel": [0], "label": [], "stamp": [0]}, "channel, label, stamp, offered have lengths 1, 0, 1, 1"),
        ({"software": [(0, 2, 1, 0, 0)]}, "hemisphere 2 of event 0"),
        ({"software": [(0, 0, 16, 0, 0)]}, "fire_bus 16 of event 0"),
        ({"software": [(0, 0, 1, 32, 0)]}, "row_select 32 of event 0"),
        ({"software": [(0, 0, 1, 0, 64)]}, "synapse_label 64 of event 0"),
        ({"software": [(-1, 0, 1, 0, 0)]}, "software_cycle -1 of event 0"),
        ({"software": [(5, 1, 1, 0, 0), (5, 1, 2, 0, 0)]}, "two software events of one hemisphere in one cycle"),
        ({"ready": [[True]] * 3}, r"ready has shape \(3, 1\), expected \(4, period of 1 or more\)"),
        ({"ready": np.zeros((4, 0))}, r"ready has shape \(4, 0\)"),
    ],
)
def test_what_no_host_can_send(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SpikeError, match=message):
        stimulus(SPEC, **arguments)


def test_one_software_event_per_hemisphere_and_cycle_is_fine() -> None:
    given = stimulus(SPEC, software=[(5, 0, 1, 0, 0), (5, 1, 1, 0, 0), (6, 0, 1, 0, 0)])
    assert given.software_cycle.tolist() == [5, 5, 6]
