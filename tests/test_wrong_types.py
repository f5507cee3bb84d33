"""Every public function and class of the package, with arguments of wrong types: a result or one sentence."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.bss2.die import Spread, make_die, spreads_of
from inloop.behavioral.bss2.imposed import Imposed, impose
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.agree import agree
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.cosim.bss2.random_subject import random_subject
from inloop.cosim.levels import open_level
from inloop.cosim.trials import Subject
from inloop.errors import LONGEST, ArgumentError, InloopError
from inloop.training.config import load_config, parse_config
from inloop.training.datasets.reduced import reduced
from inloop.training.evaluate import evaluate
from inloop.training.problem import Encoded
from inloop.training.rates.loop import repair
from inloop.training.rates.relu import train_relu

GRAPH = inloop.Graph(
    [inloop.Source("in", 4), inloop.LIF("a", 3), inloop.LI("out", 2)],
    [inloop.Projection("in", "a"), inloop.Projection("a", "out")],
)


class Hostile:
    """Whatever is asked of it fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError


ODD: list[Any] = [
    None, True, 0, -1, 3, 10**30, -(10**5000), 2**63, 1.5, float("nan"), float("inf"), 1e300, 1j,
    "", "bss2", "x" * 5000, "\0", "\udcff", b"bytes", [], [0], [None], [[1, 2], [3]], ["a"], (), (1.5,), {}, {"a": 1},
    set(), object(), object, len, Hostile(), Path("nowhere"), iter([1]), np.int64(3), np.float32(0.5), np.bool_(True),
    np.array(3), np.array([]), np.zeros((2, 3)), np.zeros((0, 0, 0)), np.array(["a"]), np.array([None]),
    np.array([1 + 1j]), np.full(3, np.nan), np.array([2**63], np.uint64), torch.zeros(()), torch.zeros(2, 3, 4),
    torch.zeros(2, dtype=torch.bool), torch.zeros(2, 2, requires_grad=True), torch.full((2, 3, 4), torch.nan),
    torch.tensor([5, -1]), torch.zeros(2, dtype=torch.complex64),
]  # fmt: skip


def things() -> dict[str, Any]:
    """Return good arguments by name."""
    rng = np.random.default_rng(0)
    spec = chip_spec("tiny")
    network, chip = inloop.Network(4, 5, 3), inloop.Chip("tiny")
    spikes = inloop.SpikeBatch.from_events([0, 1], [2, 3], [1e-6, 2e-6], samples=2, units=4)
    grid = make_grid(spec, 5e-6)
    model = inloop.InTheLoop(network, chip, duration_s=5e-6)
    weights = NetworkWeights((rng.random((4, 5), np.float32), rng.random((5, 3), np.float32)), (None,))
    subject = Subject(network.topology, weights, chip, model.grid, spikes, np.arange(2, dtype=np.uint64))
    images, labels = rng.random((20, 4), np.float32), rng.integers(0, 3, 20)
    return {
        "spec": spec, "network": network, "chip": chip, "spikes": spikes, "grid": grid, "model": model,
        "topology": network.topology, "data": Encoded(spikes, torch.tensor([0, 1])), "die": make_die(spec, 0),
        "readout": torch.rand(2, 4, 3, requires_grad=True), "labels": torch.tensor([0, 2]), "images": images,
        "classes": labels, "counts": (torch.ones(2, 5),), "subject": subject, "config": load_config("yin-yang"),
    }  # fmt: skip


