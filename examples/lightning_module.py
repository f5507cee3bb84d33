"""The model in Lightning: a LightningModule around it, as it is.

Lightning does not come with inloop: `pip install lightning`.
"""

from __future__ import annotations

import inloop
import lightning
import torch
from torch.utils.data import DataLoader


class YinYang(lightning.LightningModule):
    """A network on a chip, its loss and its optimiser."""

    def __init__(self) -> None:
        super().__init__()
        network = inloop.Network(25, 60, 3, scale=1.0, mean=6.0, readout_mean=4.0)
        chip = inloop.Chip(inloop.ChipSpec(readout_gain=0.3), die=3)
        self.model = inloop.InTheLoop(network, chip, duration_s=20e-6, steps_per_sample=8)

    def training_step(self, batch: tuple[inloop.SpikeBatch, torch.Tensor], _: int) -> torch.Tensor:
        """Return the loss of a batch."""
        spikes, labels = batch
        return inloop.losses.max_over_time(self.model(spikes).from_rest, labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimiser, which keeps the weights in the range of the chip."""
        optimizer = torch.optim.Adam(self.parameters(), lr=8e-3)
        self.model.clip_after(optimizer)
        return optimizer


def main(epochs: int = 5, samples: int | None = None) -> float:
    """Train on yin-yang and return the accuracy, percent."""
    module = YinYang()
    data = inloop.load_data("yin-yang", "train", samples)
    loader = DataLoader(data, 50, shuffle=True, collate_fn=inloop.collate)
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.fit(module, loader)
    return inloop.accuracy(module.model, inloop.load_data("yin-yang", "test", samples))


if __name__ == "__main__":
    print(f"test accuracy {main():.1f} %")
