"""Deviations imposed by hand."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from inloop.behavioral.bss2.die import Die, Spreads, make_die
from inloop.behavioral.bss2.imposed import Imposed, impose
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.errors import ConfigError

SPEC = ChipSpec(columns=4096)
CHANGED = {
    "tau_mem": ("tau_mem",),
    "tau_syn": ("tau_syn_exc", "tau_syn_inh"),
    "threshold": ("threshold_lsb",),
}


@pytest.fixture(scope="module")
def perfect() -> Die:
    return make_die(SPEC, 3, "perfect")


@pytest.mark.parametrize("quantity", CHANGED)
def test_each_quantity_alone_has_the_spread_asked_for(perfect: Die, quantity: str) -> None:
    die = impose(perfect, SPEC, Imposed(**{quantity: 0.2}))
    for name in sorted({*(field.name for field in fields(Spreads)), "tau_mem"} - {"leak_conductance"}):
        before, after = getattr(perfect, name), getattr(die, name)
        if name not in CHANGED[quantity]:
            np.testing.assert_array_equal(before, after)
            continue
        unit = SPEC.swing_lsb if quantity == "threshold" else 1.0
        assert (after - before).std() / unit == pytest.approx(0.2, rel=0.05)
        assert (after - before).mean() / unit == pytest.approx(0, abs=0.015)
        np.testing.assert_array_equal(after[0], after[1])  # one target per neuron


def test_deviations_grow_with_sigma_and_are_independent(perfect: Die) -> None:
    small, large = (impose(perfect, SPEC, Imposed(s, s, s)) for s in (0.1, 0.2))
    np.testing.assert_allclose(large.threshold_lsb, 2 * small.threshold_lsb)
    np.testing.assert_array_equal(large.capacitance, perfect.capacitance)  # imposed by the leak conductance
    np.testing.assert_allclose(large.tau_mem - 1, 2 * (small.tau_mem - 1), atol=1e-12)
    drawn = [large.tau_mem[0], large.tau_syn_exc[0], large.threshold_lsb[0]]
    assert np.abs(np.corrcoef(drawn) - np.eye(3)).max() < 0.06


def test_they_come_on_top_of_the_own_ones_and_leave_no_time_constant_below_a_tenth() -> None:
    own = make_die(SPEC, 3)
    die = impose(own, SPEC, Imposed(0.5, 0.5, 0.5))
    factor = die.tau_mem / own.tau_mem
    assert factor.min() == pytest.approx(0.1)
    np.testing.assert_allclose(die.tau_syn_exc / own.tau_syn_exc, die.tau_syn_inh / own.tau_syn_inh)
    assert impose(own, SPEC, Imposed()).threshold_lsb is not own.threshold_lsb
    np.testing.assert_array_equal(impose(own, SPEC, Imposed()).threshold_lsb, own.threshold_lsb)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_spreads_that_cannot_be(value: float) -> None:
    with pytest.raises(ConfigError, match=r"Imposed\.tau_syn"):
        Imposed(tau_syn=value)
