"""Two readouts of one hidden population, for two questions about the same input: which class, and is it the dots?"""

import inloop
import torch

GRAPH = inloop.Graph(
    [inloop.Source("in", 25), inloop.LIF("hidden", 60), inloop.LI("class", 3), inloop.LI("dot", 2)],
    [inloop.Projection("in", "hidden"), inloop.Projection("hidden", "class"), inloop.Projection("hidden", "dot")],
)
DOTS = 2
"""Class of the dots in yin-yang."""


def main(epochs: int = 5, samples: int | None = None) -> tuple[float, float]:
    """Train on both questions and return the share of right answers to each, percent."""
    torch.set_num_threads(1)
    network = inloop.GraphNetwork(GRAPH, scale=1.0, mean=6.0, readout_mean=4.0)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    model.clip_after(optimizer)
    data = inloop.load_data("yin-yang", "train", samples)
    for epoch in range(epochs):
        for spikes, labels in data.batches(50, seed=epoch):
            observed = model(spikes)
            loss = inloop.losses.max_over_time(observed["class"].from_rest, labels)
            loss = loss + inloop.losses.max_over_time(observed["dot"].from_rest, (labels == DOTS).long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {float(loss.detach()):.3f}")
    test = inloop.load_data("yin-yang", "test", samples)
    with torch.no_grad():
        seen = model(test.spikes)
        which = inloop.losses.largest_over_time(seen["class"].from_rest).argmax(dim=1) == test.labels
        dot = inloop.losses.largest_over_time(seen["dot"].from_rest).argmax(dim=1) == (test.labels == DOTS).long()
    return 100 * float(which.float().mean()), 100 * float(dot.float().mean())


if __name__ == "__main__":
    print("right answers: class {:.1f} %, dot {:.1f} %".format(*main()))
