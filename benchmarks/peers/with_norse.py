"""The task with norse: LIF and LI."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from .base import Contestant, require

if TYPE_CHECKING:
    from task import Task


class Norse(Contestant):
    """norse's LIF and LI in their fastest form: their functions, with plain numbers as parameters.

    norse integrates by Euler steps; with Δt = 1, tau_mem_inv = 1 − b and tau_syn_inv = 1 − a they are the
    task's equations exactly. `lif_feed_forward_integral` iterates over the steps where the module `LIF` indexes
    them, which would make the backward pass quadratic in time. LI has no such function; its step is looped.

    The gradient of W1 differs from the task's: SuperSpike ignores its steepness (its derivative is
    1/(|v' − 1| + 1)², far wider), and the reset is not detached.
    """

    name: ClassVar[str] = "norse LIF + LI"
    package: ClassVar[str] = "norse"
    gradients_agree: ClassVar[bool] = False

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._lif = require("norse.torch.functional.lif", "norse")
        self._li = require("norse.torch.functional.leaky_integrator", "norse")
        membrane, synapse = 1.0 - task.b, 1.0 - task.a
        self._lif_p = self._lif.LIFParameters(
            tau_syn_inv=synapse, tau_mem_inv=membrane, v_leak=0.0, v_th=1.0, v_reset=0.0, method="super",
            alpha=torch.as_tensor(task.surrogate_beta),
        )  # fmt: skip
        self._li_p = self._li.LIParameters(tau_syn_inv=synapse, tau_mem_inv=membrane, v_leak=0.0)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        batch = x.shape[1]
        zeros = x.new_zeros(batch, self.task.hidden)
        currents = self.currents(x, 1.0)
        state = self._lif.LIFFeedForwardState(v=zeros, i=zeros)
        z, _ = self._lif.lif_feed_forward_integral(currents, state, self._lif_p, dt=1.0)
        driven = (z.view(-1, self.task.hidden) @ self.w2).view(len(z), batch, -1)
        v = x.new_zeros(batch, self.task.outputs)
        voltages = [v]
        readout = self._li.LIState(v=v, i=v)
        for drive in driven.unbind(0):
            v, readout = self._li.li_feed_forward_step(drive, readout, self._li_p, dt=1.0)
            voltages.append(v)
        return torch.stack(voltages).max(0).values, z
