"""The twin: latencies, losses, order and conservation of events; lock-step equals the open loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.advance import new_log, step
from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.drivers import arriving, wires
from inloop.behavioral.bss1.fabric.result import LOSSES
from inloop.behavioral.bss1.fabric.run import run_fabric
from inloop.behavioral.bss1.fabric.stimulus import stimulus, traffic
from inloop.behavioral.bss1.fabric.tree import clear, path_constants, path_state
from inloop.behavioral.bss1.fabric.wiring import TREE, encoder_place
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.numerics.compiled import kernel
from inloop.errors import ConfigError, SpikeError

from tests.behavioral.bss1.fabric.storms import storm

SPEC = bss1_spec("bss1-tiny")
BIG = bss1_spec("bss1")


ARRIVING = ("closed", "expired", "full", "collided")


def at(block: int, index: int) -> int:
    """Return the circuit of the big chip at an index of a block."""
    encoder, place = encoder_place(BIG, np.arange(BIG.circuits))
    return int(np.flatnonzero((encoder == block) & (place == index))[0])


def open_config(spec: Bss1Spec, encoders: int = 1) -> FabricConfig:
    config = FabricConfig.default(spec).sharing(encoders)
    _, index = encoder_place(spec, np.arange(spec.circuits))
    config = config.with_section("neurons", enable=1, address=index)
    config = config.with_section("lines", enable=1)
    return config.with_section("drivers", enable=1, line=np.arange(spec.sides * spec.drivers) % 8)


def test_a_spike_meets_the_synapses_after_60_ns() -> None:
    """On the shortest way; the time measured on the chip."""
    seen = run_fabric(BIG, open_config(BIG), stimulus(BIG), 40, [(3, at(7, 63))])
    assert seen.outputs.tolist() == [[9, 0, 63]]
    assert {row[0] for row in seen.pulses.tolist()} == set()  # address 63 matches no decoder that is 0
    config = open_config(BIG).with_section("drivers", top_odd=3)
    seen = run_fabric(BIG, config, stimulus(BIG), 40, [(3, at(7, 63))])
    assert {(row[0], row[2], row[3]) for row in seen.pulses.tolist()} == {(15, 0b1000, 15)}
    assert [row[1] for row in seen.pulses.tolist()] == list(range(7, 224, 8))
    assert (15 - 3) / BIG.clock_hz == pytest.approx(60e-9)


@pytest.mark.parametrize(("block", "channel", "more"), [(7, 0, 0), (6, 1, 2), (5, 2, 4), (3, 4, 6), (1, 6, 2)])
def test_each_further_merger_takes_two_cycles(block: int, channel: int, more: int) -> None:
    seen = run_fabric(BIG, open_config(BIG), stimulus(BIG), 40, [(0, at(block, 5))])
    assert seen.outputs.tolist() == [[6 + more, channel, 5]]


def test_an_encoder_sends_every_second_cycle_the_lowest_first() -> None:
    seen = run_fabric(BIG, open_config(BIG), stimulus(BIG), 200, [(0, at(7, n)) for n in range(64)])
    assert seen.outputs[:, 2].tolist() == list(range(64))
    assert np.diff(seen.outputs[:, 0]).tolist() == [2] * 63
    assert seen.lost == 0


def test_a_neuron_that_fires_again_too_soon_is_lost() -> None:
    fires = [(cycle, neuron) for cycle in (0, 1, 2, 3) for neuron in (at(7, 0), at(7, 1))]
    seen = run_fabric(BIG, open_config(BIG), stimulus(BIG), 60, fires)
    # neuron 0 is chosen in 1 and 3, neuron 1 waits behind it
    assert seen.losses["encoder_lost"].tolist() == [0] * 7 + [4]
    assert len(seen.outputs) + seen.lost == len(fires)


def test_mergers_are_fair() -> None:
    """Two generators at full rate and slow mergers: each gets half, in turn."""
    config = open_config(BIG, 2).with_section("background", enable=1, period=0, address=np.arange(8))
    seen = run_fabric(BIG, config, stimulus(BIG), 400)
    for channel in (1, 2, 4, 6):
        addresses = seen.outputs[seen.outputs[:, 1] == channel, 2]
        assert len(addresses) > 380
        assert set(np.abs(np.diff(addresses)).tolist()) == {1}
    slow = run_fabric(BIG, config.with_section("mergers", slow=1), stimulus(BIG), 400)
    for channel in (1, 2, 4, 6):
        at = slow.outputs[slow.outputs[:, 1] == channel, 0]
        assert set(np.diff(at).tolist()) == {2}
        assert len(at) > 190


def test_a_busy_input_is_overwritten() -> None:
    """A generator faster than its slow merger loses every second event, and only there."""
    config = open_config(BIG).with_section("background", enable=np.arange(8) == 3, period=0)
    config = config.with_section("mergers", slow=np.arange(23) == 3)
    seen = run_fabric(BIG, config, stimulus(BIG), 1001)
    assert seen.losses["background_overwritten"].tolist() == [0, 0, 0, seen.lost, 0, 0, 0, 0]
    assert abs(seen.lost - 500) < 5


def test_an_unselected_input_is_discarded_without_a_count() -> None:
    config = open_config(BIG).with_section("mergers", merge=0, select=np.arange(23) == 0)
    config = config.with_section("background", enable=1, period=9)
    seen = run_fabric(BIG, config, stimulus(BIG), 200, [(0, at(7, 63)), (0, at(3, 1))])
    assert seen.lost == 0
    assert set(seen.outputs[:, 1].tolist()) == {0}  # the generator of merger 0
    assert 63 not in seen.outputs[:, 2]


def test_a_release_that_meets_an_occupied_dnc_merger_is_refused() -> None:
    config = open_config(BIG).with_section("channels", enable=1, to_chip=1)
    config = config.with_section("mergers", merge=1, slow=np.arange(23) >= TREE)
    config = config.with_section("background", enable=1, period=1)
    words = [(n, 0, n % 64, n + 3) for n in range(0, 400, 2)]
    seen = run_fabric(BIG, config, stimulus(BIG, words), 500)
    refused = int(seen.losses["link_refused"][0])
    assert 80 < refused < 120
    assert seen.lost == refused + int(seen.losses["background_overwritten"].sum())


def test_stamps_decide_when_words_leave() -> None:
    config = open_config(BIG).with_section("channels", enable=1, to_chip=1).with_section("mergers", merge=0, select=1)
    words = [(-5, 2, 7, 20), (-4, 2, 9, 21), (-3, 0, 1, 20)]
    seen = run_fabric(BIG, config, stimulus(BIG, words), 60)
    assert seen.outputs.tolist() == [[23, 0, 1], [23, 2, 7], [25, 2, 9]]  # a channel serves every second cycle


def test_words_to_the_host() -> None:
    config = open_config(BIG).with_section("channels", enable=1)
    seen = run_fabric(BIG, config, stimulus(BIG, ready=[True]), 60, [(0, at(7, 63)), (0, at(5, 0)), (4, at(7, 63))])
    assert seen.sent.tolist() == [[0, 63, 6, 8], [2, 0, 10, 12], [0, 63, 10, 13]]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_event_is_lost_without_a_count(seed: int) -> None:
    """What came in is out, lost, waiting, or was offered to an input that does not count."""
    case = storm(SPEC, seed)
    config = case.config.with_section("mergers", merge=1)
    given_ = case.stimulus(SPEC)
    seen = run_fabric(SPEC, config, given_, case.cycles, case.fires)
    losses = {name: int(total.sum()) for name, total in seen.losses.items()}
    in_tree = ("encoder_lost", "encoder_overwritten", "background_overwritten", "link_refused")
    entered = seen.fired.sum() + seen.generated.sum() + seen.released.sum()
    assert entered == len(seen.outputs) + sum(losses[name] for name in in_tree) + seen.waiting
    assert seen.lost == sum(losses.values())
    assert all(0 <= stage.lost <= stage.entered for stage in seen.stages)
    assert len(given_.channel) >= seen.released.sum() + sum(losses[f"link_{name}"] for name in ARRIVING)
    assert len(seen.sent) <= len(seen.outputs)


def test_a_storm_reaches_every_counter() -> None:
    reached = dict.fromkeys(LOSSES, 0)
    for seed in range(60):
        case = storm(SPEC, seed)
        seen = run_fabric(SPEC, case.config, case.stimulus(SPEC), case.cycles, case.fires)
        for name, total in seen.losses.items():
            reached[name] += int(total.sum())
    assert min(reached.values()) > 20, reached


@kernel
def loop(constants, events, state, lines, cycles, fires, fired, log, pulses):  # type: ignore[no-untyped-def]
    """Step with the given fires; return the number of pulses, −1 if an output is not visible in the cycle behind."""
    position, total, head, rows = 0, 0, np.zeros(1, np.int64), np.empty((500, 3), np.int64)
    for cycle in range(cycles + 1):
        for k in range(arriving(lines, 0, log, head, cycle, rows, 0)):
            pulses[total, 0] = cycle
            pulses[total, 1:] = rows[k]
            total += 1
        if cycle == cycles:
            return total
        count = 0
        while position < fires.shape[0] and fires[position, 0] == cycle:
            fired[count] = fires[position, 1]
            count += 1
            position += 1
        before = log.count[0]
        if not step(constants, events, state, cycle, fired, count, log):
            return -1
        for k in range(before, log.count[0]):
            if log.outputs[k, 0] != cycle + 1:
                return -1
    return total


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_lock_step_equals_the_open_loop(seed: int) -> None:
    case = storm(SPEC, seed)
    given_ = stimulus(SPEC, case.words)  # events of other chips reach the drivers past the lock-step
    constants, events = path_constants(SPEC, case.config), traffic(SPEC, case.config, given_)
    state, log, lines = path_state(SPEC), new_log(8 * case.cycles), wires(SPEC, case.config)
    fires = np.array(case.fires, np.int64).reshape(-1, 2)
    expected = run_fabric(SPEC, case.config, given_, case.cycles, fires)
    fired, pulses = np.empty(SPEC.circuits, np.int64), np.empty((SPEC.sides * SPEC.drivers * case.cycles, 4), np.int64)
    for _ in range(2):  # the second time after clear
        clear(constants, events, state)
        log.count[0] = 0
        total = loop(constants, events, state, lines, case.cycles, fires, fired, log, pulses)
        np.testing.assert_array_equal(pulses[:total], expected.pulses)
        rows = log.outputs[: log.count[0]]
        np.testing.assert_array_equal(rows[np.lexsort((rows[:, 1], rows[:, 0]))], expected.outputs)
        assert state.encoders["lost"].tolist() == expected.losses["encoder_lost"].tolist()


def test_a_long_run_outgrows_its_log() -> None:
    config = open_config(BIG).with_section("background", enable=1, period=0)
    seen = run_fabric(BIG, config, stimulus(BIG), 5000)
    assert len(seen.outputs) > 8 * 4980


def test_what_cannot_be_is_refused() -> None:
    config = open_config(SPEC)
    with pytest.raises(ConfigError, match="cycles"):
        run_fabric(SPEC, config, stimulus(SPEC), -1)
    with pytest.raises(SpikeError, match="neuron 64"):
        run_fabric(SPEC, config, stimulus(SPEC), 5, [(0, 64)])
    with pytest.raises(SpikeError, match="twice"):
        run_fabric(SPEC, config, stimulus(SPEC), 5, [(0, 3), (0, 3)])
    with pytest.raises(SpikeError, match="channel 8"):
        stimulus(SPEC, [(0, 8, 0, 0)])
    with pytest.raises(SpikeError, match="one cycle"):
        stimulus(SPEC, [(0, 1, 0, 0), (0, 2, 0, 0)])
    with pytest.raises(SpikeError, match="line 3"):
        stimulus(SPEC, foreign=[(0, 3, 0)])
    with pytest.raises(SpikeError, match="ready"):
        stimulus(SPEC, ready=[])
