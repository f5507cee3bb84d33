"""What every contestant of the benchmark offers, and how one whose library is missing is left out."""

from __future__ import annotations

import abc
import importlib
import importlib.metadata
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from task import Task


class MissingPackageError(Exception):
    """A contestant's library is not installed."""


def require(module: str, package: str) -> ModuleType:
    """Import `module`; raise `MissingPackageError`, naming the `package` to install, where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(f"install {package} (make bench): {error}") from error


class Contestant(abc.ABC):
    """One way to compute the task with torch's autograd.

    Subclasses implement `forward`; inference, training and gradients follow from it. Inputs are given ready
    made as `Task.dense()`, so that no contestant is charged for building them. The weights are those of the
    task, in its units and layout (inputs, outputs), and are trained in place.
    """

    name: ClassVar[str]
    package: ClassVar[str] = "torch"
    gradients_agree: ClassVar[bool] = True
    """Whether the library's own gradient is that of the task (else the docstring tells the difference)."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.w1 = torch.tensor(task.w1, requires_grad=True)
        self.w2 = torch.tensor(task.w2, requires_grad=True)
        self.optimizer = torch.optim.Adam([self.w1, self.w2], lr=task.learning_rate, fused=True)

    @property
    def version(self) -> str:
        """Version of the library."""
        return importlib.metadata.version(self.package)

    @abc.abstractmethod
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map dense inputs (steps, batch, inputs) to logits (batch, outputs) and the hidden spikes.

        The hidden spikes are those that reach the readout: (steps − 1, batch, hidden).
        """

    def loss(self, x: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy of a batch."""
        return torch.nn.functional.cross_entropy(self.forward(x)[0], labels)

    def infer(self, x: Tensor) -> Tensor:
        """Return the logits (batch, outputs), without a graph."""
        with torch.inference_mode():
            return self.forward(x)[0]

    def train_step(self, x: Tensor, labels: Tensor) -> float:
        """Do one step of Adam; return the loss before it."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(x, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(loss.detach())

    def weights(self) -> tuple[Tensor, Tensor]:
        """Return copies of the weights W1 (inputs, hidden) and W2 (hidden, outputs)."""
        return self.w1.detach().clone(), self.w2.detach().clone()

    def gradients(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss's gradients for W1 and W2; the weights stay as they are."""
        d_w1, d_w2 = torch.autograd.grad(self.loss(x, labels), (self.w1, self.w2))
        return d_w1, d_w2

    def hidden_spikes(self, x: Tensor) -> Tensor:
        """Return the number of hidden spikes of each sample that reach the readout: (batch)."""
        with torch.inference_mode():
            return self.forward(x)[1].sum((0, 2))

    def currents(self, x: Tensor, scale: float) -> tuple[Tensor, ...]:
        """Return the scaled input of the hidden layer, step by step, from one matrix product for all.

        The last step is left out, since its spikes no longer reach the readout. The weights are padded to a
        multiple of 16 columns, because the product with 246 takes longer than that with 256 (1.6 times, on an
        AMD core). `unbind` gives the steps: indexing one step at a time would make the backward pass quadratic
        in time.
        """
        steps, batch, inputs = x.shape
        hidden = self.task.hidden
        weights = torch.nn.functional.pad(scale * self.w1, (0, -hidden % 16))
        return (x[:-1].view(-1, inputs) @ weights).view(steps - 1, batch, -1)[:, :, :hidden].unbind(0)
