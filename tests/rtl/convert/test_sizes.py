"""The sizes that docs/rtl.md states are those that the synthesis script stored."""

from __future__ import annotations

import csv
from pathlib import Path

ROOT = Path(__file__).parents[3]


def stored() -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return instances, cells and flip-flops of each chip and block."""
    with (ROOT / "benchmarks" / "results" / "synthesis.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["chip"], row["module"].removeprefix(f"inloop_{row['chip'].replace('-', '_')}_")): (
            row["instances"], row["cells"], row["flip_flops"],
        )
        for row in rows
    }  # fmt: skip


def tables() -> list[list[list[str]]]:
    """Return the tables of sizes, each as rows of cells without the separators of thousands."""
    found: list[list[list[str]]] = []
    for line in (ROOT / "docs" / "rtl.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| module |"):
            found.append([])
        elif found and line.startswith("| ") and line.count("|") >= 5:
            found[-1].append([cell.strip().replace(",", "") for cell in line.strip("|").split("|")])
    return found


def test_the_page_repeats_what_was_stored() -> None:
    sizes, (both, hicann) = stored(), tables()
    seen = set()
    for name, instances, cells, flip_flops, cells_bss2, flip_flops_bss2 in both:
        assert (instances, cells, flip_flops) == sizes["tiny", name], name
        seen.add(("tiny", name))
        if cells_bss2 and not cells_bss2.startswith("≈"):
            assert ("1", cells_bss2, flip_flops_bss2) == sizes["bss2", name], name  # blocks synthesised alone
            seen.add(("bss2", name))
    for name, instances, cells, flip_flops in hicann:
        assert (instances, cells, flip_flops) == sizes["bss1-tiny", name], name
        seen.add(("bss1-tiny", name))
    tops = {("tiny", "inloop_tiny"), ("bss1-tiny", "inloop_bss1_tiny")}
    assert set(sizes) - tops == seen


def test_the_flip_flops_of_the_hicann_add_up() -> None:
    sizes = stored()
    total = sum(int(n) * int(f) for (chip, name), (n, _, f) in sizes.items() if chip == "bss1-tiny")
    assert f"{total:,} flip-flops in all" in (ROOT / "docs" / "rtl.md").read_text(encoding="utf-8")
