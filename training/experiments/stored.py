"""What is read of results on disk, which may come from a stranger: types, sizes and characters are checked here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from ...cosim.levels import FIDELITIES
from ...errors import CheckpointError, printable, shown
from ..reading import read_json
from .experiment import Row, Trial
from .provenance import UNKNOWN

MOST_SEEDS: Final = 10_000
"""Repetitions of an experiment."""
LONGEST_TEXT: Final = 1000
"""Characters."""


def _known(level: str) -> str:
    if level not in FIDELITIES:
        raise ValueError(f"must be one of {', '.join(FIDELITIES)}")
    return level


def _value(value: Any) -> Any:
    if type(value) in (int, float) and abs(value) < 1 << 63:
        return value
    if type(value) is str and len(value) <= LONGEST_TEXT:
        return printable(value)
    if value is None or type(value) is bool:
        return value
    raise ValueError("must be a number below 2**63, a short text or null")


Text = Annotated[str, Field(strict=True, max_length=LONGEST_TEXT), AfterValidator(printable)]
Flat = dict[Text, Annotated[Any, AfterValidator(_value)]]


@dataclass(frozen=True)
class Finished:
    """A trial with its rows. seconds: processor time. versions: of the program that ran it."""

    trial: Trial
    rows: list[Row]
    seconds: float
    versions: dict[str, str]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True)

    @classmethod
    def _checked(cls, path: Path) -> Self:
        """Read a file. Raises `CheckpointError` that names the first bad field."""
        try:
            return cls.model_validate(read_json(path, "result"))
        except FileNotFoundError:
            raise CheckpointError(f"no file {path}; run again") from None
        except CheckpointError as error:
            raise CheckpointError(f"{error}; delete it and run again") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field, got = ".".join(map(str, first["loc"])), shown(first.get("input"), 40)
            found = (
                f"no {shown(field)}" if first["type"] == "missing" else f"{shown(field)}: {first['msg']} (got {got})"
            )
            raise CheckpointError(f"{path} has {found}; delete it and run again") from None


class StoredSettings(_Stored):
    """The content of settings.json."""

    quick: StrictBool
    fidelity: Annotated[Text, AfterValidator(_known)]
    seeds: Annotated[StrictInt, Field(ge=1, le=MOST_SEEDS)] | None
    command: Text

    @classmethod
    def read(cls, path: Path) -> StoredSettings:
        """Read a file. Raises `CheckpointError`."""
        return cls._checked(path)


class StoredTrial(_Stored):
    """The content of a trial's file."""

    parameters: Flat
    rows: list[Flat]
    seconds: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
    versions: dict[Text, Text] = UNKNOWN

    @classmethod
    def read(cls, path: Path) -> Finished:
        """Read a file. Raises `CheckpointError`."""
        found = cls._checked(path)
        rows: list[dict[str, Any]] = [dict(row) for row in found.rows]
        return Finished(Trial(printable(path.stem), dict(found.parameters)), rows, found.seconds, found.versions)
