"""What every level promises, on a mismatched, noisy and quantised chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch, to_grid
from inloop.behavioral.grid import TimeGrid, make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.chip import Chip
from inloop.cosim.levels import FIDELITIES, check_fidelity, open_level
from inloop.cosim.observation import Level, Observation
from inloop.errors import ConfigError, DoesNotFitError, SpikeError

from examples.own_level import OverSocket

ALSO = (OverSocket.fidelity.name,)
"""A level that is not of the package promises the same."""
SPEC = chip_spec("bss2")
GRID = make_grid(SPEC, 12e-6)
FLAT, LOOPED = Topology(20, (40,), 5, (False,)), Topology(20, (40,), 5, (True,))
PERFECT = Chip(SPEC, calibration="perfect", noise="off")
WEIGHTS = NetworkWeights((np.ones((20, 40)), np.ones((40, 5))), (None,))


def trials(samples: int) -> np.ndarray:
    return np.arange(samples, dtype=np.uint64) + np.uint64(11)


def nothing(samples: int = 3, units: int = 20) -> SpikeBatch:
    return SpikeBatch.from_events([], [], [], samples=samples, units=units)


@pytest.fixture
def level(fidelity: str) -> Level:
    return open_level(fidelity, LOOPED, Chip(SPEC, die=3), GRID)


@pytest.fixture
def case(make_weights: Any, make_spikes: Any) -> tuple[SpikeBatch, NetworkWeights]:
    return make_spikes(LOOPED, GRID, 120), make_weights(LOOPED, dtype=np.float32)


def assert_same(one: Observation, two: Observation, pick: Any = slice(None)) -> None:
    """`two` saw the samples `pick` of `one`."""
    for k, (a, b) in enumerate(zip(one.spikes, two.spikes, strict=True)):
        np.testing.assert_array_equal(a.dense()[pick], b.dense())
        np.testing.assert_array_equal(one.membrane(k)[pick], two.membrane(k))
    np.testing.assert_array_equal(one.readout[pick], two.readout)


def test_the_parts_of_an_observation(level: Level, case: Any, manner: Any) -> None:
    seen = level.run(*case, trials(120))
    records = GRID.steps // seen.period
    assert [s.dense().shape for s in seen.spikes] == [(120, GRID.steps, 40)]
    assert seen.membrane(0).shape == (120, records, 40)
    assert seen.readout.shape == (120, records, 5)
    assert seen.readout.dtype == seen.membrane(0).dtype == np.float32
    assert seen.counters.keys() == {"input_events", "hidden_spikes", *manner.counters}
    assert seen.counters["input_events"] == 120 * 30
    assert seen.counters["hidden_spikes"] == seen.spikes[0].counts().sum()
    assert seen.counters["hidden_spikes"] > 500
    assert seen.chip_time_s == pytest.approx(120 * GRID.duration_s)


def test_a_run_repeats_bit_for_bit(level: Level, case: Any) -> None:
    assert_same(level.run(*case, trials(120)), level.run(*case, trials(120)))


def test_the_order_and_company_of_samples_do_not_matter(level: Level, case: Any) -> None:
    spikes, weights = case
    everything = level.run(spikes, weights, trials(120))
    for pick in (np.random.default_rng(0).permutation(120), np.array([7]), np.array([119, 3, 64, 3])):
        assert_same(everything, level.run(spikes.select(pick), weights, trials(120)[pick]), pick)


def test_the_threads_do_not_matter(level: Level, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "1")
    alone = level.run(*case, trials(120))
    monkeypatch.setenv("INLOOP_THREADS", "3")
    assert_same(alone, level.run(*case, trials(120)))


def test_events_on_the_grid_act_at_the_beginning_of_their_step(level: Level, case: Any) -> None:
    spikes, weights = case
    on_grid = to_grid(spikes, GRID)
    sample, step, unit = on_grid.table()
    begins = SpikeBatch.from_events(sample, unit, step * GRID.step_s, samples=120, units=20)
    assert_same(level.run(on_grid, weights, trials(120)), level.run(begins, weights, trials(120)))


def test_membranes_are_optional(level: Level, case: Any) -> None:
    full, lean = (level.run(*case, trials(120), record_membranes=keep) for keep in (True, False))
    np.testing.assert_array_equal(full.readout, lean.readout)
    np.testing.assert_array_equal(full.spikes[0].dense(), lean.spikes[0].dense())


def test_silenced_neurons_never_spike(level: Level, case: Any) -> None:
    silent = np.random.default_rng(0).random((120, 40)) < 0.3
    counts = level.run(*case, trials(120), (silent,)).spikes[0].counts()
    free = level.run(*case, trials(120)).spikes[0].counts()
    assert not counts[silent].any()
    assert free[silent].sum() > 100
    assert counts[~silent].sum() > 100


def test_silence_leaves_the_network_at_rest(fidelity: str) -> None:
    seen = open_level(fidelity, FLAT, PERFECT, GRID).run(nothing(), WEIGHTS, trials(3))
    assert not seen.spikes[0].counts().any()
    assert not seen.membrane(0).any()
    assert not seen.readout.any()


def test_silence_on_a_mismatched_chip_shows_its_offsets_alone(fidelity: str) -> None:
    chip = Chip(SPEC.with_fields(start_at_reset=0), die=3, noise="off")
    seen = open_level(fidelity, FLAT, chip, GRID).run(nothing(), WEIGHTS, trials(3))
    assert not seen.spikes[0].counts().any()
    np.testing.assert_array_equal(seen.membrane(0), np.broadcast_to(seen.membrane(0)[:1, :1], seen.membrane(0).shape))
    if fidelity != "ideal":
        np.testing.assert_allclose(seen.membrane(0)[0, 0] * 70 + 80, read_out(chip, rest_lsb(chip)), atol=0.501)


def rest_lsb(chip: Chip) -> np.ndarray:
    """Where the neurons of the first 40 columns rest: the leak, moved by the offset currents over the conductance."""
    die = chip.die
    currents = (die.gain_exc * die.offset_exc - die.gain_inh * die.offset_inh).sum(axis=0)
    return np.asarray(80 + die.leak_lsb[0] + 70 * currents / die.leak_conductance[0])[:40]


def read_out(chip: Chip, membrane_lsb: np.ndarray) -> np.ndarray:
    return np.asarray(chip.die.cadc_gain[0, :40] * membrane_lsb + chip.die.cadc_offset_lsb[0, :40])


def test_a_sample_starts_at_the_reset_of_each_circuit(fidelity: str) -> None:
    chip = Chip(SPEC, die=3, noise="off")
    seen = open_level(fidelity, FLAT, chip, GRID).run(nothing(), WEIGHTS, trials(3))
    if fidelity == "ideal":
        assert not seen.membrane(0).any()
        return
    reset, rest = 80 + chip.die.reset_lsb[0, :40], rest_lsb(chip)
    time_s = SPEC.cadc_period_s * np.arange(1, GRID.samples + 1)[:, None]
    membrane = rest + (reset - rest) * np.exp(-time_s / (SPEC.tau_mem_s * chip.die.tau_mem[0, :40]))
    np.testing.assert_allclose(seen.membrane(0)[0] * 70 + 80, read_out(chip, membrane), atol=0.501)
    assert np.abs(reset - rest).max() > 15


@pytest.mark.parametrize("start_at_reset", [0, 1])
def test_a_nominal_reset_beside_the_leak_is_seen_alike(start_at_reset: int, fidelity: str) -> None:
    """Hidden membranes and readout of a perfect chip go from reset to leak at all levels, in software units."""
    spec = SPEC.with_fields(reset_lsb=59.0, start_at_reset=start_at_reset)
    chip = Chip(spec, calibration="perfect", noise="off")
    seen = open_level(fidelity, FLAT, chip, GRID).run(nothing(), WEIGHTS, trials(3))
    time_s = seen.period * GRID.step_s * np.arange(1, seen.readout.shape[1] + 1)[None, :, None]
    course = -21 * start_at_reset * np.exp(-time_s / SPEC.tau_mem_s)
    code = 0.501 if fidelity != "ideal" else 1e-9
    np.testing.assert_allclose(seen.membrane(0), course / 70 + np.zeros((3, 1, 40)), atol=code / 70)
    lsb = (
        70 * SPEC.readout_gain * SPEC.weight_max / SPEC.weight_lsb_per_unit
    )  # the readout's weights of 1 are full scale
    np.testing.assert_allclose(seen.readout, course / lsb + np.zeros((3, 1, 5)), atol=code / lsb)


@pytest.mark.parametrize("sign", [1, -1])
def test_overload_stays_within_the_rails(sign: int, fidelity: str) -> None:
    step, unit = np.meshgrid(np.arange(GRID.steps), np.arange(20))
    events = (np.zeros(step.size), unit.ravel(), (step.ravel() + 0.5) * GRID.step_s)
    spikes = SpikeBatch.from_events(*events, samples=1, units=20)
    weights = NetworkWeights((np.full((20, 40), 2.0 * sign), np.full((40, 5), 2.0)), (np.full((40, 40), 2.0 * sign),))
    seen = open_level(fidelity, LOOPED, PERFECT, GRID).run(spikes, weights, trials(1))
    membrane = seen.membrane(0)
    assert np.isfinite(membrane).all()
    assert np.isfinite(seen.readout).all()
    if fidelity != "ideal":
        assert membrane.min() >= (25 - 80.5) / 70
        assert membrane.max() <= (228 + 0.5 - 80) / 70
    rest = SPEC.refractory_s / GRID.step_s
    if sign > 0:
        assert np.ptp(seen.spikes[0].counts()) == 0
        assert GRID.steps // (rest + 3) <= seen.spikes[0].counts()[0, 0] <= GRID.steps // rest + 1
    else:
        assert not seen.spikes[0].counts().any()


def test_a_recurrent_loop_sustains_activity(fidelity: str) -> None:
    topology = Topology(8, (12,), 2, (True,))
    grid = make_grid(SPEC, 100e-6)
    spikes = SpikeBatch.from_events([0] * 8, range(8), [1e-7] * 8, samples=1, units=8)
    for loop, late in ((2.0, True), (0.0, False)):
        weights = NetworkWeights((np.full((8, 12), 2.0), np.ones((12, 2))), (np.full((12, 12), loop),))
        seen = open_level(fidelity, topology, PERFECT, grid).run(spikes, weights, trials(1))
        dense = seen.spikes[0].dense()[0]
        assert dense[: grid.steps // 5].any()
        assert dense[-grid.steps // 5 :].any() == late


def test_single_and_double_precision_agree(level: Level, case: Any) -> None:
    spikes, weights = case
    double = NetworkWeights(
        tuple(w.astype(np.float64) for w in weights.forward),
        tuple(None if w is None else w.astype(np.float64) for w in weights.recurrent),
    )
    one, two = level.run(spikes, weights, trials(120)), level.run(spikes, double, trials(120))
    assert two.readout.dtype == np.float64
    equal = (one.spikes[0].dense() == two.spikes[0].dense()).all(axis=(1, 2))
    assert equal.mean() > 0.9
    difference = np.abs(one.readout[equal] - two.readout[equal])
    assert np.quantile(difference, 0.99) < 1e-4 * np.abs(two.readout).max()


def test_weights_beyond_the_limit_of_a_level_change_nothing(fidelity: str, make_spikes: Any) -> None:
    level = open_level(fidelity, FLAT, PERFECT, GRID)
    spikes = make_spikes(FLAT, GRID, 20, per_sample=5)
    largest = level.weight_limit if np.isfinite(level.weight_limit) else 2.1
    runs = [
        level.run(spikes, NetworkWeights((np.full((20, 40), weight), np.ones((40, 5))), (None,)), trials(20))
        for weight in (0.9 * largest, largest, 3 * largest)
    ]
    first, second, third = (run.membrane(0) for run in runs)
    assert (first != second).any()
    assert (second != third).any() == np.isinf(level.weight_limit)


def bad_runs() -> dict[str, tuple[Callable[[Level], Any], type[Exception], str]]:
    def run(spikes: SpikeBatch, silenced: Any = None) -> Callable[[Level], Any]:
        return lambda level: level.run(spikes, WEIGHTS, trials(3), silenced)

    late = SpikeBatch.from_events([2], [4], [GRID.duration_s], samples=3, units=20)
    return {
        "channels": (run(nothing(units=21)), SpikeError, "spikes have 21 channels, the network has 20 inputs"),
        "late": (run(late), SpikeError, r"\(sample 2, channel 4\) must be non-negative and below"),
        "empty": (run(nothing(samples=0)), SpikeError, "no samples"),
        "mask": (run(nothing(), (np.zeros((3, 41), bool),)), ConfigError, r"silenced\[0\] has shape \(3, 41\)"),
    }


@pytest.mark.parametrize("name", sorted(bad_runs()))
def test_what_does_not_fit_the_network_is_refused(name: str, fidelity: str) -> None:
    action, error, message = bad_runs()[name]
    with pytest.raises(error, match=message):
        action(open_level(fidelity, FLAT, PERFECT, GRID))


def test_a_network_larger_than_the_chip_is_refused_with_numbers(fidelity: str) -> None:
    large = Topology(10, (250,), 10, (False,))
    with pytest.raises(DoesNotFitError, match=r"10-250-10 needs 260 neurons, chip 'bss2' has 256 columns .* 4 neurons"):
        open_level(fidelity, large, PERFECT, GRID)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ConfigError, match=f"unknown fidelity 'analog'; known: {', '.join(FIDELITIES)}"):
        open_level("analog", FLAT, PERFECT, TimeGrid(1e-6, 4, 4))
    assert [check_fidelity(name) for name in FIDELITIES] == list(FIDELITIES)
