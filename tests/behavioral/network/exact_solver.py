"""A network of leaky integrate-and-fire neurons solved event by event, crossings by bisection, without a grid.

Neurons are all-to-all, a layer being a network with zeros: sources are the inputs, then the neurons. Units of time are
those of the time constants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Solver:
    """weight: (inputs + neurons, neurons). read: (neurons, outputs). tau_mem, tau_syn, reset: (neurons)."""

    tau_mem: np.ndarray
    tau_syn: np.ndarray
    reset: np.ndarray
    rest: float
    delay: float
    tau_read: tuple[float, float]
    window: float

    def spikes(self, weight: np.ndarray, inputs: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """Return (time, neuron) of all spikes for inputs (time, channel)."""
        neurons = weight.shape[1]
        channels = len(weight) - neurons
        v, i, wake = np.zeros(neurons), np.zeros(neurons), np.zeros(neurons)
        due, found, now = sorted(inputs), [], 0.0
        while now < self.window:
            until = min(now + self.window / 200, self.window)
            until = min(until, due[0][0]) if due else until
            high = self._later(v, i, wake, now, until)[0] > 1
            first = [(self._crossing(n, v, i, wake, now, until), int(n)) for n in np.nonzero(high)[0]]
            if first:
                until = min(first)[0]
            v, i = self._later(v, i, wake, now, until)
            now = until
            if first:
                n = min(first)[1]
                found.append((now, n))
                v[n], wake[n] = self.reset[n], now + self.rest
                due = sorted([*due, (now + self.delay, channels + n)])
            while not first and due and due[0][0] <= now:
                i += weight[due.pop(0)[1]]
        return found

    def readout(self, read: np.ndarray, spikes: list[tuple[float, int]], times: np.ndarray) -> np.ndarray:
        """Return the membranes of leaky integrators at given times, (times, outputs)."""
        out = np.zeros((len(times), read.shape[1]))
        for time, n in spikes:
            passed = times - time - self.delay
            out += np.where(passed > 0, kappa(np.abs(passed), *self.tau_read), 0)[:, None] * read[n]
        return out

    def _later(
        self, v: np.ndarray, i: np.ndarray, wake: np.ndarray, now: float, until: float
    ) -> tuple[np.ndarray, np.ndarray]:
        begin = np.clip(wake, now, until)  # what lies before is slept through
        woken = i * np.exp(-(begin - now) / self.tau_syn)
        start, left = np.where(wake > now, self.reset, v), until - begin
        moved = start * np.exp(-left / self.tau_mem) + woken * kappa(left, self.tau_mem, self.tau_syn)
        return moved, i * np.exp(-(until - now) / self.tau_syn)

    def _crossing(
        self, n: int, v: np.ndarray, i: np.ndarray, wake: np.ndarray, low: float, high: float
    ) -> float:  # fmt: skip
        begin = low
        for _ in range(60):
            middle = (low + high) / 2
            above = self._later(v, i, wake, begin, middle)[0][n] > 1
            low, high = (low, middle) if above else (middle, high)
        return high


def kappa(time: np.ndarray, tau_mem: np.ndarray | float, tau_syn: np.ndarray | float) -> np.ndarray:
    """Return what a unit of current has led the membrane to after a time."""
    mem, syn = np.broadcast_arrays(np.asarray(tau_mem, float), np.asarray(tau_syn, float))
    same = mem == syn
    apart = syn / np.where(same, 1, syn - mem) * (np.exp(-time / syn) - np.exp(-time / mem))
    return np.where(same, time / mem * np.exp(-time / mem), apart)
