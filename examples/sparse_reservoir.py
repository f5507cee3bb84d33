"""A reservoir: fixed random connections, a tenth of all possible ones, and a readout that alone is trained."""

import inloop
import numpy as np
import torch

NEURONS = 200


def graph(seed: int = 0) -> inloop.Graph:
    """Return inputs, a sparse recurrent pool and its readout; only synapses that exist take rows on the chip."""
    rng = np.random.default_rng(seed)
    return inloop.Graph(
        [inloop.Source("in", 25), inloop.LIF("pool", NEURONS), inloop.LI("out", 3)],
        [
            inloop.Projection("in", "pool", rng.random((25, NEURONS)) < 0.4, trainable=False),
            inloop.Projection("pool", "pool", rng.random((NEURONS, NEURONS)) < 0.1, trainable=False),
            inloop.Projection("pool", "out"),
        ],
    )


def main(epochs: int = 5, samples: int | None = None) -> float:
    """Train the readout on yin-yang and return the accuracy, percent."""
    torch.set_num_threads(1)
    network = inloop.GraphNetwork(graph(), scale=1.5, mean=4.0, readout_mean=1.0)
    with torch.no_grad():
        network.weights["pool-pool"].mul_(0.3)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        for spikes, labels in data.batches(50, seed=epoch):
            observed = model(spikes)
            loss = inloop.losses.max_over_time(observed["out"].from_rest, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {float(loss.detach()):.3f}")
    return inloop.accuracy(model, inloop.load_data("yin-yang", "test", samples))


if __name__ == "__main__":
    print(f"test accuracy {main():.1f} %")
