"""The initial weights, and sizes that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from inloop.errors import ConfigError
from inloop.training.network import Network


def test_initial_weights_have_the_promised_mean_and_spread() -> None:
    network = Network(256, [200, 150], 100, [True, False], scale=2.0, mean=8.0).requires_grad_(False)
    for weight, sources, mean in zip(network.forward_weights, (256, 200, 150), (8.0, 8.0, 0.0), strict=True):
        spread = 2.0 / sources**0.5
        error = spread / weight.numel() ** 0.5
        assert float(weight.mean()) == pytest.approx(mean / sources, abs=5 * error)
        assert float(weight.std()) == pytest.approx(spread, rel=0.03)
    (own,) = network.recurrent_weights
    assert own.shape == (200, 200)
    assert float(own.mean()) == pytest.approx(0, abs=5 * 2 / 200**1.5)
    assert float(own.std()) == pytest.approx(2 / 200**0.5, rel=0.03)
    assert all(weight.dtype == torch.float32 for weight in network.parameters())


def test_recurrent_weights_have_a_spread_of_their_own() -> None:
    plain, quiet, none = (Network(9, 100, 3, True, recurrent_scale=scale).state_dict() for scale in (None, 0.5, 0.0))
    assert float(quiet["recurrent_weights.0"].std()) == pytest.approx(0.05, rel=0.03)
    assert torch.allclose(4 * quiet["recurrent_weights.0"], plain["recurrent_weights.0"])
    assert not none["recurrent_weights.0"].any()
    assert torch.equal(plain["forward_weights.0"], quiet["forward_weights.0"])


def test_a_readout_may_have_a_mean_of_its_own() -> None:
    plain, lifted = (Network(20, [30, 10], 5, readout_mean=mean).state_dict() for mean in (0.0, 4.0))
    assert torch.allclose(lifted.pop("forward_weights.2"), plain.pop("forward_weights.2") + 4 / 10)
    assert all(torch.equal(weight, lifted[name]) for name, weight in plain.items())
    with pytest.raises(ConfigError, match="readout_mean = inf"):
        Network(5, 4, 2, readout_mean=float("inf"))


def test_layers_are_drawn_independently_of_each_other() -> None:
    first, second = Network(50, [50, 50], 50, mean=0.0).requires_grad_(False).forward_weights[:2]
    assert abs(float((first * second).mean())) < 5 * (4 / 50) / 50


def test_seed_gives_the_weights() -> None:
    one, same, other = (Network(10, 8, 3, True, seed=seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


def test_recurrent_weights_stand_beside_their_layer() -> None:
    network = Network(5, [4, 3, 2], 2, [False, True, False])
    assert [None if w is None else tuple(w.shape) for w in network.recurrent_of()] == [None, (3, 3), None]
    assert str(network.topology) == "5-4-3r-2-2"
    assert "5-4-3r-2-2" in repr(network)


def test_clipping_spares_the_readout() -> None:
    network = Network(5, 4, 2, True, scale=50.0).requires_grad_(False)
    readout = network.forward_weights[-1].clone()
    assert float(network.forward_weights[0].abs().max()) > 2.1
    network.clip_hidden(2.1)
    assert float(network.forward_weights[0].abs().max()) == pytest.approx(2.1)
    assert float(network.recurrent_weights[0].abs().max()) == pytest.approx(2.1)
    assert torch.equal(network.forward_weights[-1], readout)
    assert float(readout.abs().max()) > 2.1


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((0, 4, 2), {}, "inputs = 0"),
        ((5, 0, 2), {}, "hidden = 0"),
        ((5, [4, -1], 2), {}, "hidden = -1"),
        ((5, [], 2), {}, "at least one hidden layer"),
        ((5, 4, 0), {}, "outputs = 0"),
        ((5, True, 2), {}, "hidden = True"),
        ((5, [2.5], 2), {}, "hidden = 2.5"),
        ((5, [4, 4], 2, [True]), {}, "1 recurrent flags for 2"),
        ((5, 4, 2), {"scale": 0.0}, "scale = 0.0"),
        ((5, 4, 2), {"scale": float("nan")}, "scale = nan"),
        ((5, 4, 2), {"mean": float("inf")}, "mean = inf"),
        ((5, 4, 2), {"seed": -1}, "seed = -1"),
        ((5, 4, 2), {"seed": 1.5}, "seed = 1.5"),
    ],
)
def test_bad_sizes(arguments: tuple[Any, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Network(*arguments, **options)
