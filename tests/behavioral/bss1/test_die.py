from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.die import CALIBRATIONS, FLOATING_GATES, Circuits, Deviations, make_die, write
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.errors import ConfigError

SPEC = bss1_spec("bss1")
TARGET = {
    "leak_v": 0.922, "reset_v": 0.905, "threshold_v": 0.936, "reversal_exc_v": 1.30, "reversal_inh_v": 0.45,
    "tau_mem_s": 1e-6, "tau_syn_exc_s": 0.3e-6, "tau_syn_inh_s": 0.3e-6, "refractory_s": 0.2e-6, "input_exc": 1.0,
    "input_inh": 1.0,
}  # fmt: skip


def arrays(circuits: Circuits) -> dict[str, np.ndarray]:
    return {field.name: getattr(circuits, field.name) for field in fields(circuits)}


def test_a_perfect_chip_is_what_it_was_written_to_be() -> None:
    circuits = write(make_die(SPEC, 3, calibration="perfect"), seed=1)
    for name, values in arrays(circuits).items():
        np.testing.assert_allclose(values, TARGET[name], rtol=1e-12)
    die = make_die(SPEC, 3, calibration="perfect")
    assert die.usable.all()
    assert (die.synapse == 1).all()


def test_the_spreads_are_those_of_a_calibrated_wafer() -> None:
    stated = CALIBRATIONS["calibrated"]
    chips = [arrays(write(make_die(SPEC, 5, chip), seed=2)) for chip in range(8)]
    for name, target in TARGET.items():
        spread = getattr(stated, name.removesuffix("_s")) * (1 if name.endswith("_v") else target)
        found = np.std([chip[name] for chip in chips])
        few = name == "reset_v"  # one value per quadrant
        cut = spread > 0.4 * target  # factors are cut off
        assert found == pytest.approx(spread, rel=0.4 if few else 0.12 if cut else 0.05), name


def test_a_write_repeats_one_part_and_draws_the_other_anew() -> None:
    die = make_die(SPEC, 5)
    writes = [arrays(write(die, seed=2, count=count)) for count in range(20)]
    for name in ("threshold_v", "leak_v", "tau_syn_exc_s"):
        values = np.array([each[name] for each in writes])
        total, fresh = values.var(axis=(1, 2)).mean(), values.var(axis=0, ddof=1).mean()
        assert fresh / total == pytest.approx(1 - die.deviations.repeatable, abs=0.06), name


def test_writes_dies_and_chips_are_independent_and_reproducible() -> None:
    first = write(make_die(SPEC, 1), seed=4, count=2)
    assert (first.leak_v == write(make_die(SPEC, 1), seed=4, count=2).leak_v).all()
    others = [
        write(make_die(SPEC, 1), seed=4, count=3), write(make_die(SPEC, 1), seed=5, count=2),
        write(make_die(SPEC, 2), seed=4, count=2), write(make_die(SPEC, 1, chip=1), seed=4, count=2),
    ]  # fmt: skip
    assert all((first.leak_v != other.leak_v).all() for other in others)


def test_the_reset_is_shared_by_a_quadrant() -> None:
    reset = write(make_die(SPEC, 1), seed=4).reset_v
    assert len(np.unique(reset)) == SPEC.quadrants
    assert len(np.unique(reset[0, :128])) == 1


def test_defects_are_drawn_at_their_rate() -> None:
    spreads = replace(CALIBRATIONS["calibrated"], defects=0.2)
    usable = np.array([make_die(SPEC, 9, chip, spreads).usable for chip in range(10)])
    assert 1 - usable.mean() == pytest.approx(0.2, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([name for name in FLOATING_GATES if not name.endswith("_v")]), st.floats(0, 5), st.integers(0, 99)
)
def test_factors_stay_positive(name: str, spread: float, seed: int) -> None:
    circuits = write(make_die(bss1_spec("bss1-tiny"), seed, calibration=Deviations(**{name: spread})), seed)
    assert all((values > 0).all() for values in arrays(circuits).values())


def test_nonsense_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Deviations.tau_mem = -1"):
        Deviations(tau_mem=-1)
    with pytest.raises(ConfigError, match="repeatable = 2 must lie between 0 and 1"):
        Deviations(repeatable=2)
    with pytest.raises(ConfigError, match="unknown calibration 'golden'"):
        make_die(SPEC, 0, calibration="golden")
    with pytest.raises(ConfigError, match="die = -1"):
        make_die(SPEC, -1)
