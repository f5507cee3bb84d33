"""The circuits of one HICANN: what is fixed by its manufacture, and what changes each time it is written.

Analog parameters lie on floating gates. A circuit misses its target by a part that repeats (mismatch that calibration
left over) and a part drawn anew at each write of the floating gates; both are normal. `make_die` draws the first from
the seed of the die, `write` adds the second. The total spreads are those of a calibrated wafer
(docs/modelling-choices.md). Relative factors are cut off below 0.1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError
from ..numerics.streams import check_seed, generator
from .spec import Bss1Spec

Array = NDArray[np.float64]

LEAST_FACTOR: Final = 0.1


@dataclass(frozen=True)
class Deviations:
    """Standard deviations of a chip in use: in V for `*_v`, else relative to the nominal value.

    reset_v is shared by the circuits of a quadrant; synapse is a factor of each synapse, which never changes.
    input_exc, input_inh: the gains of a circuit's two synaptic inputs. repeatable: the share of the variance that is
    the same at each write. defects: the chance that a circuit is unusable.
    """

    leak_v: float = 0.0
    reset_v: float = 0.0
    threshold_v: float = 0.0
    reversal_exc_v: float = 0.0
    reversal_inh_v: float = 0.0
    tau_mem: float = 0.0
    tau_syn_exc: float = 0.0
    tau_syn_inh: float = 0.0
    refractory: float = 0.0
    input_exc: float = 0.0
    input_inh: float = 0.0
    synapse: float = 0.0
    repeatable: float = 0.5
    defects: float = 0.0

    def __post_init__(self) -> None:
        """Refuse deviations that cannot be."""
        for field in fields(self):
            value = getattr(self, field.name)
            limit = 1.0 if field.name in ("repeatable", "defects") else 1e3
            if not 0 <= value <= limit:
                raise ConfigError(f"Deviations.{field.name} = {value!r} must lie between 0 and {limit:g}")

    def times(self, factor: float) -> Deviations:
        """Return the spreads multiplied by a factor; defects and the share that repeats stay."""
        names = [f.name for f in fields(self) if f.name not in ("repeatable", "defects")]
        return replace(self, **{name: factor * getattr(self, name) for name in names})


FLOATING_GATES: Final = tuple(f.name for f in fields(Deviations) if f.name not in ("synapse", "repeatable", "defects"))

CALIBRATIONS: Final = {
    "perfect": Deviations(),
    "calibrated": Deviations(
        leak_v=5.9e-3,
        reset_v=12.7e-3,
        threshold_v=3.4e-3,
        reversal_exc_v=42.5e-3,
        reversal_inh_v=5.9e-3,
        tau_mem=0.20,
        tau_syn_exc=0.133,
        tau_syn_inh=0.067,
        refractory=0.50,
        input_exc=0.49,
        input_inh=0.49,
        synapse=0.10,
        defects=0.01,
    ),
}


@dataclass(frozen=True, eq=False)
class Die:
    """One manufactured chip. repeating: standard normal draws per quantity, (sides, columns).

    synapse: factors (sides, 2 · drivers, columns). usable: (sides, columns), the map of defects.
    """

    spec: Bss1Spec
    seed: int
    chip: int
    deviations: Deviations
    repeating: dict[str, Array]
    synapse: Array
    usable: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Circuits:
    """What the circuits of a chip are after a write, (sides, columns): V, s, and factors of the synaptic inputs."""

    leak_v: Array
    reset_v: Array
    threshold_v: Array
    reversal_exc_v: Array
    reversal_inh_v: Array
    tau_mem_s: Array
    tau_syn_exc_s: Array
    tau_syn_inh_s: Array
    refractory_s: Array
    input_exc: Array
    input_inh: Array


def deviations(calibration: str | Deviations) -> Deviations:
    """Return the spreads by name, or what is given. Raises `ConfigError` for an unknown name."""
    if isinstance(calibration, Deviations):
        return calibration
    if calibration not in CALIBRATIONS:
        raise ConfigError(f"unknown calibration {calibration!r}; known: {', '.join(CALIBRATIONS)}, or Deviations")
    return CALIBRATIONS[calibration]


def make_die(spec: Bss1Spec, seed: int, chip: int = 0, calibration: str | Deviations = "calibrated") -> Die:
    """Draw chip number `chip` of the wafer of that seed. Raises `ConfigError` for a bad seed or calibration."""
    spreads = deviations(calibration)
    rng = generator(check_seed(seed, "die"), "die", chip)
    repeating = _draws(spec, rng)
    shape = (spec.sides, 2 * spec.drivers, spec.columns)
    synapse = np.maximum(1 + spreads.synapse * rng.standard_normal(shape), LEAST_FACTOR)
    usable = rng.random((spec.sides, spec.columns)) >= spreads.defects
    return Die(spec, seed, chip, spreads, repeating, synapse, usable)


def write(die: Die, seed: int, count: int = 0) -> Circuits:
    """Write the floating gates for the `count`-th time; `seed` and count pick the deviations from trial to trial."""
    spec, spreads = die.spec, die.deviations
    fresh = _draws(spec, generator(check_seed(seed, "write seed"), "floating-gates", die.chip, count))
    old, new = np.sqrt(spreads.repeatable), np.sqrt(1 - spreads.repeatable)
    off = {name: getattr(spreads, name) * (old * die.repeating[name] + new * fresh[name]) for name in FLOATING_GATES}
    volts = {name: getattr(spec, name) + off[name] for name in FLOATING_GATES if name.endswith("_v")}
    factor = {name: np.maximum(1 + off[name], LEAST_FACTOR) for name in FLOATING_GATES if not name.endswith("_v")}
    return Circuits(
        **volts,
        tau_mem_s=spec.tau_mem_s * factor["tau_mem"],
        tau_syn_exc_s=spec.tau_syn_s * factor["tau_syn_exc"],
        tau_syn_inh_s=spec.tau_syn_s * factor["tau_syn_inh"],
        refractory_s=spec.refractory_s * factor["refractory"],
        input_exc=factor["input_exc"],
        input_inh=factor["input_inh"],
    )


def _draws(spec: Bss1Spec, rng: np.random.Generator) -> dict[str, Array]:
    """Return standard normal draws of all quantities; the reset is one value per quadrant."""
    drawn = {name: rng.standard_normal((spec.sides, spec.columns)) for name in FLOATING_GATES}
    halves = spec.quadrants // spec.sides
    drawn["reset_v"] = np.repeat(drawn["reset_v"][:, :halves], spec.columns // halves, axis=1)
    return drawn
