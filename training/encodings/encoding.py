"""`Encoding`: a way from data to spikes, whose parameters are the table `encoding` of a configuration."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from ...behavioral.events import SpikeBatch
from ...errors import ConfigError
from ..datasets.samples import Samples
from ..fields import Section
from ..registries import ENCODINGS


class Augmentation(NamedTuple):
    """How training data are changed anew in every epoch, as in the configuration, and the generator of the changes."""

    rotation_deg: float
    channel_jitter: float
    rng: np.random.Generator


class Encoding(Section):
    """A class derived from it is an encoding of samples of one type; its fields are those of the configuration.

    takes: that type, which `encode` may name. augmentations: the fields of `Augmentation` that it knows of.
    """

    takes: ClassVar[type[Samples]]
    augmentations: ClassVar[tuple[str, ...]] = ()

    kind: str
    """Name of this encoding."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a class that does not say what it takes."""
        if not isinstance(getattr(cls, "takes", None), type):
            raise ConfigError(f"class {cls.__name__} must say what it takes, for instance takes = Features")

    def check(self, window_s: float) -> None:
        """Raise `ConfigError` if no experiment with this window makes sense."""

    def prepared(self, samples: Any) -> Any:
        """Return samples after what has to be done once, before the first epoch; here nothing."""
        return samples

    @abstractmethod
    def encode(self, samples: Any, window_s: float, augmentation: Augmentation | None = None) -> SpikeBatch:
        """Return the input events of samples that were prepared, in seconds; none at or after the end of the window."""


class KindOfEncoding:
    """Marks a field whose `kind` picks the class of the encoding."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Have the class validate the table."""
        return core_schema.no_info_plain_validator_function(_as_encoding)


def _as_encoding(given: Any) -> Encoding:
    if isinstance(given, Encoding):
        return given
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        raise ValueError(f"needs a table with its kind, one of {', '.join(ENCODINGS.names())}")
    return ENCODINGS.get(given["kind"]).model_validate(given)
