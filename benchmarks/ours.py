"""inloop's contestant: level `ideal`, as a user would train it, on the benchmark's task."""

from __future__ import annotations

import time
from collections.abc import Callable

import inloop
import torch
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import to_grid
from inloop.behavioral.network.ideal import ideal_constants
from task import Task
from torch import Tensor


class Inloop:
    """`InTheLoop` at level ideal with torch's loss and fused Adam; inputs are sparse events in seconds.

    The exact propagator takes the place of the task's factor 1 − b, so the weights carry the ratio of the two. One
    fabric cycle and one CADC period are one step of the task.
    """

    name = "inloop"

    def __init__(self, task: Task) -> None:
        self.task = task
        spec = chip_spec("bss2").with_fields(
            clock_hz=1 / task.dt_s,
            cadc_period_cycles=1,
            refractory_s=0.0,
            tau_mem_s=task.tau_mem_s,
            tau_syn_s=task.tau_syn_s,
        )
        network = inloop.Network(task.inputs, task.hidden, task.outputs)
        self.model = inloop.InTheLoop(
            network,
            inloop.Chip(spec),
            "ideal",
            duration_s=task.steps * task.dt_s,
            steps_per_sample=1,
            slope=task.surrogate_beta,
        )
        assert self.model.grid.steps == task.steps
        self.scale = (1 - task.b) / float(ideal_constants(spec, self.model.grid).drive)
        with torch.no_grad():
            for weight, given in zip(network.forward_weights, (task.w1, task.w2), strict=True):
                weight.copy_(torch.tensor(given) * self.scale)
        self.optimizer = torch.optim.Adam(network.parameters(), lr=task.learning_rate, fused=True)
        spikes = inloop.SpikeBatch.from_events(
            task.sample, task.unit, (task.step + 0.5) * task.dt_s, samples=task.batch, units=task.inputs
        )
        self.events = to_grid(spikes, self.model.grid)  # ready made, as the dense inputs of the others are

    @property
    def version(self) -> str:
        """Version of the package."""
        from importlib.metadata import version

        return version("inloop")

    def infer(self) -> Tensor:
        """Return the logits (batch, outputs)."""
        with torch.inference_mode():
            return self.model(self.events).readout.amax(dim=1)

    def train_step(self, labels: Tensor) -> float:
        """Do one step of Adam; return the loss before it."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = inloop.losses.max_over_time(self.model(self.events).readout, labels, logit_scale=1.0)
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())

    def gradients(self, labels: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients for W1 and W2 in the task's units."""
        loss = inloop.losses.max_over_time(self.model(self.events).readout, labels, logit_scale=1.0)
        return tuple(g * self.scale for g in torch.autograd.grad(loss, list(self.model.network.forward_weights)))


def rate(call: Callable[[], object], samples: int, seconds: float = 1.0) -> float:
    """Return samples/s of `call`, the best of chunks that last `seconds` together."""
    call()
    best, spent = 0.0, 0.0
    while spent < seconds:
        begin = time.perf_counter()
        call()
        took = time.perf_counter() - begin
        best, spent = max(best, samples / took), spent + took
    return best
