"""README and docs say what the stored results say, and nothing else that looks like a result."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from inloop.errors import ConfigError
from inloop.quotes import loose
from inloop.quotes.__main__ import current
from inloop.quotes.configuration import SECTIONS, configuration_page
from inloop.quotes.markers import ROOT, found, pages, refreshed, unquoted
from inloop.quotes.sources import FACTS, PROBES, RESULTS, probe, tables
from inloop.training.experiments.experiment import Table
from inloop.training.experiments.registry import EXPERIMENTS
from inloop.training.experiments.report import readme, section
from inloop.training.experiments.store import Store

PHYSICS = date(2026, 11, 30)
"""Of the last change of the chip's physics, kernels and Verilog that moves figures."""
OF_DATA = ("ear",)
"""Measurements in which no model has a part."""
PAGES = {str(path.relative_to(ROOT)): path for path in pages()}


@pytest.fixture(scope="module")
def wanted() -> dict[Path, str]:
    return current()


def made_up(source: str) -> Sequence[Table]:
    assert source == "it"
    return [
        Table("Dogs, big", ("name", "legs", "tail (cm)"), [("Rex", "4", "30 ± 2"), ("Bob", "3", "20")], "n = 2"),
        Table("Dogs, small", ("name", "legs"), [("Rex", "4")]),
    ]


def test_a_quote_is_a_cell_a_table_or_how_it_was_measured() -> None:
    assert found("it; Rex; tail", made_up) == "30 ± 2"
    assert found("it; big; Bob; legs", made_up) == "3"
    assert found("it; small; table", made_up) == "| name | legs |\n| --- | --- |\n| Rex | 4 |"
    assert found("it; big; how", made_up) == "n = 2"
    assert found("it; big; Rex / Bob; legs / tail", made_up) == "4 / 30 ± 2 / 3 / 20"


@pytest.mark.parametrize(
    "key", ["it; Rex; legs", "it; Tim; tail", "it; big; Rex; ears", "it; big; Rex; t", "it", "it; table"]
)
def test_a_key_that_picks_none_or_several_is_refused(key: str) -> None:
    if key == "it; big; Rex; t":  # the beginning of one column is enough
        assert found(key, made_up) == "30 ± 2"
        return
    with pytest.raises(ConfigError, match=r"picks \d texts|names no column"):
        found(key, made_up)


@pytest.mark.parametrize("source", ["beauty", "probe nothing", "nothing.csv"])
def test_unknown_sources_are_refused(source: str) -> None:
    with pytest.raises(ConfigError, match=r"unknown source|cannot read"):
        tables(source)


def test_refreshing_keeps_everything_but_the_quoted_text() -> None:
    text = "A <!--=a;\n  b-->old<!--/--> is.\n\n<!--=t-->\n\n| x |\n\n<!--/-->\n"
    assert refreshed(text, {"a; b": "new", "t": "| y |"}.__getitem__) == text.replace("old", "new").replace("x", "y")
    assert unquoted(text) == "A  is.\n\n\n"
    with pytest.raises(ConfigError, match="no <!--/-->"):
        refreshed("<!--=a-->1 <!--=b-->2<!--/-->", str)


@pytest.mark.parametrize("page", [*PAGES, "docs/configuration.md"])
def test_figures_are_those_of_the_stored_results(page: str, wanted: dict[Path, str]) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == wanted[ROOT / page], "run make quotes"


@pytest.mark.parametrize("page", PAGES)
def test_no_quote_begins_a_line_of_text(page: str) -> None:
    """Markdown takes such a line for a block of HTML, so it would end the paragraph."""
    for line in PAGES[page].read_text(encoding="utf-8").splitlines():
        assert not line.lstrip().startswith("<!--") or re.fullmatch(r"<!--=[^>]*-->|<!--/-->", line), line


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_pages_of_experiments_are_those_of_their_trials(name: str) -> None:
    store = Store(RESULTS, name)
    page = (store.path / "README.md").read_text(encoding="utf-8")
    assert page == readme(section(EXPERIMENTS[name], store)), "run make quotes"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_tables_of_experiments_say_how_their_figures_were_measured(name: str) -> None:
    for table in tables(name):
        measured = any("accuracy" in text or "test" in text for text in (table.title, *table.columns))
        assert not measured or re.search(r"n = \d|training set|conditions as above", table.note), table.title


