"""The share of a process in a batch that several of them have, as under `DistributedDataParallel`.

Rank r of R holds samples r, r + R, r + 2R, … of the whole batch, as `DistributedSampler` deals them. Each has the noise
and the dropout that it would have in one process, so the number of processes changes nothing but rounding. All must
hold equally many.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.distributed as dist


class Share(NamedTuple):
    """rank: of this process. ranks: how many there are."""

    rank: int
    ranks: int

    def own(self) -> slice:
        """Return which samples of the whole batch are here."""
        return slice(self.rank, None, self.ranks)


def share() -> Share:
    """Return the share of this process; all of it without a process group."""
    if dist.is_available() and dist.is_initialized():
        return Share(dist.get_rank(), dist.get_world_size())
    return Share(0, 1)
