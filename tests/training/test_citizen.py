"""What users of torch do to a module: set attributes, cast, move, evaluate, compile, call from threads."""

from __future__ import annotations

import threading
from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch, to_grid
from inloop.behavioral.numerics.noise import noise_preset
from inloop.cosim.levels import open_level
from inloop.errors import ConfigError
from inloop.training.evaluate import evaluate
from inloop.training.problem import Encoded
from torch import nn

SAMPLES = 20


def make(level: str = "behavioral", hidden: int = 10, **options: Any) -> Any:
    network = inloop.Network(6, hidden, 3, scale=3.0, recurrent=True)
    return inloop.InTheLoop(network, inloop.Chip("tiny", die=1), level, **options)


def batch(seed: int = 0, samples: int = SAMPLES) -> SpikeBatch:
    rng = np.random.default_rng(seed)
    events = 10 * samples
    return SpikeBatch.from_events(
        np.repeat(np.arange(samples), 10), rng.integers(0, 6, events), rng.uniform(0, 9e-6, events), samples=samples,
        units=6,
    )  # fmt: skip


TRIALS = np.arange(SAMPLES, dtype=np.uint64)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chip", inloop.Chip("tiny", die=2)),
        ("fidelity", "event"),
        ("gradient", "spikes"),
        ("grid", None),
        ("graph", None),
        ("device", "cuda"),
        ("duration_s", 1e-6),
        ("steps_per_sample", 8),
        ("place_crossings", False),
        ("network", inloop.Network(6, 11, 3)),
        ("network", nn.Linear(6, 3)),
        ("level", None),
        ("dropout", 1.0),
        ("slope", -1.0),
        ("seed", -1),
        ("loss", "mse"),
        ("decision_s", 0.0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_not_take_effect_is_refused(name: str, value: Any) -> None:
    model = make()
    before = model(batch(), TRIALS).readout
    with pytest.raises(ConfigError, match=name):
        setattr(model, name, value)
    assert torch.equal(model(batch(), TRIALS).readout, before)


def test_what_takes_effect_can_be_set() -> None:
    model = make()
    model.dropout, model.slope, model.seed, model.loss, model.decision_s = 0.5, 3.0, 4, "max-over-time", 5e-6
    other = make(dropout=0.5, slope=3.0, seed=4)
    model.chip = model.chip
    gradients = []
    for each in (model, other):
        each(batch(), TRIALS).readout.square().sum().backward()
        gradients.append([weight.grad for weight in each.network.parameters()])
    assert all(torch.equal(one, two) for one, two in zip(*gradients, strict=True))


def test_another_level_of_the_same_grid_is_measured_anew() -> None:
    model = make()
    silent = model.silent_readout()
    other = inloop.Chip("tiny", die=2)
    model.level = open_level("behavioral", model.network.topology, other, model.grid)
    assert not torch.equal(model.silent_readout(), silent)


@pytest.mark.parametrize("part", ["die", "noise", "spec"])
def test_a_chip_that_was_changed_afterwards_is_refused(part: str) -> None:
    model = make()
    new: dict[str, Any] = {
        "die": inloop.Chip("tiny", die=2).die, "noise": noise_preset("off"), "spec": inloop.Chip("bss2").spec,
    }  # fmt: skip
    setattr(model.chip, part, new[part])
    with pytest.raises(ConfigError, match="the chip was changed after the model was made"):
        model(batch())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("grad", [True, False])
def test_weights_of_other_types_are_refused(dtype: torch.dtype, grad: bool, fidelity: str) -> None:
    model = make(fidelity).to(dtype)
    with pytest.raises(ConfigError, match=rf"weights are {dtype}, levels take float32"), torch.set_grad_enabled(grad):
        model(batch())
    assert model.float()(batch()).readout.dtype == torch.float32


def test_weights_of_two_types_or_nowhere_are_refused(digital: str) -> None:
    model = make()
    model.network.recurrent_weights.double()
    with pytest.raises(ConfigError, match="differ in type or device"):
        model(batch())
    with pytest.raises(ConfigError, match=f"fidelity '{digital}' runs on the CPU|unknown device 'meta'"):
        make(digital).to("meta")(batch())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("move", [lambda model: model.cuda(), lambda model: model.to("cuda")], ids=["cuda", "to"])
def test_a_model_that_cannot_be_moved_stays(move: Any) -> None:
    model = make()
    with pytest.raises(ConfigError, match="the model cannot be moved or cast: "):
        move(nn.Sequential(model))
    assert model(batch()).readout.isfinite().all()


def test_data_parallel_is_refused() -> None:
    """It hands every replica the whole batch; without GPUs it calls the module itself."""
    model = make()
    assert torch.equal(nn.DataParallel(model)(batch(), TRIALS).readout, model(batch(), TRIALS).readout)
    with pytest.raises(ConfigError, match="DataParallel cannot split"):
        model._replicate_for_data_parallel()


def test_evaluation_changes_nothing_in_training(fidelity: str) -> None:
    few = batch(samples=2)  # MyHDL takes seconds for one

    def trained(evaluations: int) -> torch.Tensor:
        model = make(fidelity, dropout=0.3)
        for _ in range(2):
            model.train()(few)
            for _ in range(evaluations):
                model.eval()(few)
        return model.train()(few).readout

    assert torch.equal(trained(0), trained(2))


def test_evaluations_meet_different_noise_and_no_counter_of_the_state() -> None:
    model = make().eval()
    state = {name: each.clone() for name, each in model.state_dict().items()}
    assert not torch.equal(model(batch()).readout, model(batch()).readout)
    assert all(torch.equal(each, state[name]) for name, each in model.state_dict().items())


def test_an_evaluation_that_fails_leaves_the_mode() -> None:
    model = make().train()
    with pytest.raises(inloop.InloopError):
        evaluate(
            model, Encoded(SpikeBatch.from_events([0], [0], [1.0], samples=1, units=6), torch.zeros(1)), meter=False
        )
    assert model.training


@pytest.mark.parametrize("loss", ["max-from-rest", "max-over-time", "sum-over-time", "sum-from-rest"])
def test_evaluation_decides_as_the_loss_of_the_model(loss: str) -> None:
    """Labels are what that rule decides, so its accuracy is 100 %; other rules decide otherwise."""
    from inloop.training.decision import MaxOverTime, decide, decisive

    model, spikes = make(), batch(samples=200)
    trials = np.arange(200).astype(np.uint64) + np.uint64(1 << 40)
    with torch.no_grad():
        seen = model.eval()(spikes, trials)
    data = Encoded(spikes, decide(decisive(seen, MaxOverTime(loss=loss)), loss))
    model.loss = loss
    assert inloop.accuracy(model, data) == 100
    model.loss = next(other for other in ("max-over-time", "sum-over-time") if other != loss)
    assert inloop.accuracy(model, data) < 100
    assert evaluate(model, data, MaxOverTime(loss=loss), meter=False).accuracy == 100


@pytest.mark.parametrize("gradient", ["measured", "spikes", "interpolated"])
def test_the_gradient_is_that_of_the_weights_that_were_run(gradient: str) -> None:
    """Also where they are changed in a way that autograd does not notice, and where input arrays are used again."""

    def found(spoil: bool) -> list[torch.Tensor]:
        model = make(gradient=gradient)
        events = to_grid(batch(), model.grid)
        loss = model(events, TRIALS).readout.square().sum()
        if spoil:
            for weight in model.network.parameters():
                weight.data.mul_(3.0)
            events.unit[:] = 0
            model.slope = 1.0
        loss.backward()
        return [weight.grad for weight in model.network.parameters()]

    assert all(torch.equal(one, two) for one, two in zip(found(False), found(True), strict=True))


def test_threads_call_one_model_at_once(fidelity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "2")
    model, results, counted = make(fidelity), [], 1 if fidelity == "rtl" else 4
    samples = 1 if fidelity == "rtl" else SAMPLES  # MyHDL takes seconds for one
    few = batch(samples=samples)
    expected = model(few, TRIALS[:samples]).readout.detach()
    model.train()

    def work() -> None:
        for _ in range(counted):
            results.append(model(few, TRIALS[:samples]).readout.detach())
            model(few)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(results) == 4 * counted
    assert all(torch.equal(each, expected) for each in results)
    assert int(model.trials_run) == 4 * counted * samples


@pytest.mark.parametrize("gradient", ["measured", pytest.param("known", marks=pytest.mark.slow)])
def test_a_compiled_model_gives_the_same(gradient: str) -> None:
    model = make(gradient=gradient, dropout=0.2)

    def around(spikes: SpikeBatch, trials: Any) -> torch.Tensor:
        observed = model(spikes, trials)
        return observed.from_rest.max(dim=1).values.relu() * 2 + observed.spike_counts[0].mean()

    def run(function: Any) -> list[torch.Tensor]:
        model.zero_grad()
        out = function(batch(), TRIALS)
        out = out if torch.is_tensor(out) else out.readout
        out.square().sum().backward()
        return [out, *(weight.grad for weight in model.parameters())]

    for plain in (model, around):
        expected = run(plain)
        compiled = torch.compile(plain, backend="eager")
        for _ in range(2):
            assert all(torch.equal(one, two) for one, two in zip(run(compiled), expected, strict=True))
