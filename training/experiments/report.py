"""The report of experiments: Markdown and figures beside the results, and one HTML page of everything."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from ...errors import CheckpointError, InloopError, shown
from ...files import check_replaceable, write_text
from ..figures.style import draw
from .experiment import Experiment, Parts, Settings, Table
from .provenance import in_words
from .store import Store
from .stored import StoredSettings

PAGE: Final = "report.html"
TITLE: Final = "inloop: experiments"


@dataclass(frozen=True)
class Section:
    """An experiment with what its results say, how it was run, and where that lies.

    trials: finished. wanted: how many the settings ask for. made: by which versions of the program.
    """

    experiment: Experiment
    parts: Parts
    settings: StoredSettings
    trials: int
    wanted: int
    seconds: float
    made: str
    folder: Path


def section(experiment: Experiment, store: Store) -> Section:
    """Read the results of an experiment and make its part of the report. Raises `CheckpointError`."""
    done, settings = store.finished(), store.settings()
    seconds = sum(each.seconds for each in done)
    with _made_of(store):
        parts = experiment.parts(store.rows()) if done else Parts()
    wanted = len(experiment.trials(Settings(settings.quick, settings.fidelity, settings.seeds)))
    made = in_words([each.versions for each in done])
    return Section(experiment, parts, settings, len(done), wanted, seconds, made, store.path)


@contextmanager
def _made_of(store: Store) -> Iterator[None]:
    """Raise `CheckpointError` for rows of which nothing can be made: a stranger's may lack any column."""
    try:
        yield
    except InloopError:
        raise
    except Exception as error:
        reason = shown(f"{type(error).__name__}: {error}")
        raise CheckpointError(
            f"{store.path / 'trials'} holds rows of another kind than this experiment leaves ({reason}); delete "
            "what is not of it and run again"
        ) from None


def is_written(each: Section) -> bool:
    """Return whether the files of an experiment's report are there."""
    names = ["README.md", "results.csv", *(f"{plot.name}.png" for plot in each.parts.plots)]
    return all((each.folder / name).exists() for name in names)


def write_section(each: Section, store: Store) -> None:
    """Write results.csv, the figures and README.md of an experiment."""
    store.write_csv()
    for plot in each.parts.plots:
        with _made_of(store):
            draw(store.path / f"{plot.name}.png", plot.height_in, plot.fill)
    write_text(store.path / "README.md", readme(each))


def readme(each: Section) -> str:
    """Return the page of an experiment as Markdown."""
    blocks = [f"# {each.experiment.title}", each.experiment.question]
    blocks += ["\n".join(f"- {name}: {_plain(text)}" for name, text in facts(each))]
    blocks += [_with_note(f"**{_plain(table.title)}**", table) for table in each.parts.tables]
    blocks += [f"![{plot.name}]({plot.name}.png)\n\n{plot.caption}" for plot in each.parts.plots]
    return "\n\n".join(blocks) + "\n"


def facts(each: Section) -> list[tuple[str, str]]:
    """Return how the results came about."""
    settings = each.settings
    length = "quick: they show the method and reach less than the full ones" if settings.quick else "full"
    seeds = "as many as the experiment has" if settings.seeds is None else str(settings.seeds)
    trials = f"{each.trials}" if each.trials >= each.wanted else f"{each.trials} of {each.wanted}, the rest not yet run"
    return [
        ("source", each.experiment.source),
        ("command", f"`{settings.command.replace('`', ' ')}`"),
        ("settings", length),
        ("level", settings.fidelity),
        ("seeds", seeds),
        ("trials", f"{trials}, {each.seconds / 60:.1f} minutes of processor time"),
        ("versions", each.made.replace("`", " ")),
    ]


def _with_note(title: str, table: Table) -> str:
    return "\n\n".join(block for block in (title, markdown(table), _plain(table.note)) if block)


def markdown(table: Table) -> str:
    """Return a table as Markdown."""
    lines = [table.columns, ("---",) * len(table.columns), *table.rows]
    return "\n".join("| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _plain(text: str) -> str:
    """Return text for a Markdown page, without HTML, links and images of its own."""
    return text.replace("<", "&lt;").replace("[", "&#91;")


def check_page(root: Path) -> None:
    """Raise `StorageError` if a file is in the place of the page that is none, before any work is done."""
    check_replaceable(root / PAGE, TITLE.encode())


def write_page(sections: Sequence[Section], path: Path) -> None:
    """Write one HTML page that needs no other file."""
    links = "".join(
        f'<li><a href="#{each.experiment.name}">{escape(each.experiment.title)}</a></li>' for each in sections
    )
    body = "".join(_html(each) for each in sections)
    write_text(path, _PAGE.format(title=TITLE, links=links, body=body))


def _html(each: Section) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{_inline(text)}</dd>" for name, text in facts(each))
    out = [f'<section id="{each.experiment.name}"><h2>{escape(each.experiment.title)}</h2>']
    out += [f"<p>{_inline(each.experiment.question)}</p><dl>{rows}</dl>"]
    for table in each.parts.tables:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in table.columns)
        lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in table.rows)
        out.append(f"<h3>{escape(table.title)}</h3><table><tr>{head}</tr>{lines}</table>")
        out += [f"<p>{_inline(table.note)}</p>"] if table.note else []
    for plot in each.parts.plots:
        image = base64.b64encode((each.folder / f"{plot.name}.png").read_bytes()).decode("ascii")
        picture = f'<img alt="{escape(plot.name)}" src="data:image/png;base64,{image}">'
        out.append(f"<figure>{picture}<figcaption>{escape(plot.caption)}</figcaption></figure>")
    return "".join(out) + "</section>\n"


def _inline(text: str) -> str:
    """Escape text; what stands between backticks becomes code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))


_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
h2 {{ border-top: 1px solid #ccc; padding-top: 1.5rem; margin-top: 2.5rem }}
h3 {{ font-size: 1rem; margin: 1.5rem 0 .5rem }}
table {{ border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }}
th, td {{ border-bottom: 1px solid #ddd; padding: .25rem .7rem; text-align: left; vertical-align: top }}
th {{ border-bottom: 2px solid #888 }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .9rem; color: #555 }}
dt {{ font-weight: 600 }} dd {{ margin: 0 }}
figure {{ margin: 1.5rem 0 }} img {{ max-width: 100% }} figcaption {{ font-size: .9rem; color: #555 }}
code {{ font-size: .9em; background: #f3f3f3; padding: 0 .2em }}
</style></head><body><h1>{title}</h1><ul>{links}</ul>
{body}</body></html>
"""
