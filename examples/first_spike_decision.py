"""A network that decides with its first spike: three groups of hidden neurons, the earliest of which is the class.

The loss is a softmax over the times of first spikes, whose gradient is exact (EventProp). The readout is not needed.
"""

from __future__ import annotations

import inloop
import torch
from inloop.training.observed import Observed
from torch import Tensor

GROUP = 20
SOFTNESS_S = 1e-6


def decision_s(observed: Observed, classes: int = 3) -> Tensor:
    """Return the mean time of first spikes of each group, (samples, classes)."""
    return observed.first_spikes_s(0).reshape(-1, classes, GROUP).mean(dim=2)


def main(epochs: int = 10, samples: int | None = None) -> float:
    """Train on yin-yang and return the accuracy, percent."""
    torch.set_num_threads(1)
    network = inloop.Network(25, 3 * GROUP, 3, scale=1.5, mean=7.0)
    chip = inloop.Chip("bss2", die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8, gradient="eventprop")
    optimizer = torch.optim.Adam(network.forward_weights[:1].parameters(), lr=5e-3)
    model.clip_after(optimizer)
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        right = 0
        for spikes, labels in data.batches(50, seed=epoch):
            times = decision_s(model(spikes))
            loss = torch.nn.functional.cross_entropy(-times / SOFTNESS_S, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right += int((times.argmin(dim=1) == labels).sum())
        print(f"epoch {epoch + 1}: {100 * right / len(data):.1f} % of the training samples")
    test = inloop.load_data("yin-yang", "test", samples)
    with torch.no_grad():
        decided = decision_s(model.eval()(test.spikes)).argmin(dim=1)
    return 100 * float((decided == test.labels).float().mean())


if __name__ == "__main__":
    print(f"test accuracy {main():.1f} %")
