"""The data sets that `inloop` knows, and the published files that they are made of.

A `DataFile` is identified by its digest, so it does not matter which mirror, or who, delivers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import ConfigError

_MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_SHD_MIRRORS = ("https://zenkelab.org/datasets/",)
_FASHION_MIRRORS = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"
SHD_TRAIN = "shd_train.h5.gz"
SHD_TEST = "shd_test.h5.gz"
RECORDINGS = "recordings"

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class DataFile:
    """One published file of a data set.

    dataset: name of the data set that it belongs to. folder: its folder under the data folder.
    size: bytes, None where it is not published. digest: hexadecimal, lower case. mirrors: URLs of folders that hold it,
    in the order to try. algorithm: of the digest. unpacked: name of the unpacked file, which serves as well; without a
    published digest its content is checked by its reader alone.
    """

    dataset: str
    folder: str
    name: str
    size: int | None
    digest: str
    mirrors: tuple[str, ...]
    algorithm: Literal["sha256", "md5"] = "sha256"
    unpacked: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """Full address of the file on each mirror."""
        return tuple(mirror + self.name for mirror in self.mirrors)

    @property
    def remedy(self) -> str:
        """What to do if it is missing or damaged."""
        return f"run `inloop data fetch {self.dataset}`"


@dataclass(frozen=True)
class DataFolder(DataFile):
    """A folder of many small files, checked as one.

    size: of all files together. digest: SHA-256 over the SHA-256 lines of its files (`sha256sum *.SUFFIX | sha256sum`
    in the order of their names). suffix: of the files that count, all others are ignored. origin: where to get it.
    """

    suffix: str = ""
    origin: str = ""

    @property
    def remedy(self) -> str:
        """What to do if it is missing or damaged."""
        return f"get the folder {self.name}/ of {self.origin}"


@dataclass(frozen=True)
class DatasetInfo:
    """One data set. files is empty for a data set that is generated. class_names has one entry per label."""

    name: str
    class_names: tuple[str, ...]
    files: tuple[DataFile, ...]
    source: str

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


def _idx_files(
    dataset: str, folder: str, mirrors: tuple[str, ...], facts: dict[str, tuple[int, str]]
) -> tuple[DataFile, ...]:
    return tuple(DataFile(dataset, folder, name, *fact, mirrors) for name, fact in facts.items())


_MNIST_FILES = {
    TRAIN_IMAGES: (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    TRAIN_LABELS: (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    TEST_IMAGES: (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    TEST_LABELS: (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}
_FASHION_FILES = {
    TRAIN_IMAGES: (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    TRAIN_LABELS: (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    TEST_IMAGES: (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    TEST_LABELS: (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
}
_SHD_FILES = {
    SHD_TRAIN: "d47c9825dee33347913e8ce0f2be08b0",
    SHD_TEST: "3062a80ec0c5719404d5b02e166543b1",
}
_CLOTHES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Ankle_boot"

DATASETS = {
    info.name: info
    for info in (
        DatasetInfo("yin-yang", ("yin", "yang", "dot"), (), "Kriener, Göltz, Petrovici, NICE 2022"),
        DatasetInfo(
            "mnist",
            tuple("0123456789"),
            _idx_files("mnist", "mnist", _MNIST_MIRRORS, _MNIST_FILES),
            "LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86(11), 1998",
        ),
        DatasetInfo(
            "fashion-mnist",
            tuple(name.replace("_", " ") for name in _CLOTHES.split()),
            _idx_files("fashion-mnist", "fashion_mnist", _FASHION_MIRRORS, _FASHION_FILES),
            "Xiao, Rasul, Vollgraf, arXiv:1708.07747, 2017",
        ),
        DatasetInfo(
            "shd",
            tuple(f"{language} {digit}" for language in ("English", "German") for digit in range(10)),
            tuple(
                DataFile("shd", "shd", name, None, digest, _SHD_MIRRORS, "md5", name.removesuffix(".gz"))
                for name, digest in _SHD_FILES.items()
            ),
            "Cramer, Stradmann, Schemmel, Zenke, IEEE TNNLS 33, 2022",
        ),
        DatasetInfo(
            "fsdd",
            tuple("0123456789"),
            (
                DataFolder(
                    "fsdd",
                    "fsdd",
                    RECORDINGS,
                    21128848,
                    "1801eae019c063377d98f831d3f93574f259475df7332bb0e3d1b080fb5e6959",
                    (),
                    suffix=".wav",
                    origin="https://github.com/Jakobovski/free-spoken-digit-dataset (3000 recordings)",
                ),
            ),
            "Jackson et al., Free Spoken Digit Dataset, 3000 recordings",
        ),
    )
}


def dataset_info(name: str) -> DatasetInfo:
    """Return the description of a data set. Raises `ConfigError` for an unknown name."""
    if name not in DATASETS:
        raise ConfigError(f"unknown data set {name!r}; known: {', '.join(DATASETS)}")
    return DATASETS[name]
