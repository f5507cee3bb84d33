"""Parameters of the neurons of a layer, where they are not those of the chip's operating point.

Times in seconds; voltages in the unit in which weights are given, too: 0 is the nominal leak of the chip, 1 its nominal
threshold, so that a network says the same on chips of other voltages (BrainScaleS-2: 1 is 70 LSB of the CADC, about
0.3 V). A leak other than 0 is what a constant current onto the membrane does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..design import Design

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Neurons:
    """One value per neuron, None for that of the chip, or None: that of the chip for all.

    tau_syn_*: of excitatory and inhibitory inputs.
    """

    tau_mem_s: tuple[float | None, ...] | None = None
    tau_syn_exc_s: tuple[float | None, ...] | None = None
    tau_syn_inh_s: tuple[float | None, ...] | None = None
    leak: tuple[float | None, ...] | None = None
    reset: tuple[float | None, ...] | None = None
    threshold: tuple[float | None, ...] | None = None
    refractory_s: tuple[float | None, ...] | None = None

    @property
    def given(self) -> tuple[tuple[float | None, ...], ...]:
        """All that is not that of the chip."""
        values = (getattr(self, each.name) for each in fields(self))
        return tuple(each for each in values if each is not None)

    @property
    def usual(self) -> bool:
        """Whether all are those of the chip."""
        return not self.given


USUAL_NEURONS = Neurons()


class Parameters(NamedTuple):
    """The values of all neurons of a layer, (neurons) each; start: the membrane at the beginning of a sample."""

    tau_mem_s: Array
    tau_syn_exc_s: Array
    tau_syn_inh_s: Array
    leak: Array
    reset: Array
    threshold: Array
    refractory_s: Array
    start: Array


def _filled(given: tuple[float | None, ...] | None, nominal: float, size: int) -> Array:
    if given is None:
        return np.full(size, nominal)
    values = np.array(given, np.float64)  # None becomes NaN
    return np.where(np.isnan(values), nominal, values)


def parameters(spec: Design, neurons: Neurons, size: int) -> Parameters:
    """Return the values of a layer of so many neurons on a chip."""
    nominal = {
        "tau_mem_s": spec.tau_mem_s, "tau_syn_exc_s": spec.tau_syn_s, "tau_syn_inh_s": spec.tau_syn_s, "leak": 0.0,
        "reset": spec.reset_unit, "threshold": 1.0, "refractory_s": spec.refractory_s,
    }  # fmt: skip
    given = {name: getattr(neurons, name) for name in nominal}
    values = {name: _filled(given[name], value, size) for name, value in nominal.items()}
    starts_at_reset = spec.start_unit == spec.reset_unit
    return Parameters(**values, start=values["reset"] if starts_at_reset else values["leak"])
