"""A loss of one's own on what the chip recorded of hidden neurons: membranes that should stay near the threshold.

A neuron far below threshold is one that no input reaches. The second term of the loss draws the highest recorded
membrane of every hidden neuron to at least 0.9 of the way from leak to threshold.
"""

from __future__ import annotations

import inloop
import torch


def main(epochs: int = 5, samples: int | None = None) -> float:
    """Train on yin-yang and return the accuracy, percent."""
    torch.set_num_threads(1)
    network = inloop.Network(25, 60, 3, scale=1.0, mean=6.0, readout_mean=4.0)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    model.clip_after(optimizer)
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        for spikes, labels in data.batches(50, seed=epoch):
            observed = model(spikes)
            highest = observed.membrane(0).amax(dim=1)  # (samples, neurons), software units
            idle = (0.9 - highest).clamp(min=0).square().mean()
            loss = inloop.losses.max_over_time(observed.from_rest, labels) + 0.1 * idle
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {float(loss.detach()):.3f}, idle {float(idle.detach()):.4f}")
    return inloop.accuracy(model, inloop.load_data("yin-yang", "test", samples))


if __name__ == "__main__":
    print(f"test accuracy {main():.1f} %")
