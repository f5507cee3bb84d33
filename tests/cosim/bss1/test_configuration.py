from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.behavioral.network.topology import Topology
from inloop.cosim.bss1.configuration import Configuration, Strength, check_configuration, nearest_strength
from inloop.errors import ConfigError

SPEC = bss1_spec("bss1")
NETWORK = Topology(3, (2,), 1, (False,))
CODES = (np.zeros((4, 2), np.int64), np.zeros((3, 1), np.int64))
STRENGTHS = ((Strength(1023, 30), Strength(900, 30)),) * 2


@given(st.floats(1.3, 100))
def test_a_strength_is_found_within_five_percent(ratio: float) -> None:
    found = nearest_strength(ratio, SPEC)
    assert found.gmax in (1023, 341, 114, 38)
    assert SPEC.gmax_div_min <= found.gmax_div <= SPEC.gmax_div_max
    assert found.ratio == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize("ratio", [0.0, 1.2, 600.0, float("nan")])
def test_a_strength_beyond_the_chip_is_refused(ratio: float) -> None:
    with pytest.raises(ConfigError, match=r"must lie between 1.27 and 511.5"):
        nearest_strength(ratio, SPEC)


def test_configurations_that_do_not_fit_are_refused() -> None:
    check_configuration(Configuration(CODES, STRENGTHS, 5), NETWORK, SPEC)
    with pytest.raises(ConfigError, match=r"weights of shapes .* do not fit network 3-2-1 with a bias"):
        check_configuration(Configuration(CODES[:1], STRENGTHS, 5), NETWORK, SPEC)
    with pytest.raises(ConfigError, match="1 pairs of synapse strengths for 2 layers"):
        check_configuration(Configuration(CODES, STRENGTHS[:1], 5), NETWORK, SPEC)
    with pytest.raises(ConfigError, match="weight code 16 of layer 2 is beyond ±15"):
        check_configuration(Configuration((CODES[0], CODES[1] - 16), STRENGTHS, 5), NETWORK, SPEC)
    with pytest.raises(ConfigError, match="bias_steps = 0"):
        check_configuration(Configuration(CODES, STRENGTHS, 0), NETWORK, SPEC)
