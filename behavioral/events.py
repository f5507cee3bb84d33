"""Spike events: in seconds at the boundary, on a time grid inside.

A `SpikeBatch` lists events per sample in seconds. A `GridEvents` lists the same events sorted by grid step;
an event at time s belongs to step floor(s / step_s), rounding errors forgiven (`moments.py`), and acts at its
beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..checks import ALL, checked
from ..errors import ConfigError, SpikeError
from ..scalars import array, as_int, finite, shown, whole, whole_array
from .event_checks import MOST, channels, check_offsets, check_range, checked_grid, chosen, numbers, whole_numbers
from .grid import TimeGrid
from .moments import step_of
from .numerics.compiled import kernel
from .numerics.types import Reals

N = TypeVar("N", bound=np.generic)


@dataclass(frozen=True)
class SpikeBatch:
    """Events of a batch of samples, sparse.

    offsets: int64 (samples + 1); the events of sample b are offsets[b]:offsets[b + 1], in any order of time.
    unit: int32 (events), the channel, 0 ≤ unit < units.
    time_s: float64 (events), seconds since the beginning of the sample.
    Arrays of other types are taken where they hold such numbers. Raises `SpikeError` for others and for unequal
    lengths; channels and times are looked at where a level takes the batch (`check`).
    """

    offsets: NDArray[np.int64]
    unit: NDArray[np.int32]
    time_s: NDArray[np.float64]
    units: int

    def __post_init__(self) -> None:
        """Bring the arrays into the types that kernels read."""
        arrays = {
            "offsets": np.ascontiguousarray(whole_numbers(self.offsets, "offset")),
            "unit": channels(self.unit),
            "time_s": np.ascontiguousarray(numbers(self.time_s, "time_s"), np.float64),
            "units": whole(self.units, "units", 0, MOST),
        }
        for name, value in arrays.items():
            object.__setattr__(self, name, value)
        self._check_lengths()

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.offsets) - 1

    @classmethod
    @partial(checked, own=ALL)
    def from_events(
        cls, sample: ArrayLike, unit: ArrayLike, time_s: ArrayLike, *, samples: int, units: int
    ) -> SpikeBatch:
        """Build from three equally long lists, arrays or tensors in any order.

        Raises `SpikeError` for unequal lengths, for a sample or unit that is no whole number or out of range, and
        for times that are NaN, infinite or negative; `ConfigError` for numbers of samples or units that cannot be.
        """
        samples, units = whole(samples, "samples", 0, MOST), whole(units, "units", 0, MOST)
        sample_, unit_, time_ = whole_numbers(sample, "sample"), whole_numbers(unit, "unit"), numbers(time_s, "time_s")
        if not len(sample_) == len(unit_) == len(time_):
            raise SpikeError(
                f"sample, unit and time_s must be equally long, got {len(sample_)}, {len(unit_)}, {len(time_)}"
            )
        check_range(sample_, "sample", samples)
        check_range(unit_, "unit", units)
        order = np.argsort(sample_, kind="stable")
        offsets = np.zeros(samples + 1, np.int64)
        np.cumsum(np.bincount(sample_, minlength=samples), out=offsets[1:])
        batch = cls(offsets, unit_[order].astype(np.int32), time_[order].astype(np.float64), units)
        batch.check_times()
        return batch

    @classmethod
    def from_dense(cls, spikes: ArrayLike, step_s: float, *, time_axis: int = 0) -> SpikeBatch:
        """Build from an array or tensor of event counts, as most libraries hold spikes: (steps, samples, units).

        step_s: length of a step, seconds; events lie at the beginning of theirs. time_axis=1: (samples, steps, units).
        Raises `SpikeError` for arrays of other shapes and for counts that are negative or not whole, `ConfigError` for
        a step that is not positive.
        """
        step_s, axis = finite(step_s, "step_s"), whole(time_axis, "time_axis", 0, 1)
        if step_s <= 0:
            raise ConfigError(f"step_s = {step_s!r} must be positive")
        try:
            counts = array(spikes)
        except (TypeError, ValueError):
            counts = np.zeros(0)
        if counts.ndim != 3 or counts.dtype.kind not in "biuf":
            raise SpikeError(
                "dense spikes must be numbers on three axes, (steps, samples, units), or (samples, steps, units) with "
                f"time_axis=1; got {counts.dtype} of shape {shown(counts.shape)}"
            )
        place = np.nonzero(counts)
        times = whole_array(counts[place].astype(np.int8) if counts.dtype == bool else counts[place])
        if times is None or (times < 0).any():
            raise SpikeError("dense spikes must be event counts, whole numbers from 0")
        if times.sum() > MOST:
            raise SpikeError(f"dense spikes are {times.sum()} events, {MOST} are possible at most")
        step, sample, unit = (np.repeat(index, times) for index in (place[axis], place[1 - axis], place[2]))
        return cls.from_events(
            sample, unit, step * step_s, samples=counts.shape[1 - axis], units=counts.shape[2]
        )  # fmt: skip

    @classmethod
    def from_list(cls, samples: Sequence[tuple[ArrayLike, ArrayLike]], *, units: int) -> SpikeBatch:
        """Build from one pair (unit, time_s) of equally long lists, arrays or tensors per sample.

        Raises `SpikeError` for samples that are no such pairs, and as `from_events` does.
        """
        index, channel, time = list[int](), list[Any](), list[Any]()
        for b, sample in enumerate(samples):
            try:
                unit, time_s = sample
            except (TypeError, ValueError):
                raise SpikeError(f"sample {b} = {shown(sample)} must be a pair: units, times in seconds") from None
            channel.append(numbers(unit, f"unit of sample {b}"))
            time.append(numbers(time_s, f"time_s of sample {b}"))
            if len(channel[-1]) != len(time[-1]):
                raise SpikeError(
                    f"sample {b} has {len(channel[-1])} units and {len(time[-1])} times; give one for each"
                )
            index += [b] * len(time[-1])
        joined = [np.concatenate(parts) if parts else np.zeros(0) for parts in (channel, time)]
        return cls.from_events(index, *joined, samples=len(channel), units=units)

    @classmethod
    def concatenate(cls, batches: Iterable[SpikeBatch]) -> SpikeBatch:
        """Return the samples of several batches, one batch after the other; the function that collates samples, too.

        Raises `SpikeError` for none, for what is no batch, and for batches of different numbers of channels.
        """
        given = list(batches)
        wrong = [each for each in given if not isinstance(each, SpikeBatch)]
        if wrong or not given:
            raise SpikeError(f"batches to concatenate must be SpikeBatches, one at least, got {shown(wrong or given)}")
        if len(units := sorted({each.units for each in given})) > 1:
            raise SpikeError(f"batches to concatenate must have as many channels, got {shown(units)}")
        parts = [each.select(slice(None)) for each in given]
        ends = np.cumsum([0, *(len(each.unit) for each in parts)])
        offsets = [each.offsets[1:] + end for each, end in zip(parts, ends, strict=False)]
        return cls(
            np.concatenate([[0], *offsets]), np.concatenate([each.unit for each in parts]),
            np.concatenate([each.time_s for each in parts]), units[0],
        )  # fmt: skip

    def to(self, *_: Any, **__: Any) -> SpikeBatch:
        """Return the batch itself: spikes stay on the host. Lightning and Accelerate move what has such a method."""
        return self

    def __len__(self) -> int:
        """Number of samples."""
        return self.samples

    def __getitem__(self, samples: ArrayLike | slice) -> SpikeBatch:
        """Return the batch made of the given samples, as `select` does; of one sample for a single number."""
        if as_int(samples) is not None and not -self.samples <= int(as_int(samples) or 0) < self.samples:
            raise IndexError(f"sample {shown(samples)} does not exist; there are {self.samples}")  # ends a loop
        return self.select(samples)

    def _check_lengths(self) -> None:
        if len(self.unit) != len(self.time_s):
            raise SpikeError(f"unit and time_s must be equally long, got {len(self.unit)} and {len(self.time_s)}")
        check_offsets(self.offsets, len(self.unit))

    def check(self, duration_s: float) -> None:
        """Raise `SpikeError` unless all events are of channels that there are and lie in the window, in seconds."""
        self._check_lengths()
        check_range(self.unit, "unit", self.units)
        self.check_times(duration_s)

    @checked
    def check_times(self, duration_s: float = np.inf) -> None:
        """Raise `SpikeError` if a time is NaN, infinite, negative, or not before `duration_s`."""
        bad = ~((self.time_s >= 0) & (self.time_s < duration_s))
        if bad.any():
            first = int(np.argmax(bad))
            sample = int(np.searchsorted(self.offsets, first, side="right")) - 1
            limit = f"below {duration_s:g} s, the end of the window" if np.isfinite(duration_s) else "finite"
            raise SpikeError(
                f"spike time {self.time_s[first]:g} s (sample {sample}, channel {self.unit[first]}) must be "
                f"non-negative and {limit}"
            )

    def select(self, samples: ArrayLike | slice) -> SpikeBatch:
        """Return the batch made of the given samples, in the given order.

        samples: whole numbers, negative ones from the end, a slice, a range, or a mask of all samples. Raises
        `SpikeError` for others.
        """
        index = chosen(samples, self.samples)
        counts = self.offsets[index + 1] - self.offsets[index]
        offsets = np.zeros(len(index) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        take = np.repeat(self.offsets[index] - offsets[:-1], counts) + np.arange(offsets[-1])
        return SpikeBatch(offsets, self.unit[take], self.time_s[take], self.units)


@dataclass(frozen=True)
class GridEvents:
    """Events on a time grid, sorted by sample and step.

    first: int64 (samples, steps + 1); unit[first[b, t]:first[b, t + 1]] are the channels that spike in step t.
    unit: int32; may hold unused room between samples. age: of spikes of neurons, in the order of `unit`: steps from the
    crossing of the threshold to the end of the step in which it was found (`crossing.py`); None for input events.
    """

    first: NDArray[np.int64]
    unit: NDArray[np.int32]
    units: int
    age: Reals | None = None

    def __post_init__(self) -> None:
        """Refuse what is no array; values are looked at where a level takes the events (`checked`)."""
        if not (isinstance(self.first, np.ndarray) and isinstance(self.unit, np.ndarray) and self.first.ndim == 2):
            raise SpikeError(
                f"events on a grid must be arrays, first with two axes, got {shown(self.first)}, {shown(self.unit)}"
            )

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.first.shape[0])

    @property
    def steps(self) -> int:
        """Number of grid steps."""
        return int(self.first.shape[1] - 1)

    def checked(self) -> GridEvents:
        """Return the events in the types that kernels read. Raises `SpikeError` for what they would not notice."""
        units = whole(self.units, "units", 0, MOST)
        first, unit = checked_grid(self.first, self.unit, units)
        if first is self.first and unit is self.unit:
            return self
        return GridEvents(first.copy(), unit.copy(), units, self.age)  # nothing in common with what was given

    def counts(self, dtype: DTypeLike = np.int64) -> NDArray[Any]:
        """Spikes per sample and channel, (samples, units)."""
        counts = np.zeros((self.samples, self.units), dtype)
        _count(self.first, self.unit, counts)
        return counts

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Return sample, step and channel of every event, in order."""
        counts = np.diff(self.first, axis=1)
        bins = np.repeat(np.arange(counts.size), counts.reshape(-1))
        return bins // self.steps, bins % self.steps, self._compact(self.unit)

    def ages(self) -> Reals:
        """Return the age of every event in the order of `table`; 0 where none are known."""
        if self.age is None:
            return np.zeros(int((self.first[:, -1] - self.first[:, 0]).sum()))
        return self._compact(self.age)

    def _compact(self, values: NDArray[N]) -> NDArray[N]:
        return np.concatenate([values[row[0] : row[-1]] for row in self.first])

    def dense_ages(self) -> NDArray[np.float64]:
        """Ages as an array (samples, steps, units); 0 where there is no spike, and of several in a step the last."""
        dense = np.zeros((self.samples, self.steps, self.units))
        dense[self.table()] = self.ages()
        return dense

    def dense(self) -> NDArray[np.float64]:
        """Spikes as an array (samples, steps, units) of event counts."""
        dense: NDArray[np.float64] = _dense(self.first, self.unit, self.units)
        return dense


