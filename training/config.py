"""The configuration of an experiment: what a preset file may say, and what a run folder records.

Only `dataset` must be given. In a file of your own, fields that are left out take the values of the preset that has the
name of the data set (`encoding` only if that is of the same kind, `chip.fields` only if the chip is the same), and then
the defaults below, which are what the presets of images share. An unknown field is an error. A run folder records the
values that have come of it. Times in seconds.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..behavioral.spec import ChipSpec, chip_spec
from ..errors import ConfigError
from .datasets.inner_ear import InnerEar
from .defaults import (
    BATCH,
    DURATION_S,
    INITIAL_MEAN,
    INITIAL_SCALE,
    LEARNING_RATE,
    MAXIMA,
    SLOPE,
    STEPS_PER_SAMPLE,
    logit_scale_of,
)

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
CHIP_FIELDS, _DEFAULT_CHIP = "chip.fields.", "bss2"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LatencyEncoding(_Section):
    """Pixel x spikes once at τ·ln(x/(x − θ))."""

    kind: Literal["latency"] = "latency"
    tau_s: Positive = 4e-6
    theta: Annotated[float, Field(gt=0, lt=1)] = 0.2


class SpikeTimeEncoding(_Section):
    """Feature x spikes once at t_early + x·(t_late − t_early), on `repetitions` channels; one bias feature."""

    kind: Literal["spike-time"] = "spike-time"
    t_early_s: NonNegative = 1e-6
    t_late_s: Positive = 12e-6
    bias_time_s: NonNegative = 1e-6
    repetitions: Count = 1


class InnerEarEncoding(_Section):
    """Sound, heard by a model of the inner ear; its spikes come `compression` times as fast as in the sound."""

    kind: Literal["inner-ear"] = "inner-ear"
    compression: Positive = 4000
    ear: InnerEar = InnerEar()


class EarChannelsEncoding(_Section):
    """Spikes of an inner ear, `compression` times as fast; of its channels, every `step`-th from `first` on is kept."""

    kind: Literal["ear-channels"] = "ear-channels"
    compression: Positive = 2000
    first: Annotated[int, Field(ge=0)] = 70
    step: Count = 9


Encoding = LatencyEncoding | SpikeTimeEncoding | InnerEarEncoding | EarChannelsEncoding


class NetworkConfig(_Section):
    """Hidden layers and initial weights (see `Network`)."""

    hidden: Annotated[list[Count], Field(min_length=1)]
    recurrent: bool = False
    initial_scale: Positive = INITIAL_SCALE
    initial_mean: float = INITIAL_MEAN
    initial_recurrent_scale: NonNegative | None = None
    initial_readout_mean: Finite = 0.0


class ImposedConfig(_Section):
    """Relative spreads imposed on the neurons, on top of those of the die (see `behavioral/imposed.py`)."""

    tau_mem: NonNegative = 0.0
    tau_syn: NonNegative = 0.0
    threshold: NonNegative = 0.0


class ChipConfig(_Section):
    """Design, calibration and temporal noise; `fields` changes fields of the specification.

    Fields that are counted on changed ones follow unless they are given, too (see `ChipSpec`): `weight_bits = 4` keeps
    the range of weights, `clock_hz = 25e6` the period of the CADC. noise_factor scales the temporal noise,
    spread_factor the spreads of the calibration.
    """

    preset: str = _DEFAULT_CHIP
    calibration: str = "uncalibrated"
    noise: str = "typical"
    noise_factor: NonNegative = 1.0
    spread_factor: NonNegative = 1.0
    imposed: ImposedConfig = ImposedConfig()
    quantized: bool = True
    fields: dict[str, int | float] = {}


class TrainingConfig(_Section):
    """Optimiser, loss, regularisers and augmentation.

    logit_scale: factor on the largest, or on the mean readout value before the softmax; if left out, the one that
    `losses.py` has for the loss. channel_jitter: standard deviation in channels of the ear. train_recurrent: false
    leaves recurrent weights as they were drawn.
    """

    epochs: Count
    batch: Count = BATCH
    learning_rate: Positive = LEARNING_RATE
    schedule: Literal["cosine", "constant"] = "cosine"
    loss: Literal["max-over-time", "max-from-rest", "sum-over-time", "sum-from-rest"] = "max-from-rest"
    decision_s: Positive | None = None
    logit_scale: Positive = Field(default_factory=lambda given: logit_scale_of(given.get("loss", "")))
    slope: Positive = SLOPE
    gradient: Literal["measured", "spikes", "interpolated", "known"] = "measured"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    rotation_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    channel_jitter: NonNegative = 0.0
    train_recurrent: bool = True
    readout_amplitude: NonNegative = 0.0
    burst: NonNegative = 0.0
    homeostatic: NonNegative = 0.0
    homeostatic_target: NonNegative = 0.0
    keep: Literal["last", "best"] = "last"
    samples: Count | None = None

    @model_validator(mode="after")
    def _check(self) -> TrainingConfig:
        if self.decision_s is not None and self.loss not in MAXIMA:
            raise ValueError(f"decision_s restricts {' and '.join(MAXIMA)}; for a sum make duration_s shorter")
        return self


class ExperimentConfig(_Section):
    """One experiment, complete."""

    name: str
    dataset: Literal["yin-yang", "mnist", "fashion-mnist", "shd", "fsdd"]
    fidelity: str = "behavioral"
    die: Seed = 0
    seed: Seed = 0
    device: Literal["cpu", "cuda"] = "cpu"
    duration_s: Positive = DURATION_S
    steps_per_sample: Count = STEPS_PER_SAMPLE
    encoding: Annotated[Encoding, Field(discriminator="kind")]
    network: NetworkConfig
    chip: ChipConfig = ChipConfig()
    training: TrainingConfig


def preset_names() -> list[str]:
    """Names of the presets that come with the package."""
    files = resources.files("inloop.training.presets").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load_config(preset: str, changes: dict[str, Any] | None = None) -> ExperimentConfig:
    """Return a preset, or the TOML file of that path, with fields changed (`{"training.epochs": 5}`).

    What a file leaves out is taken from the preset of its data set, where there is one. Raises `ConfigError` for an
    unknown preset, an unreadable file, an unknown field or a value that cannot be.
    """
    own = preset.endswith(".toml")
    if own:
        path = Path(preset)
        try:
            values, name = _parse(path.read_text(encoding="utf-8"), preset), path.stem
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read configuration {preset}: {error}") from None
    elif preset in preset_names():
        values, name = _preset(preset), preset
    else:
        raise ConfigError(f"unknown preset {preset!r}; known: {', '.join(preset_names())}, or a path ending in .toml")
    values.setdefault("name", name)
    for key, value in (changes or {}).items():
        _put(values, key, value)
    return parse_config(_completed(values) if own else values)


def changed(config: ExperimentConfig, changes: dict[str, Any]) -> ExperimentConfig:
    """Return the configuration with fields changed. Raises `ConfigError`.

    Fields of the chip that are counted on changed ones follow, although the configuration has a value for them.
    """
    values = config.model_dump()
    if "chip.preset" in changes:
        values["chip"]["fields"] = {}  # they describe the chip that is replaced
    elif fields := chip_changes(changes):
        before = design_before(config, changes)
        after = before.with_fields(**fields)
        values["chip"]["fields"] |= {name: getattr(after, name) for name in before.followed(**fields)}
    for key, value in changes.items():
        _put(values, key, value)
    return parse_config(values)


def chip_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes of single fields of the chip, `{"weight_bits": 4}` for `{"chip.fields.weight_bits": 4}`."""
    return {key.removeprefix(CHIP_FIELDS): value for key, value in changes.items() if key.startswith(CHIP_FIELDS)}


