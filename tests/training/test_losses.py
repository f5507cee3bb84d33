"""Losses and regularisers against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from inloop.errors import InloopError, LabelError
from inloop.training import losses
from inloop.training.config import load_config, preset_names
from inloop.training.decision import decide
from inloop.training.registries import LOSSES

READOUT = torch.tensor([[[0.0, 1.0], [2.0, 0.5]], [[-1.0, 3.0], [-2.0, 3.0]]])  # maxima (2, 1), (−1, 3)
LABELS = torch.tensor([0, 1])


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_max_over_time(scale: float) -> None:
    expected = (softplus(-1 * scale) + softplus(-4 * scale)) / 2
    assert float(losses.max_over_time(READOUT, LABELS, scale)) == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_sum_over_time(scale: float) -> None:
    expected = (softplus(-0.5 * scale) + softplus(-9 * scale)) / 2  # sums (2, 1.5), (−3, 6), twice the means
    assert float(losses.sum_over_time(READOUT, LABELS, 2 * scale)) == pytest.approx(expected)


def test_without_a_scale_a_loss_has_that_of_the_presets() -> None:
    for name in preset_names():
        training = load_config(name).training
        loss = LOSSES.get(training.loss)
        assert float(loss(READOUT, LABELS)) == float(loss(READOUT, LABELS, training.logit_scale))


def test_of_equal_maxima_the_first_gets_the_gradient() -> None:
    readout = READOUT.clone().requires_grad_()
    losses.max_over_time(readout, LABELS).backward()
    assert readout.grad is not None
    assert (readout.grad != 0).tolist() == [[[False, True], [True, False]], [[True, True], [False, False]]]


def test_readout_amplitude() -> None:
    assert float(losses.readout_amplitude(READOUT)) == pytest.approx((4 + 1 + 1 + 9) / 4)


def test_burst_adds_the_layers() -> None:
    counts = (torch.tensor([[0.0, 2.0], [1.0, 1.0]]), torch.tensor([[3.0], [0.0]]))
    assert float(losses.burst(counts)) == pytest.approx(6 / 4 + 9 / 2)


def test_homeostatic_counts_only_the_excess() -> None:
    counts = (torch.tensor([[0.0, 1.0], [3.0, 2.0]]),)
    assert float(losses.homeostatic(counts, 2.0)) == pytest.approx((5 - 2) ** 2 / 2)
    assert float(losses.homeostatic(counts * 2, 2.0)) == pytest.approx((5 - 2) ** 2)
    assert float(losses.homeostatic(counts, 5.0)) == 0


@pytest.mark.parametrize("loss", [losses.max_over_time, losses.sum_over_time])
@pytest.mark.parametrize("bad", [-1, 2, 100])
def test_label_out_of_range(loss: object, bad: int) -> None:
    with pytest.raises(LabelError, match=rf"{bad}.*classes 0 to 1") as caught:
        loss(READOUT, torch.tensor([1, bad]))  # type: ignore[operator]
    assert isinstance(caught.value, InloopError)


def test_decisions_read_the_readout_as_the_loss_does() -> None:
    readout = torch.tensor([[[0.0, 1.5], [2.0, 1.5]]])  # maxima (2, 1.5), sums (2, 3)
    assert decide(readout, "max-over-time").tolist() == [0]
    assert decide(readout, "sum-over-time").tolist() == [1]
