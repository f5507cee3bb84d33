"""What a configuration names: one registry per kind, each with all that the package brings.

To add one, write its file and list its place here. Scripts and installed packages add theirs as `registry.py` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..registry import Registry

if TYPE_CHECKING:
    from ..behavioral.network.surrogate import Surrogate
    from .datasets.data_set import DataSet
    from .encodings.encoding import Encoding
    from .estimators import Estimator
    from .keep import Keep
    from .losses import Loss
    from .schedules import Schedule

DATASETS: Final[Registry[DataSet]] = Registry(
    "data set",
    "inloop.datasets",
    {
        "yin-yang": "inloop.training.datasets.yin_yang:YIN_YANG",
        "mnist": "inloop.training.datasets.mnist:MNIST",
        "fashion-mnist": "inloop.training.datasets.fashion_mnist:FASHION_MNIST",
        "shd": "inloop.training.datasets.shd:SHD",
        "fsdd": "inloop.training.datasets.fsdd:FSDD",
    },
    "inloop.training.datasets.data_set:DataSet",
)
ENCODINGS: Final[Registry[type[Encoding]]] = Registry(
    "encoding",
    "inloop.encodings",
    {
        "latency": "inloop.training.encodings.latency:LatencyEncoding",
        "spike-time": "inloop.training.encodings.spike_time:SpikeTimeEncoding",
        "inner-ear": "inloop.training.encodings.inner_ear:InnerEarEncoding",
        "ear-channels": "inloop.training.encodings.ear_channels:EarChannelsEncoding",
    },
    "inloop.training.encodings.encoding:Encoding",
    classes=True,
)
LOSSES: Final[Registry[Loss]] = Registry(
    "loss",
    "inloop.losses",
    {
        "max-over-time": "inloop.training.losses:MAX_OVER_TIME",
        "max-from-rest": "inloop.training.losses:MAX_FROM_REST",
        "sum-over-time": "inloop.training.losses:SUM_OVER_TIME",
        "sum-from-rest": "inloop.training.losses:SUM_FROM_REST",
    },
    "inloop.training.losses:Loss",
)
ESTIMATORS: Final[Registry[Estimator]] = Registry(
    "gradient",
    "inloop.gradients",
    {
        "measured": "inloop.training.estimators:MEASURED",
        "spikes": "inloop.training.estimators:SPIKES",
        "interpolated": "inloop.training.estimators:INTERPOLATED",
        "eventprop": "inloop.training.estimators:EVENTPROP",
        "known": "inloop.training.estimators:KNOWN",
    },
    "inloop.training.estimators:Estimator",
)
SURROGATES: Final[Registry[Surrogate]] = Registry(
    "surrogate",
    "inloop.surrogates",
    {
        "superspike": "inloop.behavioral.network.surrogate:SUPERSPIKE",
        "fast-sigmoid": "inloop.behavioral.network.surrogate:FAST_SIGMOID",
        "triangle": "inloop.behavioral.network.surrogate:TRIANGLE",
        "arctan": "inloop.behavioral.network.surrogate:ARCTAN",
    },
    "inloop.behavioral.network.surrogate:Surrogate",
)
SCHEDULES: Final[Registry[Schedule]] = Registry(
    "schedule",
    "inloop.schedules",
    {"cosine": "inloop.training.schedules:cosine", "constant": "inloop.training.schedules:constant"},
)
KEEPS: Final[Registry[Keep]] = Registry(
    "keep rule",
    "inloop.keeps",
    {"last": "inloop.training.keep:LAST", "best": "inloop.training.keep:BEST"},
    "inloop.training.keep:Keep",
)
