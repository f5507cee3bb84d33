"""What is missing of experiments, ready to be run, and the report of what is there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...behavioral.numerics.threads import thread_count
from ...cosim.levels import check_fidelity
from ...errors import ConfigError, shown
from .experiment import Experiment, Settings
from .registry import EXPERIMENTS, chosen
from .report import PAGE, Section, check_page, is_written, section, write_page, write_section
from .runner import Work
from .store import Store, stored
from .stored import MOST_SEEDS


@dataclass(frozen=True)
class Pending:
    """Trials that are missing in a folder. names: of their experiments. wanted: trials, those that are there included.

    jobs: trials at a time.
    """

    root: Path
    names: tuple[str, ...]
    work: list[Work]
    wanted: int
    jobs: int


@contextmanager
def begun(name: str, settings: Settings, out: Path | None = None, jobs: int | None = None) -> Iterator[Pending]:
    """Yield what is missing of an experiment, or of all, in folders that other processes keep out of meanwhile.

    out: folder of the results; None: one in results/. jobs: None: one a core. Raises `ConfigError` for what cannot be
    run and for results of other settings, `StorageError` if another process is at work there.
    """
    check_fidelity(settings.fidelity)
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs} must be at least 1")
    if settings.seeds is not None and not 1 <= settings.seeds <= MOST_SEEDS:
        raise ConfigError(f"--seeds {shown(settings.seeds)} must be between 1 and {MOST_SEEDS}")
    experiments, cores = _possible(name, settings), jobs or thread_count()
    root = out or _default_folder(settings)
    check_page(root)
    stores = {each.name: Store(root, each.name) for each in experiments}
    for store in stores.values():
        store.check(settings)
    with ExitStack() as claims:
        for store in stores.values():
            claims.enter_context(store.claim())
        wanted, missing = 0, []
        for each in experiments:
            trials = each.trials(settings)
            wanted += len(trials)
            store = stores[each.name]
            left = store.begin(settings, _command(each.name, settings), trials)
            missing += [Work(each, trial, store) for trial in left]
        yield Pending(root, tuple(stores), missing, wanted, min(cores, max(len(missing), 1)))


def write_report(
    root: Path, names: Collection[str] | None = None, written: Callable[[Section], None] = lambda _: None
) -> tuple[Path, list[Section]]:
    """Write what belongs to the experiments named, None: all, and the page, which has all of the folder.

    written: gets each section as soon as its files are there. Returns the page and the sections of those named. Raises
    `CheckpointError` for results that cannot be read, `StorageError` for a page that is not inloop's.
    """
    check_page(root)
    sections, asked = [], []
    for experiment, store in stored(root, EXPERIMENTS):
        each = section(experiment, store)
        wanted = names is None or experiment.name in names
        if wanted or not is_written(each):
            write_section(each, store)
        if wanted:
            written(each)
            asked.append(each)
        sections.append(each)
    write_page(sections, root / PAGE)
    return root / PAGE, asked


def _possible(name: str, settings: Settings) -> list[Experiment]:
    """Return what is asked for and makes sense at the level; of `all`, what does not is left out."""
    wanted = chosen(name)
    found = [each for each in wanted if settings.fidelity in each.levels]
    if not found:
        raise ConfigError(f"{name} runs at level {', '.join(wanted[0].levels)}, not at {settings.fidelity!r}")
    return found


def _default_folder(settings: Settings) -> Path:
    level = "" if settings.fidelity == "behavioral" else f"-{settings.fidelity}"
    return Path("results") / f"{'quick' if settings.quick else 'full'}{level}"


def _command(name: str, settings: Settings) -> str:
    words = ["inloop reproduce", name]
    words += ["--quick"] if settings.quick else []
    words += [f"--fidelity {settings.fidelity}"] if settings.fidelity != "behavioral" else []
    words += [f"--seeds {settings.seeds}"] if settings.seeds is not None else []
    return " ".join(words)
