"""A skip connection: the inputs reach the second hidden population and the readout past the first one."""

import inloop
import torch

GRAPH = inloop.Graph(
    [inloop.Source("in", 25), inloop.LIF("first", 40), inloop.LIF("second", 30), inloop.LI("out", 3)],
    [
        inloop.Projection("in", "first"),
        inloop.Projection("in", "second"),
        inloop.Projection("first", "second"),
        inloop.Projection("first", "out"),
        inloop.Projection("second", "out"),
    ],
)


def main(epochs: int = 5, samples: int | None = None) -> float:
    """Train on yin-yang and return the accuracy, percent."""
    torch.set_num_threads(1)
    print(GRAPH)
    network = inloop.GraphNetwork(GRAPH, scale=1.0, mean=4.0, readout_mean=4.0)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    model.clip_after(optimizer)
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        for spikes, labels in data.batches(50, seed=epoch):
            observed = model(spikes)
            loss = inloop.losses.max_over_time(observed["out"].from_rest, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        first, second = (float(observed[name].counts.detach().sum(dim=1).mean()) for name in ("first", "second"))
        print(f"epoch {epoch + 1}: loss {float(loss.detach()):.3f}, spikes {first:.1f} + {second:.1f}")
    return inloop.accuracy(model, inloop.load_data("yin-yang", "test", samples))


if __name__ == "__main__":
    print(f"test accuracy {main():.1f} %")
