"""Chip time and energy per image."""

from __future__ import annotations

import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.training.experiments.ledger import inference, training

SPEC, SIZES = chip_spec("bss2"), (256, 246, 10)


def test_published_figures_of_fast_inference() -> None:
    found = inference(SPEC, 10e-6, 64, 20, SIZES)
    assert found.total_s == pytest.approx(11.8e-6)
    assert found.images_per_s == pytest.approx(84_746, abs=1)
    assert found.energy_j == pytest.approx(2.36e-6)
    assert found.synaptic_events == 64 * 246 + 20 * 10


def test_links_count_where_they_are_the_slowest() -> None:
    busy = inference(SPEC, 1e-6, 256, 20, SIZES)
    assert busy.host_s == pytest.approx((256 * 64 + 8) * 1e-9)
    assert busy.total_s == busy.host_s > busy.stimulus_s + busy.reset_s
    narrow = inference(SPEC.with_fields(link_channels=1, clock_hz=1e6), 1e-6, 256, 20, SIZES)
    assert narrow.total_s == narrow.link_s == pytest.approx(256e-6)


def test_training_moves_weights_and_membranes_through_the_host_link() -> None:
    one, hundred = (training(SPEC, 11.648e-6, 64, 20, SIZES, batch) for batch in (1, 100))
    weights = 2 * (256 * 246 + 246 * 10)
    assert one.host_s - hundred.host_s == pytest.approx(0.99 * weights / 4 * 64 * 1e-9)
    assert hundred.host_s > 7 * 256 * 8 * 1e-9
    assert one.images_per_s < hundred.images_per_s < 84_000
