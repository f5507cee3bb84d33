"""Frames/s of the twin of the digital spike path on one core, with MNIST-like input on the full chip.

A frame: 10 µs; about 100 input spikes from 256 sources, spread over the 4 links and all 8 buses so that each reaches
one driver; about 20 spikes of neurons, whose events go to the host. `compiled`: many frames in one call, as a level
runs them; `lock-step`: the same with a call in each cycle; `run_fabric`: one Python call per frame with its result.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
from inloop.behavioral.bss2.fabric.advance import advance, fire, step
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.log import PULSES, SENT, SPIKES, new_log
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.state import clear, fabric_constants, fabric_state
from inloop.behavioral.bss2.fabric.stimulus import Stimulus, Traffic, stimulus, traffic
from inloop.behavioral.bss2.fabric.wiring import Node, buses, crossbar_nodes
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.numerics.compiled import borrowing

CYCLES, INPUTS, SPIKES_IN, SPIKES_OUT = 1250, 256, 100, 20
FRAMES, DISTINCT = 4000, 100


def routed(spec: ChipSpec) -> FabricConfig:
    """Return a configuration in which each source reaches one driver; label bit 13 picks the hemisphere."""
    top = 1 << (spec.label_bits - 1)
    nodes = crossbar_nodes(spec)
    mask, target = np.zeros(len(nodes), np.int64), np.ones(len(nodes), np.int64)
    for link in range(spec.link_channels):
        for hemisphere in range(spec.hemispheres):
            n = nodes.index(Node(spec.event_outputs + link, hemisphere * spec.padi_buses + link))
            mask[n], target[n] = top, hemisphere * top
    for output in range(spec.event_outputs):
        n = nodes.index(Node(output, buses(spec) + output % spec.link_channels))
        target[n] = 0
    config = FabricConfig.default(spec).with_section("nodes", mask=mask, target=target)
    config = config.with_section("buses", enable_spl1=1)
    drivers = np.arange(spec.hemispheres * spec.drivers)
    config = config.with_section("drivers", receiver=1, exc_top=1, inh_bottom=1, stp=drivers % 2, utilization=4)
    config = config.with_section("recovery", recovery_enable=1, recovery_scale=3)
    return config.with_section("neurons", enable=1, refractory_time=250, address=np.arange(512) % 64)


def frame(spec: ChipSpec, rng: np.random.Generator) -> tuple[Stimulus, Any]:
    """Return the events of one image, in latency code, and the spikes of the neurons."""
    source = rng.choice(INPUTS, SPIKES_IN, replace=False)
    stamp = np.sort(rng.integers(0, CYCLES - 20, SPIKES_IN))
    driver, hemisphere = np.divmod(source, spec.hemispheres)
    link, row_select = driver % spec.padi_buses, driver // spec.padi_buses
    label = hemisphere << (spec.label_bits - 1) | row_select << spec.synapse_label_bits | source % 64
    fires = np.stack([np.sort(rng.integers(0, CYCLES - 20, SPIKES_OUT)), rng.integers(0, 256, SPIKES_OUT)], axis=1)
    return stimulus(spec, link, label, stamp), fires


@borrowing
def frames(constants, first, link, software, ready_wait, fires, fired, state, log, every_cycle, totals):  # type: ignore[no-untyped-def]
    """Run all frames; add pulses and events to `totals`."""
    for f in range(first.shape[0]):
        events = Traffic(first[f], link[f], software, ready_wait)
        clear(constants, events, state)
        log.count[:] = 0
        if every_cycle:
            k = 0
            for cycle in range(CYCLES):
                count = 0
                while k < fires.shape[1] and fires[f, k, 0] == cycle:
                    fired[count] = fires[f, k, 1]
                    count, k = count + 1, k + 1
                totals[PULSES] += step(constants, events, state, cycle, fired, count, log)
            advance(constants, events, state, CYCLES - 1, log)
        else:
            for k in range(fires.shape[1]):
                advance(constants, events, state, fires[f, k, 0], log)
                fire(constants, state, fires[f, k, 0], fires[f, k, 1], log)
            advance(constants, events, state, CYCLES - 1, log)
            totals[PULSES] += log.count[PULSES]
        totals[SENT] += log.count[SENT]
        totals[SPIKES] += log.count[SPIKES]


def main() -> None:
    """Print one line per way to run."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    spec, rng = chip_spec("bss2"), np.random.default_rng(0)
    config = routed(spec)
    drawn = [frame(spec, rng) for _ in range(DISTINCT)]
    events = [traffic(spec, given) for given, _ in drawn]
    order = np.arange(FRAMES) % DISTINCT
    first, link = (np.stack([getattr(e, name) for e in events])[order] for name in ("first", "link"))
    fires = np.stack([f for _, f in drawn])[order]
    fired = np.empty(SPIKES_OUT, np.int64)
    constants, state, log = fabric_constants(spec, config), fabric_state(spec), new_log(spec, 1000, 1000, 1000)
    for name, every_cycle in (("compiled", False), ("lock-step", True)):
        best = 0.0
        for _ in range(5):
            totals, begin = np.zeros(3, np.int64), time.perf_counter()
            frames(
                constants,
                first,
                link,
                events[0].software,
                events[0].ready_wait,
                fires,
                fired,
                state,
                log,
                every_cycle,
                totals,
            )
            best = max(best, FRAMES / (time.perf_counter() - begin))
        print(f"{name:12}{best:10.0f} frames/s, per frame: {totals / FRAMES} pulses, events to the host, spikes")
    best = 0.0
    for _ in range(5):
        begin = time.perf_counter()
        for given, fired in drawn:
            result = run_fabric(spec, config, given, CYCLES, fired)
        best = max(best, DISTINCT / (time.perf_counter() - begin))
    print(f"{'run_fabric':12}{best:10.0f} frames/s, last frame: {len(result.pulses)} pulses")


if __name__ == "__main__":
    main()
