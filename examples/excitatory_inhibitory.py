"""Dale's law: an excitatory and an inhibitory population in a loop, each with weights of one sign.

A source of one sign takes one synapse row on the chip, a signed one two.
"""

import inloop
import torch

GRAPH = inloop.Graph(
    [inloop.Source("in", 25), inloop.LIF("exc", 80), inloop.LIF("inh", 20), inloop.LI("out", 3)],
    [
        inloop.Projection("in", "exc"),
        inloop.Projection("in", "inh"),
        inloop.Projection("exc", "inh", sign="excitatory"),
        inloop.Projection("inh", "exc", sign="inhibitory"),
        inloop.Projection("inh", "inh", sign="inhibitory"),
        inloop.Projection("exc", "out"),
    ],
)


def main(epochs: int = 5, samples: int | None = None) -> float:
    """Train on yin-yang and return the accuracy, percent."""
    torch.set_num_threads(1)
    network = inloop.GraphNetwork(GRAPH, scale=1.0, mean=4.0, readout_mean=4.0)
    with torch.no_grad():
        for name in ("exc-inh", "inh-exc", "inh-inh"):
            network.weights[name].mul_(0.1)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    model.clip_after(optimizer)  # keeps the signs, too
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        for spikes, labels in data.batches(50, seed=epoch):
            observed = model(spikes)
            loss = inloop.losses.max_over_time(observed["out"].from_rest, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        rates = [float(observed[name].counts.detach().mean()) for name in ("exc", "inh")]
        print(f"epoch {epoch + 1}: loss {float(loss.detach()):.3f}, spikes per neuron {rates[0]:.2f}, {rates[1]:.2f}")
    assert bool((network.weights["exc-inh"] >= 0).all())
    return inloop.accuracy(model, inloop.load_data("yin-yang", "test", samples))


if __name__ == "__main__":
    print(f"test accuracy {main():.1f} %")
