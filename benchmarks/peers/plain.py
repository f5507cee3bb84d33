"""The task as a plain torch loop, eager and under torch.compile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from .base import Contestant

if TYPE_CHECKING:
    from task import Task


def fire(v: Tensor) -> tuple[Tensor, Tensor]:
    """Return the spikes of membranes `v` and the membranes after their reset."""
    z = (v > 1.0).to(v.dtype)
    return z, torch.addcmul(v, v, z, value=-1.0)


class Fire(torch.autograd.Function):
    """`fire` with the task's surrogate derivative, and with the reset detached from it."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, beta: float) -> tuple[Tensor, Tensor]:
        z, reset = fire(v)
        ctx.save_for_backward(v, z)
        ctx.beta = beta
        return z, reset

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        d_z, d_reset = grads
        v, z = ctx.saved_tensors
        surrogate = d_z / (v - 1.0).abs_().mul_(ctx.beta).add_(1.0).square_()
        return surrogate.add_(torch.addcmul(d_reset, d_reset, z, value=-1.0)), None


class PlainTorch(Contestant):
    """A plain torch loop in its best form.

    One matrix product for the inputs of all steps; as few operations per step as possible (the factor 1 − b is
    part of the weights, spike and reset share one node of the graph); and, because the readout is linear, a
    product with its weights and one with its impulse response instead of a second loop.
    """

    name: ClassVar[str] = "plain torch loop"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        lag = torch.arange(task.steps)[:, None] - 1 - torch.arange(task.steps - 1)  # of v2_t behind z_k
        response = sum(task.a**j * task.b ** (lag - j).clamp(min=0) * (lag >= j) for j in range(task.steps - 1))
        self.response = ((1.0 - task.b) * torch.as_tensor(response)).float()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, b, beta = self.task.a, self.task.b, self.task.surrogate_beta
        graph = torch.is_grad_enabled()
        first, *others = self.currents(x, 1.0 - b)
        i = v = first
        z, v = Fire.apply(v, beta) if graph else fire(v)  # type: ignore[no-untyped-call]
        spikes = [z]
        for current in others:
            i = torch.add(current, i, alpha=a)
            v = torch.add(i, v, alpha=b)
            z, v = Fire.apply(v, beta) if graph else fire(v)  # type: ignore[no-untyped-call]
            spikes.append(z)
        z = torch.stack(spikes)
        return self.readout(z), z

    def readout(self, z: Tensor) -> Tensor:
        """Map hidden spikes (steps − 1, batch, hidden) to logits."""
        _, batch, hidden = z.shape
        driven = (z.view(-1, hidden) @ self.w2).view(len(z), -1)
        v2 = (self.response @ driven).view(-1, batch, self.task.outputs)
        return v2.max(0).values


class CompiledTorch(PlainTorch):
    """The same under torch.compile: the loop is unrolled and fused, the backward pass is compiled too.

    Compiled at the first call of `infer` and of `train_step`; `compile_s` keeps the times of these calls, for
    training the forward pass only (the backward pass is compiled at its own first run). The code is made for
    the shape of the inputs and for torch's number of threads at that moment: build a new contestant, after
    `torch._dynamo.reset()`, when one of them changes. Inductor caches on disk, so later runs compile faster.
    """

    name: ClassVar[str] = "torch.compile"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.compile_s: dict[str, float] = {}
        self._compiled_forward = torch.compile(lambda x: PlainTorch.forward(self, x), dynamic=False)
        self._compiled_loss = torch.compile(lambda x, y: PlainTorch.loss(self, x, y), dynamic=False)

    def infer(self, x: Tensor) -> Tensor:
        start = time.perf_counter()
        with torch.inference_mode():
            logits: Tensor = self._compiled_forward(x)[0]
        self.compile_s.setdefault("infer", time.perf_counter() - start)
        return logits

    def hidden_spikes(self, x: Tensor) -> Tensor:
        with torch.inference_mode():
            spikes: Tensor = self._compiled_forward(x)[1].sum((0, 2))
        return spikes

    def loss(self, x: Tensor, labels: Tensor) -> Tensor:
        start = time.perf_counter()
        loss: Tensor = self._compiled_loss(x, labels)
        self.compile_s.setdefault("train, forward", time.perf_counter() - start)
        return loss