def design_before(config: ExperimentConfig, changes: dict[str, Any]) -> ChipSpec:
    """Return the design that changes of single fields begin from. Raises `ConfigError`."""
    other = changes.get("chip.preset")
    return design_of(config.chip) if other is None else chip_spec(other)


def design_of(chip: ChipConfig) -> ChipSpec:
    """Return the design of a configuration's chip. Raises `ConfigError`."""
    return chip_spec(chip.preset).with_fields(**chip.fields)


def parse_config(values: dict[str, Any]) -> ExperimentConfig:
    """Check plain values. Raises `ConfigError` that names the first bad field."""
    try:
        return ExperimentConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "configuration"
        hint = f"unknown field {field!r}" if first["type"] == "extra_forbidden" else f"{field}: {first['msg']}"
        raise ConfigError(f"{hint} (got {first.get('input')!r})") from None


def parse_change(text: str) -> tuple[str, Any]:
    """Split `training.epochs=5` into field and TOML value; what is no TOML value is taken as a string."""
    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise ConfigError(f"--set {text!r} must read FIELD=VALUE, for instance training.epochs=5")
    try:
        return field.strip(), tomllib.loads(f"v = {value}")["v"]
    except ValueError:
        return field.strip(), value.strip()


def _preset(name: str) -> dict[str, Any]:
    file = resources.files("inloop.training.presets").joinpath(f"{name}.toml")
    return _parse(file.read_text(encoding="utf-8"), name)


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is no valid TOML: {error}") from None


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with what they leave out taken from the preset of their data set, where there is one."""
    if values.get("dataset") not in preset_names():
        return values
    base = _preset(values["dataset"])
    for section, field, default in (("encoding", "kind", None), ("chip", "preset", _DEFAULT_CHIP)):
        own, theirs = values.get(section), base.get(section, {})
        if isinstance(own, dict) and own.get(field, theirs.get(field, default)) != theirs.get(field, default):
            base.pop(section, None)  # its other fields describe something else
    loss = values.get("training", {})
    if isinstance(loss, dict) and loss.get("loss", base["training"].get("loss")) != base["training"].get("loss"):
        base["training"].pop("logit_scale", None)
    return _merged(base, values)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merged(base[key], over[key]) for key in base.keys() & over.keys()
            if isinstance(base[key], dict) and isinstance(over[key], dict)}  # fmt: skip
    return {**base, **over, **both}


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise ConfigError(f"unknown field {key!r}")
    values[last] = value
