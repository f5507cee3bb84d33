"""The task with SpikingJelly: its current-based LIF step, with non-spiking LIF nodes as readout."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from .base import Contestant, require

if TYPE_CHECKING:
    from task import Task


class SpikingJelly(Contestant):
    """SpikingJelly's `cuba_lif_step` for the hidden layer and two NonSpikingLIFNode filters for the readout.

    `cuba_lif_step` is what its CUBALIFNode computes. The node's multi-step mode gives the same result, but
    indexes the steps, which makes the backward pass quadratic in time and training 20 to 30 % slower.
    (SynapseFilter is no exponential synapse: a spike suspends its decay for a step.)

    The step has no factor 1 − b; here it is part of the weights. SoftSign(50) would be 25 times the task's
    surrogate; with membrane and threshold scaled by 50, SuperSpike(1/50) is the task's exactly.
    """

    name: ClassVar[str] = "SpikingJelly"
    package: ClassVar[str] = "spikingjelly"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        neuron = require("spikingjelly.activation_based.neuron", "spikingjelly")
        surrogate = require("spikingjelly.activation_based.surrogate", "spikingjelly")
        self._step = require("spikingjelly.activation_based.functional", "spikingjelly").cuba_lif_step
        self._surrogate = surrogate.SuperSpike(alpha=1.0 / task.surrogate_beta)
        self._synapse = neuron.NonSpikingLIFNode(1.0 / (1.0 - task.a))  # computes (1 − a)·i2
        self._membrane = neuron.NonSpikingLIFNode(1.0 / (1.0 - task.b), decode="max-mem")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, b, scale = self.task.a, self.task.b, self.task.surrogate_beta
        batch = x.shape[1]
        i = v = x.new_zeros(batch, self.task.hidden)
        spikes = []
        for current in self.currents(x, (1.0 - b) * scale):
            spike, i, v = self._step(current, i, v, a, b, scale, 0.0, self._surrogate, True)
            spikes.append(spike)
        z = torch.stack(spikes)
        driven = (z.view(-1, self.task.hidden) @ (self.w2 / (1.0 - a))).view(len(z), batch, -1)
        driven = torch.cat((x.new_zeros(1, batch, self.task.outputs), driven))
        logits: Tensor = self._membrane(torch.stack(self._synapse(driven)))
        return logits, z
