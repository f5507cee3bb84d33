"""Progress on a terminal: level, speed, time left; silent where there is no terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_SLOW_S = 3600.0  # the rate of trials is taken over this time


class _Rate(ProgressColumn):
    """Units per second, or seconds per unit."""

    def render(self, task: Task) -> Text:
        speed, unit = task.finished_speed or task.speed, task.fields["unit"]
        if not speed:
            return Text("")
        return Text(f"{speed:,.0f} {unit}s/s" if speed >= 1 else f"{1 / speed:,.0f} s per {unit}")


class Meter:
    """A progress bar on standard error; use as a context manager. unit: what is counted, in the singular."""

    def __init__(self, level: str, total: int, enabled: bool = True, unit: str = "sample") -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("[bold]{task.fields[level]}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=not (enabled and console.is_terminal),
            transient=True,
            speed_estimate_period=_SLOW_S if unit == "trial" else 30.0,
        )
        self._task = self._progress.add_task("", total=total, level=level, unit=unit)

    def __enter__(self) -> Meter:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, units: int) -> None:
        """Count units as done."""
        self._progress.advance(self._task, units)

    def describe(self, text: str) -> None:
        """Show a line beside the bar."""
        self._progress.update(self._task, description=text)
