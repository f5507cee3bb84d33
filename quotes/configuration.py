"""docs/configuration.md: every field of a configuration, from the model that checks it."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import BaseMetadata
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ..training import config
from ..training.encodings.ear import InnerEar
from ..training.encodings.encoding import KindOfEncoding
from ..training.fields import Named
from ..training.registries import ENCODINGS

ENCODING_SECTIONS: Final = tuple(ENCODINGS.get(name) for name in ENCODINGS.built_in)

SECTIONS: Final[dict[str, tuple[type[BaseModel], ...]]] = {
    "": (config.ExperimentConfig,),
    "network.": (config.NetworkConfig,),
    "chip.": (config.ChipConfig,),
    "chip.imposed.": (config.ImposedConfig,),
    "training.": (config.TrainingConfig,),
    "encoding.": ENCODING_SECTIONS,
    "encoding.ear.": (InnerEar,),
}  # fmt: skip
INTRODUCTION: Final = """\
# Fields of a configuration

Generated from `training/config.py` by `make quotes`; do not edit. A preset (`training/presets/`) or a TOML file of
yours gives those without a default, and may give all; `--set FIELD=VALUE` changes any, for instance
`--set training.epochs=5`. Times are in seconds. A run folder holds all of them in `config.json`.
"""


def configuration_page() -> str:
    """Return the page as Markdown."""
    parts = [INTRODUCTION]
    for prefix, models in SECTIONS.items():
        for model in models:
            about = (model.__doc__ or "").strip().splitlines()[0]
            lines = [f"## {model.__name__}", "", about, "", "| field | value | default | |", "|---|---|---|---|"]
            lines += [_line(prefix, name, field) for name, field in model.model_fields.items()]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _line(prefix: str, name: str, field: FieldInfo) -> str:
    cells = (
        f"`{prefix}{name}`",
        _allowed(field),
        "see there"
        if field.get_default() is PydanticUndefined and field.default_factory
        else _default(field.get_default()),
        " ".join((field.description or "").split()),
    )
    return "| " + " | ".join(cells) + " |"


def _allowed(field: FieldInfo) -> str:
    """Return type and limits in words."""
    for each in field.metadata:
        if isinstance(each, Named):
            return " or ".join(f"`{name}`" for name in each.registry.built_in)
        if isinstance(each, KindOfEncoding):
            return " or ".join(f"`{section.__name__}`" for section in ENCODING_SECTIONS)
    limits = [each for each in field.metadata if isinstance(each, BaseMetadata)]
    words = [_limit(each) for each in limits]
    return ", ".join([_kind(field.annotation), *(word for word in words if word)])


def _kind(given: Any) -> str:
    if get_origin(given) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(given))
    options = [each for each in get_args(given) if each is not type(None)]
    if get_origin(given) is list:
        return f"list of {_kind(options[0])}"
    if get_origin(given) is dict:
        return "table"
    if metadata := getattr(given, "__metadata__", None):
        inside, *_ = get_args(given)
        found = [_limit(each) for info in metadata for each in getattr(info, "metadata", [])]
        return ", ".join([_kind(inside), *(word for word in found if word)])
    if options:
        names = [_kind(each) for each in options]
        return " or ".join(names) + (" or none" if type(None) in get_args(given) else "")
    return {"str": "text", "int": "integer", "float": "number", "bool": "true or false"}.get(
        given.__name__, f"`{given.__name__}`"
    )


def _limit(given: Any) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "min_length": "at least"}
    for name, sign in signs.items():
        if (value := getattr(given, name, None)) is not None:
            text = f"2^{value.bit_length() - 1}" if isinstance(value, int) and value > 1 << 20 else f"{value}"
            return f"{sign} {text}" + (" of them" if name == "min_length" else "")
    return ""


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "must be given"
    if isinstance(value, BaseModel):
        return "as below"
    text = (
        "none" if value is None else "{}" if value == {} else f"{value:g}" if isinstance(value, float) else f"{value}"
    )
    return f"`{text.lower() if isinstance(value, bool) else text}`"
