"""`Registry`: the objects of one kind by name, such as the losses; one mechanism for all kinds.

An object comes from one of three places, which are asked in this order:

- what the package brings, listed as `"module:object"` and imported when it is asked for, not before;
- what a script adds: `LOSSES.register("mine", loss)`;
- what an installed package offers as an entry point in the group of the registry, in its pyproject.toml:

      [project.entry-points."inloop.losses"]
      theirs = "their_package.losses:THEIRS"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pkgutil import resolve_name
from typing import Final, Generic, TypeVar

from .errors import ConfigError, shown

T = TypeVar("T")

_NAME: Final = re.compile(r"\w[\w.+-]*")


class Registry(Generic[T]):
    """The objects of one kind. The package has one registry per kind.

    kind: what one is called in a sentence. group: of the entry points. built_in: the place of each that the package
    brings, in the order in which they are listed. of: the place of the class of which all must be, if there is one;
    with `classes` they are classes themselves, derived from it.
    """

    def __init__(
        self, kind: str, group: str, built_in: Mapping[str, str], of: str | None = None, *, classes: bool = False
    ) -> None:
        self.kind, self.group, self.of, self.classes = kind, group, of, classes
        self.built_in: Final = dict(built_in)
        self._added: dict[str, T] = {}
        self._loaded: dict[str, T] = {}

    def names(self) -> tuple[str, ...]:
        """Return all names: those that the package brings, those of scripts, those of installed packages."""
        return tuple(dict.fromkeys((*self.built_in, *self._added, *sorted(point.name for point in self._points()))))

    def __contains__(self, name: object) -> bool:
        return name in self.built_in or name in self._added or any(point.name == name for point in self._points())

    def get(self, name: str) -> T:
        """Return the object of that name.

        Raises `ConfigError` for an unknown name, and for an entry point that does not load or is something else.
        """
        if name in self.built_in:
            found: T = resolve_name(self.built_in[name])
            return found
        for those in (self._added, self._loaded):
            if name in those:
                return those[name]
        for point in self._points():
            if point.name == name:
                return self._loaded.setdefault(name, self._load(point))
        raise ConfigError(f"unknown {self.kind} {shown(name)}; known: {', '.join(self.names())}")

    def find(self, given: str | T) -> T:
        """Return an object that may be given itself or by its name. Raises `ConfigError` as `get` does."""
        if isinstance(given, str):
            return self.get(given)
        self._check(f"a {self.kind}", given)
        return given

    def register(self, name: str, item: T) -> T:
        """Add an object, in place of one that was added under that name before; return it.

        Raises `ConfigError` for a name that the package has given away, one that cannot be, and another kind of object.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ConfigError(f"name {shown(name)} of a {self.kind} must be of letters, digits, '-', '_', '+' and '.'")
        if name in self.built_in:
            raise ConfigError(f"{self.kind} {name!r} comes with inloop; register yours under another name")
        self._check(f"{self.kind} {name!r}", item)
        self._added[name] = item
        return item

    def _check(self, what: str, item: object) -> None:
        if self.of is None:
            return
        wanted: type = resolve_name(self.of)
        if self.classes and not (isinstance(item, type) and issubclass(item, wanted)):
            raise ConfigError(f"{what} = {shown(item)} must be a class derived from {wanted.__name__}")
        if not self.classes and not isinstance(item, wanted):
            raise ConfigError(f"{what} = {shown(item)} must be of type {wanted.__name__}")

    def _points(self) -> list[EntryPoint]:
        return list(entry_points(group=self.group))

    def _load(self, point: EntryPoint) -> T:
        what = f"{self.kind} {point.name!r} of package {point.value if point.dist is None else point.dist.name}"
        try:
            found: T = point.load()
        except Exception as error:  # code of others, which may fail in any way
            reason = f"{type(error).__name__}: {error}"
            raise ConfigError(f"{what} cannot be loaded ({reason}); repair or remove the package") from error
        self._check(what, found)
        return found
