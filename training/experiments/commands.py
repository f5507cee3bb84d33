"""What `inloop reproduce` and `inloop report` do."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from ...behavioral.numerics.threads import thread_count
from ...cosim.levels import check_fidelity
from ...errors import ConfigError, shown
from ..commands import note
from ..progress import Meter
from .experiment import Experiment, Settings, Table, Trial
from .registry import EXPERIMENTS, chosen
from .report import PAGE, Section, check_page, is_written, section, write_page, write_section
from .runner import Work, run_all
from .screen import print_table
from .store import Store, stored
from .stored import MOST_SEEDS

Result = dict[str, Any]


def listing(console: Console) -> Result:
    """Show the names of the experiments, one a line; see `inloop reproduce --list`."""
    console.print("\n".join(EXPERIMENTS), markup=False, highlight=False)
    return {
        "experiments": [{"name": each.name, "title": each.title, "cost": each.cost} for each in EXPERIMENTS.values()]
    }


def reproduce(name: str, settings: Settings, out: Path | None, jobs: int | None, console: Console) -> Result:
    """Run what is missing of an experiment, or of all; see `inloop reproduce`."""
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
            begun = store.begin(settings, _command(each.name, settings), trials)
            missing += [Work(each, trial, store) for trial in begun]
        failed = _run(missing, min(cores, max(len(missing), 1)), wanted, console)
        return {**_report(root, [(each, stores[each.name]) for each in experiments], console), "failed": failed}


def report(root: Path, console: Console) -> Result:
    """Rebuild the report from stored results; see `inloop report`."""
    check_page(root)
    return _report(root, stored(root, EXPERIMENTS), console)


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


def _run(missing: list[Work], jobs: int, total: int, console: Console) -> dict[str, str]:
    """Run trials and return what went wrong, by experiment and trial."""
    failed: dict[str, str] = {}
    kept = total - len(missing)
    if kept:
        note(console, f"{kept} of {total} trials are there already")
    names = {id(each.trial): each.experiment.name for each in missing}
    with Meter(f"{len(missing)} trials, {jobs} at a time", len(missing), not console.quiet, unit="trial") as bar:

        def done(trial: Trial, problem: str | None) -> None:
            bar.advance(1)
            if problem is not None:
                failed[f"{names[id(trial)]}/{trial.name}"] = problem
                note(console, f"{names[id(trial)]}/{trial.name} failed: {problem}")
            bar.describe(f"{trial.name}" + (f", {len(failed)} failed" if failed else ""))

        try:
            run_all(missing, jobs, done)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("finished trials are kept, the same command goes on with the rest") from None
    return failed


def _report(root: Path, found: list[tuple[Experiment, Store]], console: Console) -> Result:
    """Write what belongs to some experiments, and the page, which has all of the folder."""
    sections = []
    for experiment, store in stored(root, EXPERIMENTS):
        each = section(experiment, store)
        asked = any(experiment is one for one, _ in found)
        if asked or not is_written(each):
            write_section(each, store)
        if asked:
            _print(each, console)
        sections.append((each, asked))
    page = root / PAGE
    write_page([each for each, _ in sections], page)
    note(console, f"report: {page}")
    return {
        "report": str(page),
        "experiments": {each.experiment.name: _plain(each) for each, asked in sections if asked},
    }


def _print(each: Section, console: Console) -> None:
    note(console, f"\n{each.experiment.title}: {each.trials} trials")
    for table in each.parts.tables:
        print_table(table, console)


def _plain(each: Section) -> Result:
    def plain(table: Table) -> Result:
        return {
            "title": table.title, "columns": list(table.columns), "rows": [list(line) for line in table.rows],
            "note": table.note,
        }  # fmt: skip

    folder = str(each.folder)
    return {"folder": folder, "trials": each.trials, "tables": [plain(table) for table in each.parts.tables]}
