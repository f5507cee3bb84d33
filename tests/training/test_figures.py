"""The figures are drawn for all levels and networks, and a folder that cannot be written is reported as such."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
import torch
from inloop.behavioral.bss2.die import make_die
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.chip_map import chip_map
from inloop.cosim.bss2.placement import route
from inloop.errors import StorageError
from inloop.training.config import load_config
from inloop.training.decision import read_as
from inloop.training.evaluate import TEST_TRIALS, evaluate
from inloop.training.figures import draw_die, draw_run, sample, style
from inloop.training.figures.learning import draw_learning
from inloop.training.figures.placement import draw_placement
from inloop.training.figures.weights import draw_weights
from inloop.training.loop import Trainer, build_model, closing_result
from inloop.training.problem import Problem
from inloop.training.run_folder import RunFolder
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def trained(folder: Path, **changes: Any) -> Trainer:
    """Return a trainer after a short training run, with its result written."""
    fields = {"training.epochs": 1, "training.samples": 100, "training.keep": "last", "network.hidden": [20], **changes}
    config = load_config("yin-yang", fields)
    problem = Problem(config)
    trainer = Trainer(
        config, problem, build_model(config, problem.inputs, problem.classes), RunFolder.create(config, folder)
    )
    trainer.run.write_result(closing_result(config, trainer.fit(), folder))
    return trainer


@pytest.fixture(scope="module")
def trained_on(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Trainer]:
    """Return a function that gives a trained run on a level, the same one for all tests."""
    return cache(lambda level: trained(tmp_path_factory.mktemp(level), fidelity=level))


@pytest.fixture
def trainer(request: pytest.FixtureRequest, trained_on: Callable[[str], Trainer], tmp_path: Path) -> Trainer:
    """Return a trained run on the level of the test, `behavioral` if it has none, in a folder of its own."""
    level = request.getfixturevalue("fidelity") if "fidelity" in request.fixturenames else "behavioral"
    moved = copy.copy(trained_on(level))
    moved.run = RunFolder(tmp_path / "run")
    moved.run.path.mkdir()
    moved.run.write_result({"test_accuracy": 50.0})
    return moved


def check_picture(path: Path) -> None:
    """Check that a file is a PNG of the common width, with ink on all sides and a free margin."""
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    dark = matplotlib.image.imread(path)[..., :3].min(axis=2) < 0.9
    assert dark.shape[1] == round(style.WIDTH_IN * style.DPI)
    assert dark.mean() > 0.005
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    assert rows[0] > 0
    assert rows[-1] < dark.shape[0] - 1
    assert columns[0] > 0
    assert columns[-1] < dark.shape[1] - 1
    assert np.ptp(rows) > 0.9 * dark.shape[0]
    assert np.ptp(columns) > 0.9 * dark.shape[1]


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Collect the figures that are drawn."""
    seen: list[Figure] = []
    original = Figure.savefig

    def save(self: Figure, *args: Any, **kwargs: Any) -> None:
        seen.append(self)
        original(self, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", save)
    return seen


def texts(axes: Axes) -> str:
    return "\n".join([axes.get_title(), axes.get_title("left"), *(text.get_text() for text in axes.texts)])


@pytest.mark.parametrize(
    "changes",
    [
        {"network.hidden": [20]},
        {"network.hidden": [20, 12], "network.recurrent": True},
        {"training.loss": "sum-over-time", "training.keep": "best", "training.epochs": 2},
        {"chip.preset": "tiny", "network.hidden": [4], "encoding.repetitions": 1},
    ],
    ids=["plain", "two recurrent layers", "sum over time", "tiny chip"],
)
def test_run_has_all_figures(fidelity: str, changes: dict[str, Any], tmp_path: Path) -> None:
    trainer = trained(tmp_path / "run", fidelity=fidelity, **changes)
    files = draw_run(trainer)
    names = ["learning", "sample", "weights", *([] if fidelity == "ideal" else ["die"])]
    assert files == [tmp_path / "run" / "figures" / f"{name}.png" for name in names]
    assert sorted((tmp_path / "run" / "figures").iterdir()) == sorted(files)
    for file in files:
        check_picture(file)


def test_drawing_leaves_the_run_as_it_was(trainer: Trainer) -> None:
    before = evaluate(trainer.model, trainer.problem.split("test", 50), meter=False).accuracy
    trials, mode = int(trainer.model.trials_run), trainer.model.training
    draw_run(trainer)
    assert int(trainer.model.trials_run) == trials
    assert trainer.model.training == mode
    assert evaluate(trainer.model, trainer.problem.split("test", 50), meter=False).accuracy == before


def test_figures_are_drawn_again_over_old_ones(trainer: Trainer) -> None:
    first = {file: file.read_bytes() for file in draw_run(trainer)}
    assert {file: file.read_bytes() for file in draw_run(trainer)} == first


@pytest.mark.parametrize("result", [None, "{", "[]", "{}", '{"test_accuracy": null}'])
def test_learning_without_readable_result(result: str | None, trainer: Trainer, figures: list[Figure]) -> None:
    file = trainer.run.path / "result.json"
    file.unlink()
    if result is not None:
        file.write_text(result)
    draw_run(trainer)
    assert [text.get_text() for text in figures[0].legends[0].get_texts()] == ["training"]


def test_learning_shows_metrics_and_test_accuracy(tmp_path: Path, figures: list[Figure]) -> None:
    rows = [
        {
            "epoch": k,
            "train_loss": 2.0 / k**2,
            "train_accuracy": 90.0 + k,
            "validation_accuracy": 89.0 + k,
            "hidden_spikes": 50.0 - k,
        }
        for k in range(1, 7)
    ]
    draw_learning(rows, 94.321, tmp_path / "learning.png")
    loss, accuracy, activity = figures[0].axes
    np.testing.assert_allclose(loss.lines[0].get_ydata(), [row["train_loss"] for row in rows])
    assert loss.get_yscale() == "log"
    np.testing.assert_allclose(accuracy.lines[1].get_ydata(), [row["validation_accuracy"] for row in rows])
    np.testing.assert_allclose(activity.lines[0].get_ydata(), [row["hidden_spikes"] for row in rows])
    labels = [text.get_text() for text in figures[0].legends[0].get_texts()]
    assert labels == ["training", "validation", "test 94.3 %"]


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 0.0])
def test_learning_of_a_run_that_went_wrong(loss: float, tmp_path: Path) -> None:
    row = {"epoch": 1, "train_loss": loss, "train_accuracy": 0.0, "hidden_spikes": 0.0}
    draw_learning([row, {**row, "epoch": 2}], None, tmp_path / "learning.png")
    check_picture(tmp_path / "learning.png")


