"""From the ReLU network to the wafer and through the loop, on a small task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.errors import ConfigError
from inloop.training.rates.conversion import RateScales, convert
from inloop.training.rates.curves import measure_curves
from inloop.training.rates.loop import Gradient, evaluated, repair
from inloop.training.rates.on_wafer import converted
from inloop.training.rates.relu import ReluWeights, accuracy, activations, train_relu
from inloop.training.rates.shadow import shadow_loss
from inloop.training.rates.task import FIVE_DIGITS, RateTask


@pytest.fixture(scope="module")
def software(task: RateTask, blobs: Any) -> ReluWeights:
    return train_relu(*blobs, task.topology.sizes, task.epochs, seed=1, batch=40)


def test_the_published_network_and_its_time() -> None:
    assert str(FIVE_DIGITS.topology) == "100-15-15-5"
    assert FIVE_DIGITS.duration_s + FIVE_DIGITS.pause_s == pytest.approx(1e-4)  # 10,000 images/s


def test_software_training_is_reproducible_and_learns(task: RateTask, blobs: Any, software: ReluWeights) -> None:
    again = train_relu(*blobs, task.topology.sizes, task.epochs, seed=1, batch=40)
    for one, two in zip(software.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, two)
    assert accuracy(activations(software, blobs[0])[-1], blobs[1]) > 97


def test_activations_are_those_of_a_relu_network(blobs: Any, software: ReluWeights) -> None:
    hidden, out = activations(software, blobs[0][:5])
    by_hand = np.maximum(blobs[0][:5] @ software.weights[0] + software.biases[0], 0)
    np.testing.assert_allclose(hidden, by_hand, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(out, by_hand @ software.weights[1] + software.biases[1], rtol=1e-4, atol=1e-4)


def test_curves_of_a_perfect_wafer_are_equal_and_straight(task: RateTask) -> None:
    wafer = Bss1Chip("bss1-tiny", calibration="perfect", chips=4)
    curves = measure_curves(task.topology, wafer, task.grid(wafer.spec), task.rate_hz, "regular", 0)
    step = 1 / (task.duration_s * task.rate_hz)  # one spike
    assert np.ptp(curves.activity, axis=1).max() <= step + 1e-9
    assert (np.diff(curves.activity.mean(axis=1)) >= -step - 1e-9).all()
    line = curves.slope * (curves.drive - curves.rheobase)
    fitted = (line > 0.1) & (line < 1)
    assert np.abs(curves.activity.mean(axis=1) - line)[fitted].max() < 0.12


def test_curves_of_a_wafer_differ_between_neurons_and_writes(task: RateTask, wafer: Bss1Chip) -> None:
    grid = task.grid(wafer.spec)
    one = measure_curves(task.topology, wafer, grid, task.rate_hz, "regular", 0).activity
    other = Bss1Chip("bss1-tiny", die=2, chips=4, writes=1)
    two = measure_curves(task.topology, other, grid, task.rate_hz, "regular", 0).activity
    assert one[-1].std() > 0.1 * one[-1].mean()
    assert np.abs(one - two)[-1].max() > 0.1


def test_a_rate_that_cannot_be_reached_is_refused(task: RateTask, wafer: Bss1Chip) -> None:
    slow = wafer.spec.with_fields(refractory_s=20e-6)
    with pytest.raises(ConfigError, match="choose another full rate"):
        measure_curves(task.topology, Bss1Chip(slow, chips=4), task.grid(slow), task.rate_hz, "regular", 0)


def test_conversion_keeps_the_network(task: RateTask, blobs: Any, software: ReluWeights, wafer: Bss1Chip) -> None:
    """Without rounding, the equation of the chip gives the scaled activations of the software network."""
    images = blobs[0]
    curves = measure_curves(task.topology, wafer, task.grid(wafer.spec), task.rate_hz, "regular", 0)
    parameters, scales = convert(software, activations(software, images), curves, wafer.spec, task.rate_hz)
    active = images.astype(np.float64)
    for number, (weight, gain) in enumerate(zip(parameters, scales.gains, strict=True)):
        assert np.abs(weight).max() <= 1
        active = np.maximum(gain * (active @ weight[:-1] + scales.bias_rate * weight[-1]) - scales.offset, 0)
        if number == 0:
            hidden = activations(software, images)[0]
            used = hidden.max(axis=0) > 0
            assert np.corrcoef(hidden[:, used].ravel(), active[:, used].ravel())[0, 1] > 0.999
            assert np.percentile(active[active > 0], 99) == pytest.approx(1, rel=0.05)
    assert (active.argmax(axis=1) == activations(software, images)[-1].argmax(axis=1)).mean() > 0.97


def test_a_perfect_wafer_loses_little_and_a_real_one_is_repaired(
    task: RateTask, blobs: Any, software: ReluWeights
) -> None:
    images, labels = blobs
    perfect, weights = converted(task, Bss1Chip("bss1-tiny", calibration="perfect", chips=4), software, images)
    assert evaluated(perfect, weights, images, labels, 0) > 90
    network, weights = converted(task, Bss1Chip("bss1-tiny", die=2, chips=4), software, images)
    before = evaluated(network, weights, images, labels, 0)
    course = list(repair(network, weights, images, labels, 15, 0))
    after = evaluated(network, course[-1].parameters, images, labels, 0)
    assert after > max(before, 90)
    assert [each.number for each in course] == list(range(1, 16))
    assert course[-1].loss < course[0].loss


def test_the_loop_is_reproducible_and_its_gradients_differ(
    task: RateTask, blobs: Any, software: ReluWeights, wafer: Bss1Chip
) -> None:
    network, weights = converted(task, wafer, software, blobs[0])

    def last(gradient: Gradient) -> Any:
        return [*repair(network, weights, *blobs, 2, 3, gradient)][-1].parameters[0]

    np.testing.assert_array_equal(last(Gradient()), last(Gradient()))
    for kind in (Gradient("sign"), Gradient("noisy", 1.0)):
        assert (last(kind) != last(Gradient())).any()
    np.testing.assert_array_equal(last(Gradient("noisy", 0.0)), last(Gradient()))


def test_an_unknown_gradient_is_refused() -> None:
    with pytest.raises(ConfigError, match="kind = 'random' must be"):
        Gradient("random")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="noise = -1"):
        Gradient("noisy", -1)


def test_rates_do_not_depend_on_how_images_are_cut(
    task: RateTask, blobs: Any, software: ReluWeights, wafer: Bss1Chip
) -> None:
    network, weights = converted(task, wafer, software, blobs[0])
    whole = network.rates(weights, blobs[0][:30], 0, 100)
    part = network.rates(weights, blobs[0][10:20], 0, 110)
    for one, two in zip(whole, part, strict=True):
        np.testing.assert_array_equal(one[10:20], two)
    np.testing.assert_allclose(whole[0], blobs[0][:30], atol=1 / (task.duration_s * task.rate_hz) + 1e-6)


def test_the_gradient_is_that_of_the_shadow_network() -> None:
    """Where recorded and modelled activities are equal, the gradient is the ordinary one; the rest is hand-made."""
    rng = np.random.default_rng(0)
    weight_max = 10**6  # rounding plays no part
    scales = RateScales((0.8, 1.3), 0.1, 2.0, 5, (), weight_max)
    parameters = [torch.from_numpy(rng.uniform(-1, 1, shape)).requires_grad_() for shape in ((5, 6), (7, 3))]
    inputs, labels = torch.from_numpy(rng.random((20, 4))), torch.from_numpy(rng.integers(0, 3, 20))
    active, model = inputs, [inputs]
    for weight, gain in zip(parameters, scales.gains, strict=True):
        drive = gain * (active @ weight[:-1] + 2.0 * weight[-1]) - 0.1
        active = drive if weight is parameters[-1] else drive.relu()
        model.append(active)
    expected = torch.autograd.grad(torch.nn.functional.cross_entropy(4 * active, labels), parameters)
    recorded = [each.detach() for each in model]
    found = torch.autograd.grad(shadow_loss(parameters, scales, recorded, labels, 4.0), parameters)
    for one, two in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-3, atol=1e-6)
    silent = [recorded[0], torch.zeros_like(recorded[1]), recorded[2]]
    loss = shadow_loss(parameters, scales, silent, labels, 4.0)
    assert loss.item() == pytest.approx(shadow_loss(parameters, scales, recorded, labels, 4.0).item())
    assert (torch.autograd.grad(loss, parameters)[1][:-1] == 0).all()  # silent sources teach their targets nothing


def test_poisson_trains_work_too(task: RateTask, blobs: Any, software: ReluWeights, wafer: Bss1Chip) -> None:
    network, weights = converted(replace(task, train="poisson"), wafer, software, blobs[0])
    assert evaluated(network, weights, *blobs, 0) > 40


def test_biases_beyond_the_generator_are_refused(
    task: RateTask, blobs: Any, software: ReluWeights, wafer: Bss1Chip
) -> None:
    curves = measure_curves(task.topology, wafer, task.grid(wafer.spec), task.rate_hz, "regular", 0)
    high = ReluWeights(software.weights, tuple(bias + 1e3 for bias in software.biases))
    with pytest.raises(ConfigError, match="needs more than one event per step of 1e-07 s; make the full rate smaller"):
        convert(high, activations(software, blobs[0]), curves, wafer.spec, task.rate_hz)
