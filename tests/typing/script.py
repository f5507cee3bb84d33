"""A user's script, for type checkers: it is never run. Where it says `type: ignore`, they must complain."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_type

import inloop
import numpy as np
import torch
from inloop.cosim.bss2.chip import Bss2Chip
from inloop.cosim.observation import Observation
from inloop.training.datasets.data_set import DataSet
from inloop.training.datasets.samples import Features
from inloop.training.encodings.spike_time import SpikeTimeEncoding
from inloop.training.estimators import Estimator
from inloop.training.in_the_loop import Observed
from inloop.training.losses import Loss, largest_over_time
from inloop.training.problem import Encoded
from inloop.training.registries import DATASETS, LOSSES
from numpy.typing import NDArray

data = inloop.load_data("yin-yang", "train", samples=100)
assert_type(data, Encoded)
chip = inloop.Chip("bss2", die=7, calibration="uncalibrated")
network = inloop.Network(inputs=25, hidden=(120, 60), outputs=3, recurrent=True)
model = inloop.InTheLoop(network, chip, fidelity="event", loss="sum-over-time")
assert_type(model.network, inloop.Network)
assert_type(model.fidelity, str)
assert_type(model.device, torch.device)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for spikes, labels in data.batches(100, seed=1):
    assert_type(spikes, inloop.SpikeBatch)
    assert_type(labels, torch.Tensor)
    observed = model(spikes, record_membranes=True)
    assert_type(observed, Observed)
    assert_type(observed.from_rest, torch.Tensor)
    assert_type(observed.spike_counts, tuple[torch.Tensor, ...])
    loss = inloop.losses.max_over_time(observed.from_rest, labels, logit_scale=2.0)
    assert_type(loss, torch.Tensor)
    seen = observed.observation
    assert_type(seen, Observation | None)
    if seen is not None:
        assert_type(seen.spike_batch(0), inloop.SpikeBatch)
        assert_type(seen.counters, dict[str, int])
assert_type(inloop.accuracy(model, data), float)

events = inloop.SpikeBatch.from_events([0, 1], [3, 4], [1e-6, 2e-6], samples=2, units=25)
assert_type(events, inloop.SpikeBatch)
assert_type(events.time_s, NDArray[np.float64])
assert_type(inloop.ChipSpec(weight_bits=4).with_fields(columns=8), inloop.ChipSpec)
assert_type(Bss2Chip(die=7).die, inloop.Die)
print(chip.die.seed)


class Corners(DataSet):
    gives = Features

    def read(self, split: str, hold_out: bool) -> Features:  # noqa: ARG002
        return Features(self.name, np.zeros((4, 2)), np.arange(4), self.classes)


class Halved(Estimator):
    def told(self, seen: Observation) -> Observation:
        return replace(seen, counters={})


def middle(readout: torch.Tensor, labels: torch.Tensor, logit_scale: float) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(readout.mean(dim=1) * logit_scale, labels)


corners = DATASETS.register("corners", Corners("corners", tuple("abcd")))
assert_type(corners, DataSet)
assert_type(LOSSES.get("max-from-rest"), Loss)
own = LOSSES.register("middle", Loss(middle, largest_over_time, early=True))
assert_type(own(model(events).readout, data.labels), torch.Tensor)
assert_type(inloop.load_data(corners, encoding=SpikeTimeEncoding(repetitions=2), duration_s=2e-5), Encoded)
assert_type(inloop.InTheLoop(network, chip, gradient=Halved(), loss=own).loss, str | Loss)

LOSSES.register("middle", middle)  # type: ignore
DATASETS.register("corners", Corners)  # type: ignore
SpikeTimeEncoding(repetition=2)  # type: ignore
model("spikes")  # type: ignore
model(events, membranes=True)  # type: ignore
print(observed.readouts)  # type: ignore
print(inloop.Chips)  # type: ignore
inloop.Network("256", 246, 10)  # type: ignore
inloop.Chip(dye=7)  # type: ignore
inloop.InTheLoop(network, chip, gradient=3)  # type: ignore
