"""Which designs of a HICANN can be built."""

from __future__ import annotations

import pytest
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.errors import ConfigError
from inloop.rtl.bss1.ports import make_ports


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": 96, "circuits_per_neuron": 2}, {"link_out_depth": 12}, {"foreign_lines": 5}, {"line_cycles": 1},
        {"line_cycles": 257}, {"hop_cycles": 4097}, {"link_event_cycles": 4097}, {"drivers": 4097}, {"clock_hz": 1e300},
    ],
)  # fmt: skip
def test_a_hicann_that_cannot_be_built_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="Bss1Spec"):
        make_ports(bss1_spec("bss1").with_fields(**changes))
