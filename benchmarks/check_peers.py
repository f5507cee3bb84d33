"""Check that all contestants compute the same task: compare each with the plain torch loop.

Prints the largest difference of the logits, the hidden spikes per sample, the largest difference of each
gradient relative to its largest entry, and the loss after two steps of training. Fails if a contestant fires
other spikes, if its logits differ by more than 10⁻⁴, or if gradients that should agree differ by more than 10⁻³.
"""

from __future__ import annotations

import argparse
import sys

import peers
import torch
from task import STANDARD, Task
from torch import Tensor

LOGITS_ATOL = 1e-4
GRADIENT_RTOL = 1e-3


def relative(value: Tensor, reference: Tensor) -> float:
    """Return the largest difference relative to the reference's largest entry."""
    return float((value - reference).abs().max() / reference.abs().max())


def check(task: Task, kinds: tuple[type[peers.Contestant], ...]) -> bool:
    """Print the table of one task; return whether all agree."""
    torch._dynamo.reset()
    x, labels = task.dense(), task.label_tensor()
    plain = peers.PlainTorch(task)
    logits, spikes = plain.infer(x), plain.hidden_spikes(x)
    gradients = plain.gradients(x, labels)
    print(f"\n{task.name}")
    print(f"{'contestant':20}{'version':12}{'logits':>9}{'spikes':>9}{'dW1':>9}{'dW2':>9}{'loss':>10}")
    fine = True
    for contestant in peers.build(task, kinds):
        d_logits = float((contestant.infer(x) - logits).abs().max())
        fired = contestant.hidden_spikes(x)
        d_w1, d_w2 = map(relative, contestant.gradients(x, labels), gradients)
        loss = [contestant.train_step(x, labels) for _ in range(3)][-1]
        agrees = d_logits <= LOGITS_ATOL and torch.equal(fired, spikes) and d_w2 <= GRADIENT_RTOL
        if contestant.gradients_agree:
            agrees = agrees and d_w1 <= GRADIENT_RTOL
        fine = fine and agrees
        note = "agrees" if agrees else "DIFFERS"
        note += "" if contestant.gradients_agree else ", with its own dW1"
        print(
            f"{contestant.name:20}{contestant.version:12}{d_logits:9.1e}{float(fired.mean()):9.2f}"
            f"{d_w1:9.1e}{d_w2:9.1e}{loss:10.5f}   {note}"
        )
        if isinstance(contestant, peers.CompiledTorch):
            times = (f"{seconds:.1f} s ({what})" for what, seconds in contestant.compile_s.items())
            print(f"    first calls, with compilation: {', '.join(times)}")
    return fine


def main() -> int:
    """Check all tasks."""
    parser = argparse.ArgumentParser(description="Check that all contestants compute the same task.")
    parser.add_argument("--no-compile", action="store_true", help="leave out torch.compile (a minute per task)")
    kinds = peers.ALL
    if parser.parse_args().no_compile:
        kinds = tuple(kind for kind in kinds if kind is not peers.CompiledTorch)
    verdicts = [check(Task.standard(steps, activity), kinds) for steps, activity in STANDARD]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
