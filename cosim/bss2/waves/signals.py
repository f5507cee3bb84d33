"""The signals of BrainScaleS-2.

Those of all levels with a digital path, as visible in a cycle (docs/spike-path.md):

link_in_K        a word that the host hands over: valid, label, stamp
link_out_K       a word that the host takes: valid, label, stamp
pulses_top_K     driver pulses by bus: drivers (a bit for each on the bus), label, amplitude
neurons          fire, a bit for each column
neuron_N         the neuron in question: fire, clamp, refractory, membrane and threshold in software units

Levels that show what is inside, `event` and `rtl`, add:

crossbar_in_…    events at the inputs of the crossbar: valid, label
crossbar_out_…   events at its outputs: valid, label
bus_top_K        strobes of the PADI buses: valid, row_select, label
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ....behavioral.bss2.fabric.wiring import driver_bus
from ....behavioral.bss2.spec import ChipSpec
from ....rtl.bss2.buildable import SPIKE_LABEL_BITS
from ...waves.recording import Row, as_number, scope
from ..names import bus_names, input_names, output_names


def interface_signals(spec: ChipSpec, neuron: int) -> dict[str, int]:
    """Return the signals at the interface of the digital path, with their widths."""
    per_bus = spec.drivers // spec.padi_buses
    out = {"time": spec.time_bits}
    for side in ("in", "out"):
        for k in range(spec.link_channels):
            out |= {f"link_{side}_{k}.valid": 1, f"link_{side}_{k}.label": spec.label_bits}
            out[f"link_{side}_{k}.stamp"] = spec.time_bits
    for name in bus_names(spec):
        at = scope("pulses", name)
        out |= {
            f"{at}.drivers": per_bus,
            f"{at}.label": spec.synapse_label_bits,
            f"{at}.amplitude": spec.amplitude_bits,
        }
    own = f"neuron_{neuron}"
    out |= {"neurons.fire": spec.columns, f"{own}.fire": 1, f"{own}.clamp": 1, f"{own}.refractory": 1}
    return out | {f"{own}.membrane": 0, f"{own}.threshold": 0}


def internal_signals(spec: ChipSpec) -> dict[str, int]:
    """Return the signals inside the digital path, with their widths."""
    out: dict[str, int] = {}
    for kind, names in (("crossbar_in", input_names(spec)), ("crossbar_out", output_names(spec))):
        for name in names:
            out |= {f"{scope(kind, name)}.valid": 1, f"{scope(kind, name)}.label": spec.label_bits}
    for name in bus_names(spec):
        at = scope("bus", name)
        out |= {f"{at}.valid": 1, f"{at}.row_select": spec.row_select_bits, f"{at}.label": spec.synapse_label_bits}
    return out


def pulse_values(spec: ChipSpec, pulses: Iterable[Any]) -> Row:
    """Return driver pulses (driver, row_exc, row_inh, label, amplitude) by bus."""
    out: Row = {}
    for driver, _, _, label, amplitude in pulses:
        hemisphere, local = divmod(int(driver), spec.drivers)
        bus, index = driver_bus(spec, local)
        at = scope("pulses", bus_names(spec)[hemisphere * spec.padi_buses + bus])
        out[f"{at}.drivers"] = int(out.get(f"{at}.drivers", 0)) | 1 << index
        out |= {f"{at}.label": int(label), f"{at}.amplitude": int(amplitude)}
    return out


def neuron_values(spec: ChipSpec, neuron: int, state: Any, clamped: Any, refractory: Any) -> Row:
    """Return what the comparators saw. clamped, refractory: bits, 64 neurons per word."""
    own, fired = f"neuron_{neuron}", as_number(state.fired)
    return {
        "neurons.fire": fired, f"{own}.fire": fired >> neuron & 1, f"{own}.clamp": as_number(clamped) >> neuron & 1,
        f"{own}.refractory": as_number(refractory) >> neuron & 1,
        f"{own}.membrane": float(state.measured[neuron]) / spec.swing_lsb,
        f"{own}.threshold": float(min(state.threshold[neuron], 1e9)) / spec.swing_lsb,
    }  # fmt: skip


def link_values(spec: ChipSpec, side: str, link: int, word: int) -> Row:
    """Return a word on its way through a link. side: `in` or `out`."""
    at, label = f"link_{side}_{link}", word & ((1 << spec.label_bits) - 1)
    return {f"{at}.valid": 1, f"{at}.label": label, f"{at}.stamp": word >> SPIKE_LABEL_BITS}


def event_values(spec: ChipSpec, kind: str, name: str, label: int) -> Row:
    """Return an event at the crossbar or on a bus."""
    at = scope(kind, name)
    if kind != "bus":
        return {f"{at}.valid": 1, f"{at}.label": label}
    row_select = label >> spec.synapse_label_bits & ((1 << spec.row_select_bits) - 1)
    low = label & ((1 << spec.synapse_label_bits) - 1)
    return {f"{at}.valid": 1, f"{at}.row_select": row_select, f"{at}.label": low}
