"""Networks of populations in the loop: weights, what is observed of each population, gradients, copies."""

from __future__ import annotations

import copy
import pickle

import inloop
import numpy as np
import pytest
import torch
from inloop.errors import ConfigError

MASK = np.random.default_rng(0).random((12, 9)) < 0.4
GRAPH = inloop.Graph(
    [inloop.Source("x", 6), inloop.Source("y", 4), inloop.LIF("a", 12), inloop.LIF("b", 9), inloop.LI("p", 3),
     inloop.LI("q", 2)],
    [
        inloop.Projection("x", "a"), inloop.Projection("y", "b", sign="excitatory"), inloop.Projection("a", "b", MASK),
        inloop.Projection("b", "a", sign="inhibitory"), inloop.Projection("a", "p"),
        inloop.Projection("b", "q", trainable=False), inloop.Projection("x", "p"),
    ],
)  # fmt: skip
levels = pytest.mark.parametrize("at", ["ideal", "behavioral", "event", "verilog"])


def model(fidelity: str = "behavioral", seed: int = 1) -> inloop.InTheLoop:
    network = inloop.GraphNetwork(GRAPH, seed=seed, mean=3.0)
    return inloop.InTheLoop(network, inloop.Chip("bss2", die=2, noise="off"), fidelity, duration_s=15e-6)


def spikes(samples: int = 4) -> inloop.SpikeBatch:
    rng = np.random.default_rng(3)
    sample, unit = rng.integers(0, samples, 200), rng.integers(0, 10, 200)
    return inloop.SpikeBatch.from_events(sample, unit, rng.random(200) * 14e-6, samples=samples, units=10)


def test_initial_weights_keep_masks_and_signs() -> None:
    network = inloop.GraphNetwork(GRAPH, seed=1)
    assert not network.weights["a-b"][~torch.from_numpy(MASK)].any()
    assert (network.weights["y-b"] >= 0).all()
    assert (network.weights["b-a"] <= 0).all()
    assert [name for name, _ in network.named_parameters()] == [
        f"weight:{name}" for name in ("x-a", "y-b", "a-b", "b-a", "a-p", "x-p")
    ]


@levels
def test_what_is_observed_of_a_population(at: str) -> None:
    loop = model(at)
    seen = loop(spikes(), record_membranes=True)
    whole = seen.spike_counts[0]
    assert torch.equal(torch.cat([seen["a"].counts, seen["b"].counts], dim=1), whole)
    assert seen["b"].train().shape[2] == 9
    assert torch.equal(seen["b"].train().sum(dim=1), seen["b"].counts)
    assert seen["a"].membrane().shape[2] == 12
    assert seen["a"].first_spikes_s().shape == (4, 12)
    assert torch.equal(torch.cat([seen["p"].readout, seen["q"].readout], dim=2), seen.readout)
    assert seen["q"].from_rest.shape[2] == 2
    for name, message in (
        ("x", "is a source"), ("z", "there is no population 'z'; there are x, y, a, b, p, q"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=message):
            seen[name]
    with pytest.raises(ConfigError, match="'a' is of neurons that spike; it has spikes, and no readout"):
        _ = seen["a"].readout
    with pytest.raises(ConfigError, match="'p' is of leaky integrators; it has a readout, and no spikes"):
        _ = seen["p"].counts


@levels
def test_gradients_reach_what_is_trainable_and_there(at: str) -> None:
    loop = model(at)
    seen = loop(spikes())
    (seen["p"].readout.sum() + seen["b"].counts.sum()).backward()
    network = loop.network
    gradients = {name: weight.grad for name, weight in network.weights.items()}
    assert gradients["b-q"] is None
    assert gradients["a-b"] is not None
    assert not gradients["a-b"][~torch.from_numpy(MASK)].any()
    for name in ("x-a", "y-b", "a-b", "a-p", "x-p"):
        assert gradients[name] is not None
        assert gradients[name].abs().sum() > 0


def test_clipping_keeps_range_and_sign() -> None:
    network = inloop.GraphNetwork(GRAPH, seed=1)
    with torch.no_grad():
        for weight in network.weights.values():
            weight.copy_(5 * torch.randn_like(weight))
    network.clip_hidden(2.0)
    assert network.weights["x-a"].abs().max() == 2
    assert network.weights["a-p"].abs().max() > 2  # a readout is scaled to the range of the chip instead
    assert network.weights["y-b"].min() == 0
    assert network.weights["b-a"].max() == 0
    assert (network.effective("a-b")[~torch.from_numpy(MASK)] == 0).all()


def test_copies_and_states_compute_the_same() -> None:
    loop, data = model().eval(), spikes()
    with torch.no_grad():
        wanted = loop(data).readout
        other = model(seed=9).eval()
        assert not torch.equal(other(data).readout, wanted)
        other.load_state_dict(loop.state_dict())
        for each in (other, copy.deepcopy(loop), pickle.loads(pickle.dumps(loop))):
            assert torch.equal(each(data).readout, wanted)


def test_a_chain_of_populations_is_the_network_of_layers() -> None:
    """The same weights, the same results, the same gradients."""
    graph = inloop.Graph(
        [inloop.Source("in", 10), inloop.LIF("h", 12), inloop.LI("out", 3)],
        [inloop.Projection("in", "h"), inloop.Projection("h", "h"), inloop.Projection("h", "out")],
    )
    one, two = inloop.Network(10, 12, 3, recurrent=True, mean=3.0), inloop.GraphNetwork(graph)
    with torch.no_grad():
        for name, weight in (
            ("in-h", one.forward_weights[0]), ("h-out", one.forward_weights[1]), ("h-h", one.recurrent_weights[0])
        ):  # fmt: skip
            two.weights[name].copy_(weight)
    results = []
    for network in (one, two):
        loop = inloop.InTheLoop(network, inloop.Chip("bss2", die=2), duration_s=15e-6)
        seen = loop(spikes())
        seen.from_rest.square().sum().backward()
        results.append(seen.readout.detach())
    assert torch.equal(*results)
    assert torch.equal(one.forward_weights[0].grad, two.weights["in-h"].grad)
    assert torch.equal(one.recurrent_weights[0].grad, two.weights["h-h"].grad)


def test_own_parameters_have_the_same_gradient_in_the_graph_of_torch() -> None:
    """A surrogate that numba cannot compile, of the values of one that it can; membranes are recorded ones."""
    graph = inloop.Graph(
        [inloop.Source("in", 10), inloop.LIF("h", 12, threshold=0.7, reset=-0.3, refractory_s=1e-6, tau_mem_s=9e-6),
         inloop.LI("out", 3)],
        [inloop.Projection("in", "h"), inloop.Projection("h", "out")],
    )  # fmt: skip
    gradients = []
    for surrogate in ("superspike", lambda x, slope: torch.reciprocal((slope * abs(x) + 1) ** 2)):
        network = inloop.GraphNetwork(graph, seed=1, mean=3.0)
        chip = inloop.Chip("bss2", die=2, noise="off")
        loop = inloop.InTheLoop(network, chip, duration_s=15e-6, surrogate=surrogate)
        assert (loop.graph is None) == isinstance(surrogate, str)
        loop(spikes()).readout.square().sum().backward()
        gradients.append(network.weights["in-h"].grad)
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-6)