def test_sample_shows_what_the_level_did(fidelity: str, trainer: Trainer, figures: list[Figure]) -> None:
    assert trainer.model.fidelity == fidelity
    draw_run(trainer)
    inputs, hidden, membranes, readout = figures[1].axes
    data = trainer.problem.split("test", 1)
    trainer.model.eval()
    observed = trainer.model(data.spikes, np.array([TEST_TRIALS], np.uint64))
    np.testing.assert_allclose(inputs.lines[0].get_xdata(), 1e6 * data.spikes.time_s)
    assert len(hidden.lines[0].get_xdata()) == int(observed.spike_counts[0].sum())
    shown = sorted(float(np.sum(line.get_ydata())) for line in readout.lines if len(line.get_xdata()) > 2)
    values = read_as(observed, trainer.config.training.loss)[0].detach()
    np.testing.assert_allclose(shown, np.sort(values.sum(dim=0).numpy()), rtol=1e-4, atol=1e-4)
    decided = int(values.amax(dim=0).argmax())
    assert f"class {decided} decided" in inputs.get_title("left")
    assert ("correct" in inputs.get_title("left")) == (decided == int(data.labels[0]))
    assert "nominal threshold" in texts(membranes)
    last = trainer.model.grid.duration_s * 1e6
    assert all(line.get_xdata()[-1] == pytest.approx(last) for line in readout.lines if len(line.get_xdata()) > 2)


@pytest.mark.parametrize("sign", [-1, 1], ids=["silent", "busy"])
def test_sample_of_a_silent_and_of_a_busy_network(fidelity: str, sign: int, tmp_path: Path) -> None:
    config = load_config("yin-yang", {"fidelity": fidelity, "network.hidden": [1]})
    model = build_model(config, 25, 3)
    with torch.no_grad():
        for weight in model.network.parameters():
            weight.fill_(sign)
    data = Problem(config).split("test", 1)
    sample.draw_sample(model, data, "max-over-time", tmp_path / "sample.png")
    check_picture(tmp_path / "sample.png")


