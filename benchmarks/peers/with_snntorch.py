"""The task with snnTorch: Synaptic, with StateLeaky as readout."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from .base import Contestant, require

if TYPE_CHECKING:
    from task import Task


class SnnTorch(Contestant):
    """snnTorch's Synaptic neuron for the hidden layer and two StateLeaky filters for the readout.

    Synaptic has no factor 1 − b; here it is part of the weights. Its own reset to zero serves badly: delayed
    (the default) it also drops the input of the step after a spike; at once (`reset_delay=False`) it equals the
    task's, but it is not detached, computes the state twice and makes training 10 to 20 % slower. So Synaptic
    runs with `reset_mechanism="none"`, and the loop resets its membrane. `fast_sigmoid` is the task's surrogate.

    StateLeaky filters all steps at once by a convolution, faster than a second Synaptic (which would also
    compute spikes). It decays by exp(β − 1) per step, not by β, hence β = 1 − Δt/τ.
    """

    name: ClassVar[str] = "snnTorch Synaptic"
    package: ClassVar[str] = "snntorch"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        snn = require("snntorch", "snntorch")
        surrogate = require("snntorch.surrogate", "snntorch").fast_sigmoid(task.surrogate_beta)
        self._lif = snn.Synaptic(task.a, task.b, spike_grad=surrogate, reset_mechanism="none")
        self._synapse = snn.StateLeaky(1.0 - task.dt_s / task.tau_syn_s, task.outputs, output=False)
        self._membrane = snn.StateLeaky(1.0 - task.dt_s / task.tau_mem_s, task.outputs, output=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        batch, b = x.shape[1], self.task.b
        i = v = x.new_zeros(batch, self.task.hidden)
        spikes = []
        for current in self.currents(x, 1.0 - b):
            spike, i, v = self._lif(current, i, v)
            spikes.append(spike)
            v = torch.addcmul(v, v, spike.detach(), value=-1.0)
        z = torch.stack(spikes)
        driven = (z.view(-1, self.task.hidden) @ ((1.0 - b) * self.w2)).view(len(z), batch, -1)
        v2 = self._membrane(self._synapse(driven))
        return torch.cat((x.new_zeros(1, batch, self.task.outputs), v2)).max(0).values, z
