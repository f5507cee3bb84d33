"""Training in several processes, each with a part of every batch: DistributedDataParallel over gloo.

Each process meets the noise of its own samples, so the number of processes changes nothing but rounding.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import inloop
import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

BATCH = 48


def work(rank: int, ranks: int, folder: str, epochs: int, samples: int) -> None:
    """Train in one process; the first one saves the weights."""
    os.environ.setdefault("INLOOP_THREADS", "1")
    dist.init_process_group("gloo", init_method=f"file://{folder}/group-{ranks}", rank=rank, world_size=ranks)
    torch.set_num_threads(1)
    network = inloop.Network(25, 60, 3, scale=1.0, mean=6.0, readout_mean=4.0)
    chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
    model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8, dropout=0.1)
    parallel = DistributedDataParallel(model)
    optimizer = torch.optim.Adam(network.parameters(), lr=8e-3)
    model.clip_after(optimizer)
    data = inloop.load_data("yin-yang", "train", samples)
    sampler: DistributedSampler[tuple[inloop.SpikeBatch, torch.Tensor]] = DistributedSampler(
        data, ranks, rank, drop_last=True
    )
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for spikes, labels in DataLoader(data, BATCH // ranks, sampler=sampler, collate_fn=inloop.collate):
            loss = inloop.losses.max_over_time(parallel(spikes).from_rest, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    if rank == 0:
        torch.save(model.state_dict(), Path(folder) / f"weights-{ranks}.pt")
    dist.destroy_process_group()


def main(ranks: int = 2, epochs: int = 5, samples: int = 4800) -> dict[str, torch.Tensor]:
    """Train in so many processes and return the state of the model."""
    with tempfile.TemporaryDirectory() as folder:
        spawn(work, (ranks, folder, epochs, samples), nprocs=ranks)
        return dict(torch.load(Path(folder) / f"weights-{ranks}.pt"))


if __name__ == "__main__":
    print(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2).keys())