def test_weights_are_counted_as_codes(tmp_path: Path, figures: list[Figure]) -> None:
    spec = chip_spec("bss2")
    hidden = np.array([[0.0, 1.0], [-9.0, 9.0]]) * (1 / spec.weight_lsb_per_unit)
    forward = (hidden * 100, np.array([[0.5], [-1.0]]))
    draw_weights(NetworkWeights(forward, (None,)), spec, tmp_path / "weights.png")
    check_picture(tmp_path / "weights.png")
    first, second = figures[0].axes
    assert first.get_title() == "input to hidden, 2 × 2"
    heights = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in first.patches}
    assert {code: count for code, count in heights.items() if count} == {-63: 1, 0: 1, 63: 2}
    assert "at −63: 25 %" in texts(first)
    assert "at +63: 50 %" in texts(first)
    assert "at −63: 50 %" in texts(second)


@pytest.mark.parametrize("preset", ["bss2", "tiny"])
@pytest.mark.parametrize("calibration", ["perfect", "calibrated", "uncalibrated"])
def test_die(preset: str, calibration: str, tmp_path: Path, figures: list[Figure]) -> None:
    die = make_die(chip_spec(preset), 3, calibration)
    draw_die(die, tmp_path / "new" / "die.png")
    check_picture(tmp_path / "new" / "die.png")
    written = "\n".join(texts(axes) for axes in figures[0].axes)
    assert f"die 3, {calibration}" in written
    assert f"σ = {die.threshold_lsb.std():.1f} LSB" in written
    assert f"σ = {die.driver_gain.std():.3f}" in written
    held = {axes.get_title(): sum(axes.patches[0].get_data().values) for axes in figures[0].axes if axes.patches}
    assert len(held) == 13
    assert held.pop("synapse driver gain") == die.driver_gain.size
    assert set(held.values()) == {die.tau_mem.size}


def test_die_with_an_imposed_deviation(tmp_path: Path) -> None:
    die = make_die(chip_spec("tiny"), 0, "perfect")
    far = die.with_deviations(tau_mem=np.full_like(die.tau_mem, 7.5), leak_lsb=np.full_like(die.leak_lsb, -300.0))
    draw_die(far, tmp_path / "die.png")
    check_picture(tmp_path / "die.png")


@pytest.mark.parametrize("topology", ["256-246-10", "70-186r-20", "8-5r-3-3"])
def test_placement(topology: str, tmp_path: Path, figures: list[Figure]) -> None:
    spec = chip_spec("bss2") if topology != "8-5r-3-3" else chip_spec("tiny").with_fields(hemispheres=1, rows=32)
    found = chip_map(route(Topology.parse(topology), spec))
    draw_placement(found, tmp_path / "map.png")
    check_picture(tmp_path / "map.png")
    arrays = [axes for axes in figures[0].axes if axes.get_title("left").startswith("synapses")]
    assert len(arrays) == spec.hemispheres
    for axes, synapses in zip(arrays, found.synapses, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), synapses)
    crossbar = next(axes for axes in figures[0].axes if axes.get_title("left") == "crossbar")
    assert [len(line.get_xdata()) for line in crossbar.lines[:3]] == [
        (found.nodes > 0).sum(), (found.open_nodes & (found.nodes == 0)).sum(), (~found.open_nodes).sum(),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "write", [draw_run, lambda trainer: draw_die(trainer.model.chip.die, trainer.run.figures / "d")]
)
def test_folder_that_cannot_be_written(write: Callable[[Trainer], Any], trainer: Trainer) -> None:
    trainer.run.figures.write_text("in the way")
    with pytest.raises(StorageError, match="cannot write"):
        write(trainer)
    assert trainer.run.figures.read_text() == "in the way"


def test_style_of_the_caller_is_left_alone(tmp_path: Path) -> None:
    with matplotlib.rc_context({"font.size": 31.0, "axes.facecolor": "black"}):
        before = dict(matplotlib.rcParams)
        draw_die(make_die(chip_spec("tiny"), 0), tmp_path / "a.png")
        assert dict(matplotlib.rcParams) == before
    draw_die(make_die(chip_spec("tiny"), 0), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
