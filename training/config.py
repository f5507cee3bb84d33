"""The configuration of an experiment: what a preset file may say, and what a run folder records.

Only `dataset` must be given. In a file of your own, fields that are left out take the values of the preset that has the
name of the data set (`encoding` only if that is of the same kind, `chip.fields` only if the chip is the same), and then
the defaults below, which are what the presets of images share. An unknown field is an error. A run folder records the
values that have come of it. Times in seconds. The docstrings of the fields are the reference in
docs/configuration.md.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from ..behavioral.design import Design
from ..checks import checked
from ..chips import design, presets
from ..errors import ConfigError, shown
from ..scalars import plain
from .defaults import (
    BATCH,
    DURATION_S,
    INITIAL_MEAN,
    INITIAL_SCALE,
    LEARNING_RATE,
    LOSS,
    SLOPE,
    STEPS_PER_SAMPLE,
    SURROGATE,
)
from .encodings.encoding import Encoding, KindOfEncoding
from .fields import Count, Finite, Named, NonNegative, Positive, Section, Seed
from .reading import parse_toml, read_toml
from .registries import DATASETS, ESTIMATORS, KEEPS, LOSSES, SCHEDULES, SURROGATES

MOST_NAME_BYTES: Final = 128
"""Of the name of an experiment, which becomes part of the name of a folder."""
CHIP_FIELDS, _DEFAULT_CHIP = "chip.fields.", "bss2"


def _plain_name(name: str) -> str:
    """Refuse names that cannot be part of the name of one folder."""
    if not name.isprintable() or set(name) & set("/\\") or name[:1] in ("", ".", "-", "~"):
        raise ValueError("must be a plain name: printable, without slashes, not beginning with '.', '-' or '~'")
    if len(name.encode()) > MOST_NAME_BYTES:
        raise ValueError(f"must have at most {MOST_NAME_BYTES} bytes")
    return name


class NetworkConfig(Section):
    """Hidden layers and initial weights (see `Network`)."""

    hidden: Annotated[list[Count], Field(min_length=1, max_length=1000)]
    """Neurons of each hidden layer."""
    recurrent: bool = False
    """Whether the hidden layers have recurrent weights."""
    initial_scale: Positive = INITIAL_SCALE
    """Standard deviation of the initial weights, times the root of the number of sources; software units."""
    initial_mean: Annotated[float, Field(strict=True)] = INITIAL_MEAN
    """Mean of the initial hidden weights, times the number of sources; software units."""
    initial_recurrent_scale: NonNegative | None = None
    """The same as `initial_scale` for recurrent weights; none: that one."""
    initial_readout_mean: Finite = 0.0
    """Mean of the initial readout weights, times the number of sources; software units."""


class ImposedConfig(Section):
    """Relative spreads imposed on the neurons, on top of those of the die (see `behavioral/bss2/imposed.py`)."""

    tau_mem: NonNegative = 0.0
    """σ of the membrane time constant."""
    tau_syn: NonNegative = 0.0
    """σ of the synaptic time constants."""
    threshold: NonNegative = 0.0
    """σ of the distance from leak to threshold."""


class ChipConfig(Section):
    """Design, calibration and temporal noise.

    Fields of the design that are counted on changed ones follow unless they are given, too (see `ChipSpec`):
    `weight_bits = 4` keeps the range of weights, `clock_hz = 25e6` the period of the CADC.
    """

    preset: str = _DEFAULT_CHIP
    """Design, as `inloop chip` shows it: bss2, tiny, bss1 or bss1-tiny."""
    calibration: str = Field(default_factory=lambda given: _usual_calibration(given.get("preset")))
    """What mismatch is left: perfect, calibrated or uncalibrated; if left out, what is usual for the chip: bss1 is
    calibrated, the others are not."""
    noise: str = "typical"
    """Temporal noise: typical or off."""
    noise_factor: NonNegative = 1.0
    """Factor on all temporal noise."""
    spread_factor: NonNegative = 1.0
    """Factor on all spreads of the calibration."""
    imposed: ImposedConfig = ImposedConfig()
    """Spreads imposed on top of those of the die, see `ImposedConfig`."""
    quantized: bool = True
    """False leaves weights and CADC samples unrounded and unclipped."""
    fields: dict[str, Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]] = Field(default={})
    """Fields of the specification with other values than those of the design (`behavioral/bss2/spec.py`)."""


def _usual_calibration(preset: str | None) -> str:
    """Return the calibration that a chip usually has; any if it is not known, which is refused later."""
    known = presets()
    return known[preset].usual_calibration if preset in known else ""


def _logit_scale_of(loss: str | None) -> float:
    """Return the factor of a loss; any if it is not known, which has been refused."""
    return LOSSES.get(loss).logit_scale if loss is not None else 1.0


class TrainingConfig(Section):
    """Optimiser, loss, regularisers and augmentation."""

    epochs: Count
    """Passes over the training data."""
    batch: Count = BATCH
    """Samples per step of the optimiser."""
    learning_rate: Positive = LEARNING_RATE
    """Learning rate of Adam, at the start where it has a schedule."""
    schedule: Annotated[str, Named(SCHEDULES)] = "cosine"
    """Course of the learning rate: cosine falls to zero over all epochs."""
    loss: Annotated[str, Named(LOSSES)] = LOSS
    """What is made of the readout over time; `-from-rest` counts it from what it records without input."""
    decision_s: Positive | None = None
    """Time from the first input spike of a sample within which the readout must decide, seconds; none: the whole
    window."""
    logit_scale: Positive = Field(default_factory=lambda given: _logit_scale_of(given.get("loss")))
    """Factor on the largest, or on the mean readout value before the softmax; if left out, the one that `losses.py` has
    for the loss."""
    slope: Positive = SLOPE
    """Steepness β of the surrogate gradient."""
    surrogate: Annotated[str, Named(SURROGATES)] = SURROGATE
    """What stands for the derivative of the threshold (`behavioral/network/surrogate.py`)."""
    gradient: Annotated[str, Named(ESTIMATORS)] = "measured"
    """What the backward pass is told of the measurement (`training/estimators.py`)."""
    dropout: Annotated[float, Field(ge=0, lt=1, strict=True)] = 0.0
    """Probability that a hidden neuron is silenced for a sample."""
    rotation_deg: Annotated[float, Field(ge=0, le=180, strict=True)] = 0.0
    """Images are turned by up to this angle at random, degrees."""
    channel_jitter: NonNegative = 0.0
    """Standard deviation of a random shift of each spike, channels of the ear."""
    train_recurrent: bool = True
    """False leaves recurrent weights as they were drawn."""
    readout_amplitude: NonNegative = 0.0
    """Strength of the regulariser on the largest readout values."""
    burst: NonNegative = 0.0
    """Strength ρ_b of the regulariser on the mean square spike count of hidden neurons."""
    homeostatic: NonNegative = 0.0
    """Strength of the regulariser on hidden spikes beyond `homeostatic_target`."""
    homeostatic_target: NonNegative = 0.0
    """Hidden spikes per sample from which on they cost."""
    keep: Annotated[str, Named(KEEPS)] = "last"
    """Which weights the run ends with: those of the last epoch, or the best on a validation split."""
    samples: Count | None = None
    """Only the first training samples; none: all."""

    @model_validator(mode="after")
    def _check(self) -> TrainingConfig:
        if self.decision_s is not None and not LOSSES.get(self.loss).early:
            early = [name for name in LOSSES.built_in if LOSSES.get(name).early]
            raise ValueError(f"decision_s restricts {' and '.join(early)}; for a sum make duration_s shorter")
        return self


class ExperimentConfig(Section):
    """One experiment, complete."""

    name: Annotated[str, AfterValidator(_plain_name)]
    """Name of runs; default: that of the preset or of its file."""
    dataset: Annotated[str, Named(DATASETS)]
    """Data set."""
    fidelity: str = "behavioral"
    """Level of the forward pass."""
    die: Seed = 0
    """Seed of the die: which manufactured chip this is."""
    seed: Seed = 0
    """Seed of data order, weights, noise and dropout."""
    device: Literal["cpu", "cuda"] = "cpu"
    """cpu: compiled kernels; cuda: torch."""
    duration_s: Positive = DURATION_S
    """Window of one sample, seconds."""
    steps_per_sample: Count = STEPS_PER_SAMPLE
    """Grid steps per CADC period."""
    place_crossings: bool = True
    """Whether threshold crossings are placed within their grid step, and rests counted from there; else both are
    rounded to whole steps."""
    encoding: Annotated[Encoding, KindOfEncoding()]
    """How data become spikes, one of the encodings below."""
    network: NetworkConfig
    """Network, see `NetworkConfig`."""
    chip: ChipConfig = ChipConfig()
    """Chip, see `ChipConfig`."""
    training: TrainingConfig
    """Training, see `TrainingConfig`."""


def preset_names() -> list[str]:
    """Names of the presets that come with the package."""
    files = resources.files("inloop.training.presets").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


@checked
def load_config(preset: str, changes: dict[str, Any] | None = None) -> ExperimentConfig:
    """Return a preset, or the TOML file of that path, with fields changed (`{"training.epochs": 5}`).

    What a file leaves out is taken from the preset of its data set, where there is one. Raises `ConfigError` for an
    unknown preset, an unreadable file, an unknown field or a value that cannot be.
    """
    own = preset.endswith(".toml")
    if own:
        values, name = read_toml(Path(preset)), Path(preset).stem
    elif preset in preset_names():
        values, name = _preset(preset), preset
    else:
        raise ConfigError(f"unknown preset {preset!r}; known: {', '.join(preset_names())}, or a path ending in .toml")
    values.setdefault("name", name)
    given = values.get("chip")
    if isinstance(given, dict) and "chip.preset" in (changes or {}):
        given["fields"] = {}  # they describe the chip that is replaced
    for key, value in (changes or {}).items():
        _put(values, key, value)
    return parse_config(_completed(values) if own else values)


@checked
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


def design_before(config: ExperimentConfig, changes: dict[str, Any]) -> Design:
    """Return the design that changes of single fields begin from. Raises `ConfigError`."""
    other = changes.get("chip.preset")
    return design_of(config.chip) if other is None else design(other)


def design_of(chip: ChipConfig) -> Design:
    """Return the design of a configuration's chip. Raises `ConfigError`."""
    return design(chip.preset).with_fields(**chip.fields)


@checked
def parse_config(values: dict[str, Any]) -> ExperimentConfig:
    """Check plain values. Raises `ConfigError` that names the first bad field."""
    try:
        return ExperimentConfig.model_validate(plain(values))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "configuration"
        unknown = first["type"] == "extra_forbidden"
        hint = f"unknown field {shown(field)}" if unknown else f"{field}: {first['msg'].removeprefix('Value error, ')}"
        raise ConfigError(f"{hint} (got {shown(first.get('input'))})") from None


def _preset(name: str) -> dict[str, Any]:
    file = resources.files("inloop.training.presets").joinpath(f"{name}.toml")
    return parse_toml(file.read_text(encoding="utf-8"), name)


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
            raise ConfigError(f"unknown field {shown(key)}")
    values[last] = value
