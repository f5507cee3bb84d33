"""`Die`: one manufactured chip. A seed draws the fixed-pattern deviations of every neuron circuit and driver.

What deviates are conductances, capacitances, currents and voltages; a time constant follows from them:

    C dV/dt = −g (V − V_leak) + I + I_offset        τ_mem = C / g

so a membrane with a smaller leak conductance is slower and answers a current more strongly. Each quantity deviates by
a part shared by its quadrant (one block of analog parameter memory) plus a part of the single circuit; both are
normal, with the spreads and correlations measured on a real chip (docs/modelling-choices.md).
Relative factors are cut off below 0.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...checks import ALL, as_type, checked
from ...errors import ConfigError, shown
from ..numerics.streams import check_seed, generator
from .spec import ChipSpec

Array = NDArray[np.float64]

QUANTITIES: Final = (
    "tau_syn_exc", "tau_syn_inh", "gain_exc", "gain_inh", "leak_conductance", "leak_lsb", "reset_lsb", "threshold_lsb",
)  # fmt: skip

_LATER: Final = ("capacitance", "offset_exc", "offset_inh")  # independent of all others

# Correlations between quantities: of the circuit parts, and of the quadrant parts.
_CIRCUIT_CORRELATION: Final = {
    ("tau_syn_exc", "tau_syn_inh"): 0.13,
    ("gain_exc", "gain_inh"): 0.30,
    ("leak_lsb", "reset_lsb"): 0.68,
    ("leak_lsb", "threshold_lsb"): 0.44,
    ("reset_lsb", "threshold_lsb"): 0.30,
}
_QUADRANT_CORRELATION: Final = {**_CIRCUIT_CORRELATION, ("gain_exc", "gain_inh"): 0.999}


@checked
@dataclass(frozen=True)
class Spread:
    """Standard deviation of the circuit part and of the quadrant part."""

    circuit: float = 0.0
    quadrant: float = 0.0

    @checked
    def times(self, factor: float) -> Spread:
        """Return both parts scaled."""
        return Spread(self.circuit * factor, self.quadrant * factor)


@partial(checked, own=ALL)
@dataclass(frozen=True)
class Spreads:
    """Spreads of a die: relative, but in CADC LSB for `*_lsb` and in software units of current for `offset_*`."""

    tau_syn_exc: Spread = field(default=Spread())
    tau_syn_inh: Spread = field(default=Spread())
    gain_exc: Spread = field(default=Spread())
    gain_inh: Spread = field(default=Spread())
    offset_exc: Spread = field(default=Spread())
    offset_inh: Spread = field(default=Spread())
    leak_conductance: Spread = field(default=Spread())
    capacitance: Spread = field(default=Spread())
    leak_lsb: Spread = field(default=Spread())
    reset_lsb: Spread = field(default=Spread())
    threshold_lsb: Spread = field(default=Spread())
    driver_gain: Spread = field(default=Spread())
    cadc_gain: Spread = field(default=Spread())
    cadc_offset_lsb: Spread = field(default=Spread())

    def __post_init__(self) -> None:
        """Refuse spreads that cannot be."""
        for f in fields(self):
            value = getattr(self, f.name)
            parts = (value.circuit, value.quadrant) if isinstance(value, Spread) else (-1,)
            if not all(0 <= part < 1e3 for part in parts):
                raise ConfigError(f"Spreads.{f.name} = {shown(value)} must be a Spread of non-negative finite numbers")

    @checked
    def times(self, factor: float) -> Spreads:
        """Return all spreads scaled."""
        return Spreads(**{f.name: getattr(self, f.name).times(factor) for f in fields(self)})


UNCALIBRATED: Final = Spreads(
    tau_syn_exc=Spread(0.215, 0.090),
    tau_syn_inh=Spread(0.197, 0.081),
    gain_exc=Spread(0.060, 0.084),
    gain_inh=Spread(0.061, 0.084),
    offset_exc=Spread(0.089),
    offset_inh=Spread(0.082),
    leak_conductance=Spread(0.122, 0.048),
    leak_lsb=Spread(14.7, 6.9),
    reset_lsb=Spread(13.6, 7.0),
    threshold_lsb=Spread(6.5, 5.3),
    driver_gain=Spread(0.12),
    cadc_gain=Spread(0.01, 0.043),
    cadc_offset_lsb=Spread(9.9, 6.7),
)

# What calibration leaves over: the acceptance limits of the published calibration tests. What is left of the offset
# currents is part of what is left of the leak, which is measured with the synaptic inputs on.
_RESIDUAL: Final = {
    "tau_syn_exc": 0.20, "tau_syn_inh": 0.20, "gain_exc": 0.20, "gain_inh": 0.20, "offset_exc": 0.0, "offset_inh": 0.0,
    "leak_conductance": 0.45, "capacitance": 1.0, "leak_lsb": 0.30, "reset_lsb": 0.20, "threshold_lsb": 0.35,
    "driver_gain": 0.67, "cadc_gain": 0.20, "cadc_offset_lsb": 0.30,
}  # fmt: skip

SPREADS: Final = {
    "perfect": Spreads(),
    "calibrated": Spreads(**{name: getattr(UNCALIBRATED, name).times(f) for name, f in _RESIDUAL.items()}),
    "uncalibrated": UNCALIBRATED,
}


@checked
@dataclass(frozen=True, eq=False)
class Die:
    """Deviations of one chip. Circuits: (hemispheres, columns); drivers: (hemispheres, drivers).

    tau_syn_*, gain_*, *_gain, leak_conductance, capacitance: factors on the nominal value. *_lsb: added to the nominal
    value, in CADC LSB. offset_*: a constant current of the synaptic input, in software units of its line, so that the
    gain of the circuit and the conductance of the membrane act on it as on a current that a spike has left there.
    """

    seed: int
    calibration: str
    tau_syn_exc: Array
    tau_syn_inh: Array
    gain_exc: Array
    gain_inh: Array
    offset_exc: Array
    offset_inh: Array
    leak_conductance: Array
    capacitance: Array
    leak_lsb: Array
    reset_lsb: Array
    threshold_lsb: Array
    driver_gain: Array
    cadc_gain: Array
    cadc_offset_lsb: Array

    def __post_init__(self) -> None:
        """Refuse arrays of other shapes than those of a chip."""
        for f in fields(self):
            value = getattr(self, f.name)
            if not isinstance(value, np.ndarray):
                continue
            columns = value.shape[-1:] if f.name == "driver_gain" else self.leak_lsb.shape[-1:]
            wanted = (*self.leak_lsb.shape[:1], *columns)
            if len(wanted) != 2 or value.shape != wanted or not np.isfinite(value).all():
                raise ConfigError(f"Die.{f.name} of shape {value.shape} must be finite numbers of a chip, {wanted}")
            if not (f.name.endswith("_lsb") or f.name.startswith("offset_") or (value > 0).all()):
                raise ConfigError(f"Die.{f.name} must hold factors above 0, the least is {value.min():g}")

    @property
    def tau_mem(self) -> Array:
        """Membrane time constants as factors on the nominal one."""
        return self.capacitance / self.leak_conductance

    @checked
    def with_deviations(self, **arrays: Any) -> Die:
        """Return a die with some deviations replaced, for experiments that impose them.

        tau_mem: factors on the time constant, imposed as on the chip: by the leak conductance.
        """
        tau_mem = arrays.pop("tau_mem", None)
        die = replace(self, **arrays)
        if tau_mem is None:
            return die
        wanted, factors = die.capacitance.shape, as_type(tau_mem, Array, "Die: tau_mem")
        if factors.shape != wanted or not (factors > 0).all():
            raise ConfigError(f"Die: tau_mem of shape {factors.shape} must be positive factors of shape {wanted}")
        return replace(die, leak_conductance=die.capacitance / factors)


@checked
def spreads_of(calibration: str | Spreads) -> Spreads:
    """Return the spreads of that name, or what is given. Raises `ConfigError` for an unknown name."""
    if isinstance(calibration, Spreads):
        return calibration
    if calibration not in SPREADS:
        raise ConfigError(f"unknown calibration {calibration!r}; known: {', '.join(SPREADS)}, or a Spreads")
    return SPREADS[calibration]


@partial(checked, own=("seed",))
def make_die(spec: ChipSpec, seed: int, calibration: str | Spreads = "uncalibrated") -> Die:
    """Draw the die of that seed. Raises `ConfigError` for a bad seed or an unknown calibration."""
    check_seed(seed, "die")
    custom = isinstance(calibration, Spreads)
    name, spreads = ("custom" if custom else str(calibration)), spreads_of(calibration)
    rng = generator(seed, "die")
    shape = (spec.hemispheres, spec.columns)
    blocks = -(-spec.columns // spec.quadrant_columns)
    circuit = _correlated(rng, shape, _CIRCUIT_CORRELATION)
    quadrant = _correlated(rng, (spec.hemispheres, blocks), _QUADRANT_CORRELATION)
    cadc_gain, cadc_offset = rng.standard_normal((2, *shape))
    cadc_gain_block = rng.standard_normal((spec.hemispheres, blocks))
    driver = rng.standard_normal((spec.hemispheres, spec.drivers))
    capacitance, offset_exc, offset_inh = rng.standard_normal((3, *shape))
    ramp_offset, *other_blocks = rng.standard_normal((4, spec.hemispheres, blocks))

    def over_columns(block: Array) -> Array:
        return np.repeat(block, spec.quadrant_columns, axis=1)[:, : spec.columns]

    drawn: dict[str, Array] = {}
    for k, quantity in enumerate(QUANTITIES):
        drawn[quantity] = _deviation(getattr(spreads, quantity), circuit[k], over_columns(quadrant[k]))
    drawn["cadc_gain"] = _deviation(spreads.cadc_gain, cadc_gain, over_columns(cadc_gain_block))
    drawn["cadc_offset_lsb"] = _deviation(spreads.cadc_offset_lsb, cadc_offset, over_columns(ramp_offset))
    for later, own, block in zip(_LATER, (capacitance, offset_exc, offset_inh), other_blocks, strict=True):
        drawn[later] = _deviation(getattr(spreads, later), own, over_columns(block))
    drawn["driver_gain"] = _deviation(spreads.driver_gain, driver, np.zeros_like(driver))
    for quantity in drawn:
        if not quantity.endswith("_lsb") and not quantity.startswith("offset_"):
            drawn[quantity] = np.maximum(1 + drawn[quantity], 0.1)
    return Die(seed=seed, calibration=name, **drawn)


def _deviation(spread: Spread, circuit: Array, quadrant: Array) -> Array:
    return spread.circuit * circuit + spread.quadrant * quadrant


def _correlated(rng: np.random.Generator, shape: tuple[int, int], pairs: dict[tuple[str, str], float]) -> Array:
    """Standard normal draws (quantities, *shape) with the given correlations between quantities."""
    matrix = np.eye(len(QUANTITIES))
    for (a, b), value in pairs.items():
        i, j = QUANTITIES.index(a), QUANTITIES.index(b)
        matrix[i, j] = matrix[j, i] = value
    factor = np.linalg.cholesky(matrix)
    draws: Array = np.einsum("ij,jkl->ikl", factor, rng.standard_normal((len(QUANTITIES), *shape)))
    return draws
