"""Objects by name: of the package, of a script, of an installed package."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from inloop.errors import ConfigError
from inloop.registry import Registry

GROUP = "inloop.tests"


@pytest.fixture
def numbers() -> Registry[int]:
    return Registry("number", GROUP, {"maxsize": "sys:maxsize", "version": "sys:hexversion"}, "builtins:int")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with good and bad entry points."""
    (tmp_path / "numbers_of_others.py").write_text("SEVEN, WORD, MAXSIZE = 7, 'seven', 0\n")
    (tmp_path / "broken_numbers.py").write_text("1 / 0\n")
    info = tmp_path / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    places = {"seven": "numbers_of_others:SEVEN", "word": "numbers_of_others:WORD", "gone": "numbers_of_others:GONE",
              "broken": "broken_numbers:ONE", "maxsize": "numbers_of_others:MAXSIZE"}  # fmt: skip
    lines = (f"{name} = {place}" for name, place in places.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n" + "\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("numbers_of_others", None)


def test_objects_of_the_package_come_when_they_are_asked_for() -> None:
    sys.modules.pop("this", None)
    registry: Registry[str] = Registry("poem", GROUP, {"zen": "colorsys:__doc__", "nothing": "no_such_module:x"})
    assert registry.names() == ("zen", "nothing")
    assert "zen" in registry
    assert "poem" not in registry
    assert "RGB" in registry.get("zen")


def test_a_script_adds_its_own(numbers: Registry[int]) -> None:
    assert numbers.register("five", 5) == 5
    assert numbers.get("five") == 5
    assert numbers.names() == ("maxsize", "version", "five")
    numbers.register("five", 6)  # a cell of a notebook that runs again
    assert numbers.get("five") == 6


def test_unknown_names_get_a_sentence_with_the_known_ones(numbers: Registry[int]) -> None:
    numbers.register("five", 5)
    with pytest.raises(ConfigError, match=r"^unknown number 'six'; known: maxsize, version, five$"):
        numbers.get("six")


@pytest.mark.parametrize(
    ("name", "item", "message"),
    [
        ("maxsize", 5, "number 'maxsize' comes with inloop; register yours under another name"),
        ("word", "text", "number 'word' = 'text' must be of type int"),
        ("", 5, "name '' of a number must be of letters"),
        ("a b", 5, "name 'a b' of a number must be of letters"),
        (7, 5, "name 7 of a number must be of letters"),
    ],
)
def test_refusals(numbers: Registry[int], name: str, item: int, message: str) -> None:
    before = numbers.names()
    with pytest.raises(ConfigError, match=message):
        numbers.register(name, item)
    assert numbers.names() == before


@pytest.mark.usefixtures("package")
def test_installed_packages_offer_theirs(numbers: Registry[int]) -> None:
    assert numbers.names() == ("maxsize", "version", "broken", "gone", "seven", "word")
    assert "seven" in numbers
    assert numbers.get("seven") == 7
    assert numbers.get("maxsize") == sys.maxsize, "what the package brings stays what it is"
    assert numbers.register("seven", 8) == 8
    assert numbers.get("seven") == 8, "a script goes before an installed package"


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", r"^number 'gone' of package others cannot be loaded \(AttributeError: .*GONE.*\); repair or remove"),
        ("broken", r"^number 'broken' of package others cannot be loaded \(ZeroDivisionError: division by zero\); rep"),
        ("word", "^number 'word' of package others = 'seven' must be of type int$"),
    ],
)
def test_bad_entry_points_get_a_sentence(numbers: Registry[int], name: str, message: str) -> None:
    for _ in range(2):
        with pytest.raises(ConfigError, match=message):
            numbers.get(name)


def test_an_object_may_be_given_itself_or_by_its_name(numbers: Registry[int]) -> None:
    assert numbers.find("maxsize") == sys.maxsize
    assert numbers.find(5) == 5
    with pytest.raises(ConfigError, match=r"a number = 1.5 must be of type int"):
        numbers.find(1.5)  # type: ignore[arg-type]


def test_classes_by_name() -> None:
    errors: Registry[type[Exception]] = Registry("error", GROUP, {}, "builtins:ArithmeticError", classes=True)
    assert errors.register("zero", ZeroDivisionError) is ZeroDivisionError
    for wrong in (ZeroDivisionError(), KeyError):
        with pytest.raises(ConfigError, match=r"error 'wrong' = .*must be a class derived from ArithmeticError"):
            errors.register("wrong", wrong)  # type: ignore[arg-type]
