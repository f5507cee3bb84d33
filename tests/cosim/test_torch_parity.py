"""The compiled kernels, forward and backward, against automatic differentiation of the torch references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.bss2.layer import readout_start
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.ideal import grid_rest
from inloop.behavioral.network.neurons import Neurons
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.behavioral.network.wiring import Wiring
from inloop.behavioral.numerics.noise import CADC, MEMBRANE, TRIAL, add_noise, trial_key
from inloop.cosim.bss2.torch_behavioral import _Noise, run_torch_behavioral
from inloop.cosim.chip import Chip
from inloop.cosim.gradient import weight_gradients
from inloop.cosim.levels import open_level
from inloop.cosim.torch_ideal import DenseRecord, own_factors, run_torch_ideal
from inloop.cosim.torch_reconstruct import reconstruct

SAMPLES, SLOPE = 52, 20.0  # samples: two parts, with a remainder
NETWORKS: dict[str, tuple[Any, ...]] = {
    "feed-forward": ((40,), (False,)),
    "recurrent": ((70,), (True,)),
    "deep": ((40, 33), (True, False)),
    "skips": ((40, 33), (True, False), ((0,), (0, 1), (0, 1, 2))),
    "parallel": ((30, 33), (False, True), ((0, 0), (1, 1), (2,))),
    "split": ((70,), (True,), (), (Wiring(circuits=((30, 1), (30, 2), (10, 4))), Wiring())),
}
networks = pytest.mark.parametrize("network", sorted(NETWORKS))
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])
devices = pytest.mark.parametrize(
    "device",
    [
        "cpu",
        pytest.param(
            "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
        ),
    ],
)


@dataclass
class Case:
    """A network with input, silenced neurons and the gradients of a loss, on one level and in torch."""

    topology: Topology
    level: Any
    weights: NetworkWeights
    silenced: tuple[np.ndarray, ...]
    spikes: Any
    device: str

    def __post_init__(self) -> None:
        self.trials = np.arange(SAMPLES, dtype=np.uint64) + np.uint64(77)
        self.seen = self.level.run(self.spikes, self.weights, self.trials, self.silenced)
        self.dtype = self.weights.forward[0].dtype
        rng = np.random.default_rng(5)
        self.readout_grad = rng.normal(size=self.seen.readout.shape).astype(self.dtype)
        self.readout_grad[:, ::2] = 0  # losses often look at a few records only
        self.count_grads = tuple(rng.normal(size=(SAMPLES, n)).astype(self.dtype) for n in self.topology.hidden)
        self.inputs = self.tensor(self.seen.inputs.dense().transpose(1, 0, 2))
        self.actives = tuple(self.tensor(~silent) for silent in self.silenced)

    def tensor(self, values: Any) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(values, self.dtype), device=self.device)

    def torch_ideal(self, record: Any, factors: Any = None) -> tuple[Any, Any, list[torch.Tensor | None]]:
        """Return readout, spikes, and the gradients of all weights, forward ones first."""
        given = (*self.weights.forward, *self.weights.recurrent)
        leaves = [None if w is None else self.tensor(w).requires_grad_() for w in given]
        layers = len(self.weights.forward)
        readout, spikes, _ = run_torch_ideal(
            self.inputs, tuple(leaves[:layers]), tuple(leaves[layers:]), self.level.spec, self.level.grid, SLOPE,  # type: ignore[arg-type]
            self.actives, record, factors, readout_start=readout_start(self.level.spec, self.weights),
            feeds=self.topology.feeds,
        )  # fmt: skip
        loss = (readout * self.tensor(self.readout_grad)).sum()
        for z, grad in zip(spikes, self.count_grads, strict=True):
            loss = loss + (z.sum(dim=0) * self.tensor(grad)).sum()
        loss.backward()
        return readout, spikes, [None if w is None else w.grad for w in leaves]

    def gradient_error(self, expected: list[torch.Tensor | None]) -> float:
        """Largest difference of a compiled gradient from the expected one, relative to the largest entry."""
        found = weight_gradients(
            self.seen, self.topology, self.weights, self.level.spec, SLOPE, self.readout_grad, self.count_grads
        )  # fmt: skip
        errors = []
        for mine, theirs in zip((*found.forward, *found.recurrent), expected, strict=True):
            assert (mine is None) == (theirs is None)
            if theirs is not None:
                reference = theirs.cpu().numpy()
                assert mine.shape == reference.shape
                assert np.abs(reference).max() > 0
                errors.append(np.abs(mine - reference).max() / np.abs(reference).max())
        return float(max(errors))

    def differing_spikes(self, spikes: Any) -> float:
        """Share of spikes on which the compiled level and torch differ, over all layers."""
        pairs = zip(self.seen.spikes, spikes, strict=True)
        dense = [(mine.dense(), z.permute(1, 0, 2).detach().cpu().numpy()) for mine, z in pairs]
        assert min(mine.sum() for mine, _ in dense) > 100
        return float(sum(np.abs(mine - z).sum() for mine, z in dense) / sum(mine.sum() for mine, _ in dense))


@pytest.fixture
def make_case(make_weights: Any, make_spikes: Any) -> Any:
    def make(
        fidelity: str, network: str, dtype: Any, device: str = "cpu", noise: str = "off", refractory_s: float = 2e-6,
        quantized: bool = True, steps_per_sample: int = 4, reset_lsb: float = 80.0, place_crossings: bool = True,
    ) -> Case:  # fmt: skip
        hidden, recurrent, *shape = NETWORKS[network]
        topology = Topology(20, hidden, 5, recurrent, *shape)
        spec = chip_spec("bss2").with_fields(refractory_s=refractory_s, reset_lsb=reset_lsb)
        grid = make_grid(spec, 11.5e-6, steps_per_sample, place_crossings)
        level = open_level(fidelity, topology, Chip(spec, die=2, noise=noise, quantized=quantized), grid)
        silenced = tuple(np.random.default_rng(n).random((SAMPLES, n)) < 0.2 for n in hidden)
        spikes = make_spikes(topology, grid, SAMPLES)
        return Case(topology, level, make_weights(topology, dtype=dtype), silenced, spikes, device)

    return make


@devices
@networks
@pytest.mark.parametrize("refractory_s", [0.0, 2e-6])
def test_the_ideal_level_is_torch_to_rounding(network: str, refractory_s: float, device: str, make_case: Any) -> None:
    case = make_case("ideal", network, np.float64, device, refractory_s=refractory_s)
    readout, spikes, gradients = case.torch_ideal(None)
    assert case.differing_spikes(spikes) == 0
    np.testing.assert_allclose(case.seen.readout, readout.detach().cpu(), rtol=0, atol=1e-10)
    assert case.gradient_error(gradients) < 1e-10


@pytest.mark.parametrize("name", ["ideal", "behavioral"])
@pytest.mark.parametrize("place_crossings", [True, False])
def test_a_reset_below_the_leak_and_both_kinds_of_grid(name: str, place_crossings: bool, make_case: Any) -> None:
    case = make_case(name, "deep", np.float64, reset_lsb=66.0, place_crossings=place_crossings)
    record = None
    if name == "behavioral":
        record = run_torch_behavioral(case.level, case.inputs, case.weights, case.trials, case.actives)
        for k, ages in enumerate(record.ages):
            np.testing.assert_allclose(case.seen.spikes[k].dense_ages().transpose(1, 0, 2), ages, rtol=0, atol=1e-12)
    readout, spikes, gradients = case.torch_ideal(record)
    assert case.differing_spikes(spikes) == 0
    np.testing.assert_allclose(case.seen.readout, readout.detach().cpu(), rtol=0, atol=1e-10)
    assert case.gradient_error(gradients) < 1e-10
    placed = np.concatenate([events.ages() for events in case.seen.spikes])
    assert (placed.min(), placed.max() > 0.9) == (0, place_crossings)


@pytest.mark.parametrize("feeds", [(), ((0,), (0, 1), (0, 1, 2))])
def test_neurons_with_parameters_of_their_own(feeds: Any, make_weights: Any, make_spikes: Any) -> None:
    """Two synaptic time constants, time constants, leaks, resets, thresholds and rests of each neuron."""
    rng, hidden = np.random.default_rng(0), (40, 33)

    def drawn(size: int, *ranges: tuple[float, float]) -> Neurons:
        return Neurons(*(tuple(rng.uniform(low, high, size).tolist()) for low, high in ranges))

    times, volts = [(4e-6, 12e-6), (3e-6, 9e-6), (3e-6, 9e-6)], [(-0.2, 0.2), (-0.3, 0.1), (0.7, 1.3), (1e-6, 3e-6)]
    neurons = (*(drawn(size, *times, *volts) for size in hidden), drawn(5, *times))
    topology = Topology(20, hidden, 5, (True, False), feeds, (), neurons)
    spec = chip_spec("bss2")
    grid = make_grid(spec, 11.5e-6)
    level = open_level("ideal", topology, Chip(spec, noise="off"), grid)
    silenced = tuple(np.zeros((SAMPLES, size), bool) for size in hidden)
    spikes = make_spikes(topology, grid, SAMPLES)
    case = Case(topology, level, make_weights(topology), silenced, spikes, "cpu")
    readout, found, gradients = case.torch_ideal(None, own_factors(topology, spec, grid, torch.float64))
    assert case.differing_spikes(found) == 0
    np.testing.assert_allclose(case.seen.readout, readout.detach(), rtol=0, atol=1e-10)
    assert case.gradient_error(gradients) < 1e-10


@devices
def test_the_ideal_level_in_single_precision(device: str, make_case: Any) -> None:
    case = make_case("ideal", "deep", np.float32, device)
    readout, spikes, _ = case.torch_ideal(None)
    assert case.differing_spikes(spikes) < 5e-3
    # the gradient for the same record: a spike that flips would change it at once
    record = DenseRecord(
        tuple(case.tensor(s.dense().transpose(1, 0, 2)) for s in case.seen.spikes),
        tuple(case.tensor(s.dense_ages().transpose(1, 0, 2)) for s in case.seen.spikes),
        tuple(case.tensor(case.seen.membrane(k).transpose(1, 0, 2)) for k in range(len(case.seen.spikes))),
        case.tensor(case.seen.readout),
    )
    readout, _, gradients = case.torch_ideal(record)
    np.testing.assert_allclose(case.seen.readout, readout.detach().cpu(), rtol=0, atol=1e-5)
    assert case.gradient_error(gradients) < 1e-4


@devices
@networks
@dtypes
@pytest.mark.parametrize("noise", ["off", "typical"])
def test_the_behavioral_level_is_torch(network: str, dtype: Any, noise: str, device: str, make_case: Any) -> None:
    case = make_case("behavioral", network, dtype, device, noise=noise)
    record = run_torch_behavioral(case.level, case.inputs, case.weights, case.trials, case.actives)
    exact = dtype == np.float64
    assert case.differing_spikes(record.spikes) <= (0 if exact else 5e-3)
    if exact:
        np.testing.assert_allclose(case.seen.readout, record.readout.cpu(), rtol=0, atol=1e-12)
        _, _, gradients = case.torch_ideal(record)
        assert case.gradient_error(gradients) < 1e-10
    else:  # one spike or one CADC code apart now and then
        assert (np.abs(case.seen.readout - record.readout.cpu().numpy()) > 1e-5).mean() < 2e-2


@dtypes
@pytest.mark.parametrize("refractory_s", [0.0, 2e-6])
def test_the_behavioral_gradient_for_the_measured_record(dtype: Any, refractory_s: float, make_case: Any) -> None:
    case = make_case("behavioral", "deep", dtype, noise="typical", refractory_s=refractory_s)
    rest, spec = float(grid_rest(case.level.spec, case.level.grid, dtype).steps), case.level.spec
    ages = tuple(case.tensor(s.dense_ages().transpose(1, 0, 2)) for s in case.seen.spikes)
    spikes = tuple(case.tensor(s.dense().transpose(1, 0, 2)) for s in case.seen.spikes)
    sampled = [case.tensor(case.seen.membrane(k).transpose(1, 0, 2)) for k in range(len(spikes))]
    membranes = tuple(
        reconstruct(v, z, age, rest, spec.reset_unit, spec.start_unit)
        for v, z, age in zip(sampled, spikes, ages, strict=True)
    )
    record = DenseRecord(spikes, ages, membranes, case.tensor(case.seen.readout))
    readout, _, gradients = case.torch_ideal(record)
    np.testing.assert_allclose(readout.detach(), case.seen.readout, rtol=0, atol=1e-5)
    assert case.gradient_error(gradients) < (1e-10 if dtype == np.float64 else 1e-4)


@pytest.mark.parametrize("quantized", [True, False])
def test_the_behavioral_gradient_with_a_sample_in_every_step(quantized: bool, make_case: Any) -> None:
    case = make_case("behavioral", "recurrent", np.float64, quantized=quantized, steps_per_sample=1)
    record = run_torch_behavioral(case.level, case.inputs, case.weights, case.trials, case.actives)
    _, _, gradients = case.torch_ideal(record)
    assert case.gradient_error(gradients) < 1e-10


@pytest.mark.parametrize("kind", [MEMBRANE, CADC, TRIAL])
@pytest.mark.parametrize("time", [0, 1, 27, 40000, 65535, 70000])
def test_compiled_and_torch_noise_are_the_same_draws(kind: int, time: int) -> None:
    rng = np.random.default_rng(time)
    keys, trials = rng.integers(0, 2**64, 4, np.uint64), rng.integers(0, 2**64, 5, np.uint64)
    for key in keys:
        found = _Noise(key, kind, trials, 64 + torch.arange(70)[None]).draw(time)
        for trial, row in zip(trials, found, strict=True):
            z = np.zeros(70, np.float32)
            add_noise(z, np.ones(70, np.float32), np.uint64(trial_key(key, kind, trial)), time, 64)
            np.testing.assert_array_equal(row.numpy(), z)
