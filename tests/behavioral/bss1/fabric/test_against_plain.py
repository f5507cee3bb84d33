"""The twin equals the plain model in everything it reports, on random designs, configurations and storms of events."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.result import LOSSES
from inloop.behavioral.bss1.fabric.run import run_fabric
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec

from tests.behavioral.bss1.fabric.plain import Plain
from tests.behavioral.bss1.fabric.storms import TINY, storm

SHOWN = ("fired", "generated", "released", "waiting", "for_host")


def rows(values: list[tuple[int, ...]], columns: int) -> np.ndarray:
    return np.array(sorted(values), np.int64).reshape(-1, columns)


def compare(spec: Bss1Spec, seed: int, cycles: int) -> Plain:
    case = storm(spec, seed, cycles)
    stimulus = case.stimulus(spec)
    twin = run_fabric(spec, case.config, stimulus, case.cycles, case.fires)
    model = Plain(spec, case.config, stimulus, case.fires).run(case.cycles)
    np.testing.assert_array_equal(twin.outputs, rows(model.outputs, 3), err_msg="outputs")
    np.testing.assert_array_equal(twin.pulses, rows(model.pulses, 4), err_msg="pulses")
    np.testing.assert_array_equal(twin.sent, np.array(model.sent, np.int64).reshape(-1, 4), err_msg="sent")
    for name, lost in model.losses.items():
        np.testing.assert_array_equal(twin.losses[name], lost, err_msg=name)
    for name in SHOWN:
        np.testing.assert_array_equal(getattr(twin, name), getattr(model, name), err_msg=name)
    return model


def design(seed: int) -> Bss1Spec:
    """Draw a small design whose digital numbers differ from those of the chip."""
    rng = np.random.default_rng([seed, 5])
    compare_bits, stamp_bits = int(rng.integers(6, 11)), int(rng.integers(11, 16))
    return TINY.with_fields(
        columns=int(rng.choice([16, 32])), drivers=int(rng.integers(2, 6)), compare_bits=compare_bits,
        stamp_bits=stamp_bits, synapse_decoder_bits=int(rng.integers(3, 5)),
        driver_decoder_bits=int(rng.integers(1, 4)), slow_cycles=int(rng.integers(2, 6)),
        period_bits=int(rng.integers(3, 17)), buffer_slots=int(rng.integers(2, 12)),
        link_out_depth=int(rng.integers(1, 20)), line_cycles=int(rng.integers(1, 8)),
    )  # fmt: skip


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), cycles=st.integers(0, 150))
def test_of_any_design(seed: int, cycles: int) -> None:
    compare(design(seed), seed, cycles)


def test_storms_reach_every_counter() -> None:
    lost = dict.fromkeys(LOSSES, 0)
    for seed in range(20):
        model = compare(TINY, seed, 200)
        lost = {name: before + sum(model.losses[name]) for name, before in lost.items()}
    assert min(lost.values()) > 10, lost


def test_bss1() -> None:
    model = compare(bss1_spec("bss1"), 6, 60)
    assert min(len(model.outputs), len(model.pulses), sum(model.fired)) > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_at_length(seed: int) -> None:
    compare(design(seed), seed, 400)