def to_grid(batch: SpikeBatch, grid: TimeGrid) -> GridEvents:
    """Sort events onto the grid. Raises `SpikeError` for a time outside [0, grid.duration_s) and unknown channels."""
    batch.check(grid.duration_s)
    first = np.zeros((batch.samples, grid.steps + 1), np.int64)
    unit = np.empty(len(batch.unit), np.int32)
    _bin(batch.offsets, batch.unit, batch.time_s, 1.0 / grid.step_s, first, unit)
    return GridEvents(first, unit, batch.units)


@kernel
def _bin(offsets, unit, time_s, rate, first, unit_out):  # type: ignore[no-untyped-def]
    """Counting sort by step; the order of events within a step is kept."""
    steps = first.shape[1] - 1
    cursor = np.empty(steps, np.int64)
    for b in range(first.shape[0]):
        for e in range(offsets[b], offsets[b + 1]):
            first[b, step_of(time_s[e], rate, steps) + 1] += 1
        first[b, 0] = offsets[b]
        for t in range(steps):
            first[b, t + 1] += first[b, t]
            cursor[t] = first[b, t]
        for e in range(offsets[b], offsets[b + 1]):
            step = step_of(time_s[e], rate, steps)
            unit_out[cursor[step]] = unit[e]
            cursor[step] += 1


@kernel
def _count(first, unit, counts):  # type: ignore[no-untyped-def]
    for b in range(first.shape[0]):
        for e in range(first[b, 0], first[b, -1]):
            counts[b, unit[e]] += 1


@kernel
def _dense(first, unit, units):  # type: ignore[no-untyped-def]
    dense = np.zeros((first.shape[0], first.shape[1] - 1, units))
    for b in range(first.shape[0]):
        for t in range(first.shape[1] - 1):
            for e in range(first[b, t], first[b, t + 1]):
                dense[b, t, unit[e]] += 1
    return dense
