"""`DataSet`: what a data set is made of and how it is loaded; each is an object in a file of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final

from ...errors import ConfigError, shown
from .data_file import DataFile
from .samples import Samples

SPLITS: Final = ("train", "validation", "test")


@dataclass(frozen=True)
class DataSet(ABC):
    """Derive from it to make one of your own.

    class_names: one entry per label. files: what must be there, none for a data set that is generated. source: where
    it is published. gives: the type of its samples, which decides on the encodings that fit.
    """

    name: str
    class_names: tuple[str, ...]
    files: tuple[DataFile, ...] = ()
    source: str = ""
    gives: ClassVar[type[Samples]]

    def __post_init__(self) -> None:
        """Refuse a class that does not say what it gives."""
        if not isinstance(getattr(self, "gives", None), type):
            raise ConfigError(f"class {type(self).__name__} must say what it gives, for instance gives = Features")

    @property
    def classes(self) -> int:
        """Number of classes; labels are 0 .. classes − 1."""
        return len(self.class_names)

    def file(self, name: str) -> DataFile:
        """Return the file of that name. Raises `ConfigError` for an unknown one."""
        for file in self.files:
            if file.name == name:
                return file
        known = ", ".join(file.name for file in self.files) or "none, it is generated"
        raise ConfigError(f"data set {self.name} has no file {name!r}; its files: {known}")

    def load(self, split: str, hold_out: bool = False) -> Samples:
        """Load a split: train, validation or test.

        hold_out: leave what belongs to validation out of train, where it is a part of it. Raises `ConfigError` for an
        unknown split and for samples of another type than it says that it gives, `DataError` for a file that is
        missing, truncated or altered, `LabelError` for a wrong label.
        """
        if split not in SPLITS:
            raise ConfigError(f"unknown split {split!r} of data set {self.name}; known: {', '.join(SPLITS)}")
        samples = self.read(split, hold_out)
        if not isinstance(samples, self.gives):
            wanted = self.gives.__name__
            raise ConfigError(f"data set {self.name} read {shown(samples)}, it says that it gives {wanted}")
        return samples

    @abstractmethod
    def read(self, split: str, hold_out: bool) -> Samples:
        """Return the samples of one of the `SPLITS`, as `load` says."""
