"""Code in README and docs, as the tests take it: blocks of Python, commands, names of files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
FOLDERS: Final = ("behavioral", "rtl", "cosim", "training", "cli", "benchmarks", "docs", "quotes", "tests")
"""Of the checkout; a page also names folders of runs and results."""
PLACEHOLDERS: Final = {"K": "0", "NAME": "benchmarks", "RUN": "runs/A", "DIR": "folder"}
_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def python_blocks(page: str) -> list[str]:
    """Return the blocks of Python of a page, in order."""
    return [code for language, code in _BLOCK.findall(PAGES[page]) if language == "python"]


def commands(page: str) -> list[list[str]]:
    """Return all commands of a page as words: in blocks, indented, and between backticks with … in none."""
    text = PAGES[page]
    lines = [line for language, code in _BLOCK.findall(text) if language == "sh" for line in _lines(code)]
    rest = _BLOCK.sub("", text)
    lines += [line.strip() for line in rest.splitlines() if re.match(r"    (?:inloop|pytest|python|make) ", line)]
    lines += [code for code in re.findall(r"`((?:inloop|pytest|python|make) [^`]*)`", rest) if "…" not in code]
    words = [shlex.split(line, comments=True) for line in lines]
    return [[PLACEHOLDERS.get(word, word) for word in each] for each in words]


def _lines(code: str) -> list[str]:
    return [line.strip() for line in code.replace("\\\n", " ").splitlines() if line.strip()]


def files(page: str) -> set[str]:
    """Return the paths that a page names between backticks or links to, from the root of the checkout."""
    text, folder = _BLOCK.sub("", PAGES[page]), (ROOT / page).parent
    named = set(re.findall(r"`([\w-]+(?:/[\w-]+)*/[\w.-]+\.(?:py|cpp|hpp|md|toml|csv|vlt))`", text))
    named |= {name for name in re.findall(r"`((?:[\w-]+/)+)`", text) if name.split("/")[0] in FOLDERS}
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    return named | {str((folder / link).resolve().relative_to(ROOT)) for link in links}