def calls() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Return every public callable with good arguments; the first of a method is its object."""
    t = things()
    spread_fields = {field.name: Spread(0.1) for field in fields(inloop.Spreads)}
    die_fields = {field.name: getattr(t["die"], field.name) for field in fields(inloop.Die)}
    events = {"sample": [0, 1], "unit": [1, 2], "time_s": [1e-6, 2e-6], "samples": 2, "units": 4}
    small = {"network": t["network"], "chip": t["chip"], "fidelity": "behavioral", "duration_s": 5e-6}
    loop = {
        "steps_per_sample": 4, "place_crossings": True, "slope": 20.0, "dropout": 0.1, "seed": 0, "device": "cpu",
        "gradient": "measured",
    }  # fmt: skip
    loss = {"readout": t["readout"], "labels": t["labels"], "logit_scale": 1.0}
    forward = {
        "spikes": t["spikes"], "trials": np.arange(2, dtype=np.uint64), "silenced": (np.zeros((2, 5), bool),),
        "record_membranes": True,
    }  # fmt: skip
    return {
        "Chip": (
            inloop.Chip,
            {"spec": "tiny", "die": 1, "calibration": "perfect", "noise": "off", "noise_seed": 2, "quantized": True,
             "imposed": Imposed()},
        ),
        "ChipSpec": (inloop.ChipSpec, {"name": "mine", "columns": 256, "clock_hz": 125e6}),
        "ChipSpec.with_fields": (t["spec"].with_fields, {"weight_bits": 5, "tau_mem_s": 6e-6}),
        "Die": (inloop.Die, die_fields),
        "Die.with_deviations": (t["die"].with_deviations, {"leak_lsb": t["die"].leak_lsb, "tau_mem": t["die"].tau_mem}),
        "InTheLoop": (inloop.InTheLoop, small | loop),
        "InTheLoop.forward": (t["model"], forward),
        "Network": (
            inloop.Network,
            {"inputs": 4, "hidden": (5, 6), "outputs": 3, "recurrent": (True, False), "seed": 1, "scale": 2.0,
             "mean": 1.0, "recurrent_scale": 1.0, "readout_mean": 0.0},
        ),
        "Network.clip_hidden": (t["network"].clip_hidden, {"limit": 2.1}),
        "SpikeBatch.from_events": (inloop.SpikeBatch.from_events, events),
        "SpikeBatch.check_times": (t["spikes"].check_times, {"duration_s": 1e-5}),
        "Spreads": (inloop.Spreads, spread_fields),
        "Spreads.times": (inloop.Spreads().times, {"factor": 2.0}),
        "Spread": (Spread, {"circuit": 0.1, "quadrant": 0.1}),
        "TemporalNoise": (inloop.TemporalNoise, {"membrane_lsb": 1.0, "cadc_lsb": 1.0, "trial_lsb": 1.0}),
        "TemporalNoise.times": (inloop.TemporalNoise().times, {"factor": 2.0}),
        "accuracy": (inloop.accuracy, {"model": t["model"], "data": t["data"]}),
        "evaluate": (evaluate, {"model": t["model"], "data": t["data"], "batch": 2, "meter": False}),
        "load_data": (inloop.load_data, {"preset": "yin-yang", "split": "test", "samples": 2}),
        "Encoded": (Encoded, {"spikes": t["spikes"], "labels": t["labels"]}),
        "Encoded.batches": (lambda **given: next(t["data"].batches(**given)), {"size": 1, "seed": 0}),
        "max_over_time": (inloop.losses.max_over_time, loss),
        "sum_over_time": (inloop.losses.sum_over_time, loss),
        "largest_over_time": (inloop.losses.largest_over_time, {"readout": t["readout"]}),
        "total_over_time": (inloop.losses.total_over_time, {"readout": t["readout"]}),
        "readout_amplitude": (inloop.losses.readout_amplitude, {"readout": t["readout"]}),
        "burst": (inloop.losses.burst, {"counts": t["counts"]}),
        "homeostatic": (inloop.losses.homeostatic, {"counts": t["counts"], "target": 1.0}),
        "make_die": (make_die, {"spec": t["spec"], "seed": 0, "calibration": "perfect"}),
        "spreads_of": (spreads_of, {"calibration": "perfect"}),
        "Imposed": (Imposed, {"tau_mem": 0.1, "tau_syn": 0.1, "threshold": 0.1}),
        "impose": (impose, {"die": t["die"], "spec": t["spec"], "imposed": Imposed()}),
        "chip_spec": (chip_spec, {"preset": "bss2"}),
        "make_grid": (
            make_grid, {"spec": t["spec"], "duration_s": 5e-6, "steps_per_sample": 4, "place_crossings": True},
        ),
        "Population": (
            inloop.Population,
            {"name": "a", "size": 3, "kind": "lif", "circuits": 2, "columns": (1, 2, 3), "tau_mem_s": 5e-6,
             "tau_syn_exc_s": (5e-6, 5e-6, 6e-6), "leak": 0.1, "reset": -0.1, "threshold": 0.9, "refractory_s": 1e-6},
        ),
        "Source": (inloop.Source, {"name": "a", "size": 3}),
        "LIF": (inloop.LIF, {"name": "a", "size": 3}),
        "LI": (inloop.LI, {"name": "a", "size": 3}),
        "Projection": (
            inloop.Projection,
            {"source": "a", "target": "b", "mask": np.ones((3, 3), bool), "sign": "excitatory", "trainable": True,
             "name": "c"},
        ),
        "Graph": (inloop.Graph, {"populations": GRAPH.populations, "projections": GRAPH.projections}),
        "GraphNetwork": (
            inloop.GraphNetwork, {"graph": GRAPH, "seed": 0, "scale": 1.0, "mean": 1.0, "readout_mean": 1.0},
        ),
        "Topology": (Topology, {"inputs": 4, "hidden": (5,), "outputs": 3, "recurrent": (False,)}),
        "Topology.parse": (Topology.parse, {"text": "4-5-3"}),
        "open_level": (
            open_level, {"fidelity": "ideal", "topology": t["topology"], "chip": t["chip"], "grid": t["grid"]},
        ),
        "membrane": (t["model"](t["spikes"], record_membranes=True).observation.membrane, {"layer": 0}),
        "spike_batch": (t["model"](t["spikes"]).observation.spike_batch, {"layer": 0}),
        "random_subject": (random_subject, {"samples": 2, "recurrent": False, "seed": 0, "die": 0}),
        "agree": (agree, {"subject": t["subject"], "levels": ["behavioral", "ideal"], "fine_steps": 4}),
        "load_config": (load_config, {"preset": "yin-yang", "changes": {"training.epochs": 1}}),
        "parse_config": (parse_config, {"values": t["config"].model_dump()}),
        "Bss1Chip": (Bss1Chip, {"die": 0, "writes": 1}),
        "reduced": (reduced, {"name": "mnist", "split": "nowhere", "side": 10, "margin": 0, "digits": (0, 1)}),
        "train_relu": (
            train_relu, {"images": t["images"], "labels": t["classes"], "sizes": (4, 5, 3), "epochs": 1, "seed": 0},
        ),
        "repair": (repair, {}),
    }  # fmt: skip


CALLS = calls()


def test_every_public_name_takes_part() -> None:
    losses = [name for name, value in vars(inloop.losses).items() if inspect.isfunction(value) and name[0] != "_"]
    kinds = {name for name in dir(inloop) if not isinstance(getattr(inloop, name), ModuleType)}
    own = {name for name in kinds if not name.endswith(("Error", "Warning", "SpikeBatch"))} | set(losses)
    assert own - {"checked", "collate", "cross_entropy", "dataclass"} <= CALLS.keys()


def wrong(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    _, good = CALLS[name]
    for argument in good:
        yield f"without {argument}", {key: value for key, value in good.items() if key != argument}
        for odd in ODD:
            if argument == "epochs" and isinstance(odd, int) and odd > 3:
                continue  # right, and long
            yield (
                f"{argument} = {'Hostile' if isinstance(odd, Hostile) else type(odd).__name__}",
                good | {argument: odd},
            )
    yield "unknown", good | {"unknown": 1}


def raised(function: Callable[..., Any], given: dict[str, Any]) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd may well be warned of
        try:
            function(**given)
        except Exception as error:
            return error
    return None


@pytest.mark.parametrize("name", CALLS)
def test_a_result_or_one_sentence(name: str) -> None:
    function, _ = CALLS[name]
    raw: dict[str, list[str]] = {}
    for what, given in wrong(name):
        error = raised(function, given)
        if error is not None and not (isinstance(error, InloopError) and str(error).isprintable()):
            raw.setdefault(f"{type(error).__name__}: {str(error)[:90]}", []).append(what)
        assert len(str(error)) <= LONGEST or raw
    assert not raw, "\n".join(f"{error} ← {', '.join(where)}" for error, where in raw.items())


@pytest.mark.parametrize("name", CALLS)
def test_unknown_arguments(name: str) -> None:
    function, good = CALLS[name]
    error = raised(function, good | {"unknown": 1})
    assert isinstance(error, ArgumentError), "Python's own kind of error, with a sentence"
    assert "unknown" in str(error)


def test_sentences_name_what_is_allowed() -> None:
    network = inloop.Network(4, 5, 3)
    for function, given, sentence in (
        (inloop.InTheLoop, {"network": network, "chip": "bss2"}, "chip = 'bss2' must be of type Chip, for instance"),
        (inloop.ChipSpec, {"weigth_bits": 4}, "unknown argument 'weigth_bits'; did you mean weight_bits?"),
        (inloop.Network, {"inputs": 4, "hidden": 5}, "missing a required argument: 'outputs'"),
        (inloop.Chip, {"die": "7"}, "die = '7' must be a whole number"),
        (inloop.Chip, {"noise": 7}, "Chip: noise = 7 must be a text or of type TemporalNoise"),
        (inloop.Chip, {"typo": 7}, "unknown argument 'typo'; it takes spec, die,"),
    ):
        assert sentence in str(raised(function, given))
    model = inloop.InTheLoop(network, inloop.Chip("tiny"))
    assert "must be of type SpikeBatch, for instance inloop.SpikeBatch.from_events(…)" in str(
        raised(model, {"spikes": torch.zeros(2, 3, 4)})
    )
    two = inloop.SpikeBatch.from_events([0], [0], [0.0], samples=2, units=4)
    assert "trials of shape (1,) must be one noise counter per sample: (2,)" in str(
        raised(model, {"spikes": two, "trials": [0]})
    )