@pytest.mark.parametrize("path", sorted(PROBES.glob("*.toml")), ids=lambda path: path.stem)
def test_one_off_measurements_say_how_they_were_made_and_are_quoted(path: Path) -> None:
    found = re.search(r", at commit [0-9a-f]{7}(, before the last changes? of [\w, ']+)?$", probe(path.stem).note)
    assert found
    assert found[1] or path.stem in OF_DATA or tomllib.loads(path.read_text(encoding="utf-8"))["date"] >= PHYSICS
    assert any(f"<!--=probe {path.stem};" in page.read_text(encoding="utf-8") for page in PAGES.values())
    for page in PAGES.values():
        text = page.read_text(encoding="utf-8")
        if f"<!--=probe {path.stem};" in text:
            assert f"<!--=probe {path.stem}; how-->" in text, f"{page.name} quotes {path.stem} but not how it was made"


def test_a_one_off_measurement_must_say_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.quotes import sources

    monkeypatch.setattr(sources, "PROBES", tmp_path)
    whole = {**dict.fromkeys(FACTS, '"x"'), "columns": '["a"]', "rows": '[["1"]]'}
    for missing in whole:
        (tmp_path / "p.toml").write_text("\n".join(f"{k} = {v}" for k, v in whole.items() if k != missing))
        with pytest.raises(ConfigError, match=f"does not say {missing}"):
            probe("p")
    (tmp_path / "p.toml").write_text("\n".join(f"{k} = {v}" for k, v in {**whole, "rows": '[["1", "2"]]'}.items()))
    with pytest.raises(ConfigError, match="does not fit"):
        probe("p")


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_is_a_quote_or_known(page: str) -> None:
    found = loose.loose(page, PAGES[page].read_text(encoding="utf-8"))
    assert found == [], "quote a stored result (inloop/quotes), or say in quotes/constants.toml what it is"


@pytest.mark.parametrize(
    "text",
    ["It reaches 97.3 %.", "97.3 ± 0.2", "at 12,000 images/s", "It takes 5 minutes", "in 0.3 µs", "97.30 at 18",
     "| set | accuracy |\n|---|---|\n| MNIST | 97 |", "lost by 2 points"],
)  # fmt: skip
def test_a_new_figure_is_noticed(text: str) -> None:
    assert loose.figures(text) != []
    assert loose.loose("README.md", text) != []


@pytest.mark.parametrize(
    "text", ["<!--=a; b-->97.3 %<!--/-->", "`--set x=0.5`", "```\n97.3 %\n```", "256-246-10 in 2022", "[x](1.5.md)"]
)
def test_quotes_code_and_counts_are_no_loose_figures(text: str) -> None:
    assert loose.figures(text) == []


@pytest.mark.parametrize("page", loose.known())
def test_known_figures_are_there_and_are_what_they_say(page: str) -> None:
    text = " ".join(PAGES[page].read_text(encoding="utf-8").split())
    for words, why in loose.known()[page].items():
        assert words in text, "drop it from quotes/constants.toml"
        assert loose.holds(words, why), words


def test_a_constant_that_has_changed_is_noticed() -> None:
    assert loose.holds("1.664 µs", "= 1e6 * bss2.cadc_period_s")
    assert not loose.holds("1.7 µs", "= 2e6 * bss2.cadc_period_s")
    assert not loose.holds("25 and 229 LSB", "= (bss2.membrane_floor_lsb, bss2.membrane_ceiling_lsb)")
    assert not loose.holds("5 ns", "")


def test_every_field_of_a_configuration_is_documented() -> None:
    page = configuration_page()
    for prefix, models in SECTIONS.items():
        for model in models:
            for name, field in model.model_fields.items():
                assert field.description, f"{model.__name__}.{name}"
                assert f"| `{prefix}{name}` | " in page
