"""The time and the energy that the modelled chip takes for one image, item by item.

Time. In fast inference a sample lasts from its first input spike to the artificial reset, then the reset and a guard
time pass. Input spikes enter while the sample runs, over `link_channels` links of one event per fabric cycle each;
results leave during the next sample. Training in the loop also configures the chip once per batch and reads its
membranes out: both go through the host link.

Energy. The published mean power of the whole chip times the time; the counted events are given beside it, because no
public source states what one of them costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ...behavioral.bss2.spec import ChipSpec

RESET_S: Final = 1.8e-6  # 11.8 µs per image less the 10 µs of the sample (Cramer et al., PNAS 2022, figure 3D)
POWER_W: Final = 0.2  # of the whole chip: analog core, processors, periphery, links (the same)
HOST_BIT_S: Final = 1e9  # Gigabit Ethernet to the host, as the published systems have it [choice]
CONFIG_WORD_BITS: Final = 64  # address and data of one configuration word, which holds four synapses [choice]
SYNAPSES_PER_WORD: Final = 4
SPIKE_WORD_BITS: Final = 64  # label and stamp, as in the streams of the digital path


@dataclass(frozen=True)
class Ledger:
    """One image, or one image of a batch. Times in s, energy in J, counts per image."""

    stimulus_s: float
    reset_s: float
    link_s: float
    host_s: float
    synaptic_events: float
    spikes: float
    transfers: float

    @property
    def total_s(self) -> float:
        """Links work while the sample runs: the longest of the three counts."""
        return max(self.stimulus_s + self.reset_s, self.link_s, self.host_s)

    @property
    def images_per_s(self) -> float:
        """Images per second of the modelled chip."""
        return 1 / self.total_s

    @property
    def energy_j(self) -> float:
        """Mean power times time."""
        return POWER_W * self.total_s


def inference(
    spec: ChipSpec, decision_s: float, input_events: float, hidden_spikes: float, sizes: tuple[int, ...]
) -> Ledger:
    """Fast inference: the chip is configured once, one byte of result leaves per image.

    decision_s: from the first input spike to the reset. sizes: of the layers, feed-forward.
    """
    host = (input_events * SPIKE_WORD_BITS + 8) / HOST_BIT_S
    synaptic = input_events * sizes[1] + hidden_spikes * sizes[-1]
    link = input_events / spec.link_channels / spec.clock_hz
    return Ledger(decision_s, RESET_S, link, host, synaptic, hidden_spikes, input_events + 1)


def training(
    spec: ChipSpec, duration_s: float, input_events: float, hidden_spikes: float, sizes: tuple[int, ...], batch: int
) -> Ledger:
    """Training: new weights for each batch, spikes and all CADC samples of all neurons leave for each image."""
    synapses = 2 * sum(below * above for below, above in pairwise(sizes))  # excitatory, inhibitory
    records = round(duration_s / spec.cadc_period_s) * sum(sizes[1:])
    bits = (input_events + hidden_spikes) * SPIKE_WORD_BITS + records * spec.cadc_bits
    bits += synapses / SYNAPSES_PER_WORD * CONFIG_WORD_BITS / batch
    synaptic = input_events * sizes[1] + hidden_spikes * sizes[-1]
    link = max(input_events, hidden_spikes) / spec.link_channels / spec.clock_hz
    transfers = input_events + hidden_spikes + records + synapses / SYNAPSES_PER_WORD / batch
    return Ledger(duration_s, RESET_S, link, bits / HOST_BIT_S, synaptic, hidden_spikes, transfers)
