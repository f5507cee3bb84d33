"""Surrogates: of the package and of one's own, compiled and in the graph of torch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.network import surrogate as surrogates
from inloop.behavioral.network.surrogate import Surrogate
from inloop.cosim.gradient import weight_gradients
from inloop.cosim.nominal import Nominal
from inloop.errors import ConfigError

SAMPLES = 6
TRIALS = np.arange(SAMPLES, dtype=np.uint64)


def gaussian(x: Any, slope: Any) -> Any:
    """Of one's own: numbers alone."""
    return np.exp(-((slope * x) ** 2))


def logistic(x: Any, slope: Any) -> Any:
    """Of one's own: tensors alone, which numba does not compile."""
    return 4 * torch.sigmoid(slope * x) * torch.sigmoid(-slope * x)


def spikes() -> SpikeBatch:
    rng = np.random.default_rng(0)
    events = 30 * SAMPLES
    return SpikeBatch.from_events(
        rng.integers(0, SAMPLES, events), rng.integers(0, 20, events), rng.random(events) * 11e-6,
        samples=SAMPLES, units=20,
    )  # fmt: skip


def model_of(surrogate: Any, **options: Any) -> Any:
    network = inloop.Network(20, (30, 20), 5, True, mean=6.0)
    return inloop.InTheLoop(network, inloop.Chip("bss2", die=3), surrogate=surrogate, **options)


def gradients(model: Any) -> list[np.ndarray]:
    observed = model(spikes(), TRIALS)
    (observed.readout.square().sum() + sum(layer.square().sum() for layer in observed.spike_counts)).backward()
    return [weight.grad.numpy() for weight in model.network.parameters()]


def difference(one: list[np.ndarray], two: list[np.ndarray]) -> float:
    return float(max(np.abs(a - b).max() / np.abs(a).max() for a, b in zip(one, two, strict=True)))


@pytest.mark.parametrize("gradient", ["measured", "spikes"])
@pytest.mark.parametrize("surrogate", ["superspike", "fast-sigmoid", "triangle", "arctan", gaussian])
def test_the_compiled_adjoint_is_the_graph_of_torch(surrogate: Any, gradient: str) -> None:
    compiled, graph = (model_of(surrogate, gradient=gradient) for _ in range(2))
    compiled.double()
    graph.double()
    object.__setattr__(graph, "graph", Nominal(graph.network.topology, graph.chip, graph.grid))
    assert difference(gradients(compiled), gradients(graph)) < 1e-7  # the scale of records is float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["fast_sigmoid", "triangle", "arctan"])
def test_compiled_code_has_the_values_of_the_formula(name: str, dtype: Any) -> None:
    x = np.linspace(-2, 2, 101).astype(dtype)
    formula = getattr(surrogates, name)
    np.testing.assert_allclose(Surrogate(formula).rows(x, 3.0), formula(x, dtype(3)), atol=1e-6)
    assert formula(0.0, 3.0) > formula(0.1, 3.0) >= 0


def test_the_default_is_superspike_bit_for_bit() -> None:
    network = inloop.Network(20, (30, 20), 5, True, mean=6.0)
    plain = inloop.InTheLoop(network, inloop.Chip("bss2", die=3))
    one, two = gradients(plain), gradients(model_of("superspike"))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    same = gradients(model_of(lambda x, slope: surrogates.superspike(x, slope)))
    assert difference(one, same) > 0 or all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))


def test_surrogates_differ() -> None:
    found = [gradients(model_of(name)) for name in ("superspike", "fast-sigmoid", "triangle", "arctan", gaussian)]
    for k, one in enumerate(found):
        assert all(difference(one, two) > 1e-3 for two in found[k + 1 :])


def test_one_that_numba_cannot_compile_goes_through_torch() -> None:
    model = model_of(logistic)
    assert not model.surrogate.compiles
    assert isinstance(model.graph, Nominal)
    assert all(np.isfinite(grad).all() for grad in gradients(model))
    assert difference(gradients(model_of(logistic)), gradients(model_of("arctan"))) > 0.01


def test_the_slope_can_be_changed_later() -> None:
    model, other = model_of("arctan"), model_of("arctan", slope=3.0)
    model.slope = 3.0
    assert difference(gradients(model), gradients(other)) == 0


@pytest.mark.parametrize("way", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("surrogate", ["triangle", gaussian])
def test_models_are_copied_with_it(surrogate: Any, way: Any) -> None:
    model = model_of(surrogate)
    assert difference(gradients(way(model)), gradients(model)) == 0


@pytest.mark.parametrize(
    ("given", "message"), [("steep", "unknown surrogate 'steep'; known: superspike, "), (3, "must")]
)
def test_what_is_none_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        model_of(given)


def test_a_function_that_fails_in_the_graph_says_so() -> None:
    def broken(x: Any, slope: Any) -> Any:
        return x.nothing_of_the_kind + slope

    with pytest.raises(ConfigError, match=r"surrogate <function .* takes no tensor"):
        gradients(model_of(broken))


def test_the_gradient_takes_a_surrogate_by_itself() -> None:
    model = model_of("arctan")
    seen = model(spikes(), TRIALS).observation
    from inloop.behavioral.network.weights import NetworkWeights

    weights = NetworkWeights(
        tuple(w.detach().numpy() for w in model.network.forward_weights),
        tuple(w.detach().numpy() for w in model.network.recurrent_of()),
    )
    none = tuple(np.zeros((SAMPLES, n), np.float32) for n in (30, 20))
    grad = np.ones_like(seen.readout)
    one, two = (
        weight_gradients(seen, model.network.topology, weights, model.chip.spec, 10.0, grad, none, each).forward[0]
        for each in (surrogates.ARCTAN, surrogates.TRIANGLE)
    )
    assert np.abs(one - two).max() > 0
