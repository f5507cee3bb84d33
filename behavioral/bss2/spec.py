"""`ChipSpec`: every geometric and electrical constant of the chip under its name.

Sources are named per field: [P] Cramer, Billaudelle et al., PNAS 119(4), 2022; [H] the public halco and haldls
libraries of the BrainScaleS-2 software; [C] its calibration library calix; [G] the calibration published with
Göltz, Kriener et al., 2021, for the same 256-246-10 network; [choice] no source, see docs/modelling-choices.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from ...checks import ALL, checked
from ...errors import ConfigError
from ..design import Design
from ..follow import Rule, follows, shown_number, shown_time, weight_range, whole_period

NOMINAL_CADC_BITS = 8
"""Voltages are given in LSB of this many bits, whatever the converter of the chip has."""


WEIGHT_RANGE = weight_range(2.1)  # units: code 63, 30 of which are one unit [G]
CADC_PERIOD = Rule(
    leaders=("clock_hz",),
    nominal=1.664e-6,  # 0.6 MSample/s [P]; the published 1.7 µs is no whole number of cycles
    value=whole_period,
    stays=lambda cycles, clock_hz: cycles / clock_hz,
    quantity="period of the CADC",
    shown=shown_time,
)
BACKGROUND_RATE = Rule(
    leaders=("clock_hz",),
    nominal=250e6,  # Hz [H]
    value=lambda rate_hz, clock_hz: max(1, round(rate_hz / clock_hz)),
    stays=lambda ticks, clock_hz: ticks * clock_hz,
    quantity="clock of the background generators",
    shown=lambda rate_hz: f"{1e-6 * rate_hz:.4g} MHz",
)


_NUMBERED: Final = (1, 1 << 16, "noise numbers neurons in 16 bits")
_WIDTH: Final = (1, 63, "a word has 64 bits")
_BLOCKS: Final = (1, 1 << 10, "each is a block of its own")
LIMITS: Final = {
    **dict.fromkeys(("columns", "rows", "quadrant_columns"), _NUMBERED),
    "weight_bits": (1, 15, "a code and its sign share 16 bits"),
    "cadc_bits": (1, 32, "a code has 32 bits at most"),
    **dict.fromkeys(("label_bits", "row_select_bits", "synapse_label_bits", "address_bits", "time_bits"), _WIDTH),
    **dict.fromkeys(("stp_state_bits", "amplitude_bits"), _WIDTH),
    **dict.fromkeys(("event_outputs", "padi_buses", "link_channels", "background_sources"), _BLOCKS),
}  # fmt: skip
"""Least and largest value of fields, and why; the hardware has narrower ones (`rtl/bss2/buildable.py`)."""


@partial(checked, own=ALL)
@dataclass(frozen=True)
class ChipSpec(Design):
    """One chip design. Voltages are in CADC LSB of the nominal chip, times in seconds or fabric cycles.

    Fields with `follows` keep what they stand for when the clock or a width is changed, unless they are given: the
    range of weights in units, the times of the CADC and of the background generators in seconds. What the digital path
    counts in cycles stays in cycles (slow_cycles is a share of the clock), what is meant in software units stays so.
    """

    chip = "bss2"
    spiking_outputs = False
    usual_calibration = "uncalibrated"

    name: str = "bss2"

    # geometry [H]
    columns: int = 256  # neuron columns per hemisphere; one neuron circuit per column and hemisphere
    hemispheres: int = 2
    rows: int = 256  # synapse rows per hemisphere, two per synapse driver
    quadrant_columns: int = 128  # columns that share one block of analog parameter memory

    # digital widths [H]
    weight_bits: int = 6  # unsigned; the row gives the sign, so signed weights have one bit more
    cadc_bits: int = 8  # over the range that 256 nominal LSB cover

    # digital spike path [H]; docs/spike-path.md describes what the fields mean
    label_bits: int = 14  # what the crossbar sees and filters
    row_select_bits: int = 5
    synapse_label_bits: int = 6
    address_bits: int = 8  # of a neuron, programmable; the low bits of the label of its spikes
    event_outputs: int = 8  # of the neuron backend, hard-wired by column
    padi_buses: int = 4  # per hemisphere
    link_channels: int = 4  # to and from the chip
    background_sources: int = 8
    time_bits: int = 43
    background_ticks_per_cycle: int = follows(BACKGROUND_RATE)  # 2 at 125 MHz: the generators count at 250 MHz
    # no public source states these [choice]
    link_in_depth: int = 16
    link_out_depth: int = 16
    slow_cycles: int = 2
    background_lfsr_mask: int = 0x80200003
    background_lfsr_steps: int = 16  # per draw
    stp_state_bits: int = 16
    amplitude_bits: int = 6

    # time
    clock_hz: float = 125e6  # fabric clock [H]
    cadc_period_cycles: int = follows(CADC_PERIOD)  # 208 at 125 MHz; divides into grid steps of whole cycles
    refractory_s: float = 2e-6  # [G]
    cadc_shift_s: float = 0.0  # CADC samples are taken so much later than the time that they are recorded with [choice]
    cadc_jitter_s: float = 0.0  # standard deviation of that, from one trial of the network to the next [choice]

    # analog operating point: what the neurons are meant to be
    tau_mem_s: float = 6e-6  # [G]
    tau_syn_s: float = 6e-6  # [G]
    leak_lsb: float = 80.0  # [G]
    reset_lsb: float = 80.0  # [G]
    start_at_reset: int = 1  # a sample starts at the reset of each circuit [P]; 0: at its rest
    threshold_lsb: float = 150.0  # [G]
    weight_lsb_per_unit: float = follows(WEIGHT_RANGE)  # 30 at 6 bits: code of a synapse with software weight 1 [G]
    readout_gain: float = 0.15  # synaptic gain of readout neurons; a circuit offers 30/500 to 800/500 [C] [choice]

    # limits of the analog range
    membrane_floor_lsb: float = 25.0  # lower rail: −103 from mid-range [H: hxtorch tests]
    membrane_ceiling_lsb: float = 228.0  # upper rail: +100 from mid-range [H: hxtorch tests]
    synaptic_saturation: float = 12.0  # largest synaptic current, in software units [choice]

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be."""
        self.check_name()
        self.check_numbers(
            may_be_zero=("refractory_s", "start_at_reset", "cadc_jitter_s"), may_be_negative=("cadc_shift_s",)
        )
        if self.start_at_reset not in (0, 1):
            raise ConfigError(f"ChipSpec.start_at_reset = {self.start_at_reset} must be 1, or 0 for a start at rest")
        for name, (low, high, why) in LIMITS.items():
            if (value := getattr(self, name)) is not None and not low <= value <= high:
                what = f"ChipSpec.{name} = {shown_number(value)}"
                raise ConfigError(f"{what} must lie between {low:g} and {high:g}: {why}")
        self.settle()
        if self.hemispheres not in (1, 2):
            raise ConfigError(f"ChipSpec.hemispheres = {self.hemispheres} must be 1 or 2")
        if self.reset_lsb >= self.threshold_lsb:
            raise ConfigError(f"ChipSpec.reset_lsb = {self.reset_lsb:g} must lie below threshold_lsb")
        if self.event_outputs > self.columns or self.padi_buses > self.drivers:
            raise ConfigError(
                f"ChipSpec has {self.event_outputs} event_outputs for {self.columns} columns and {self.padi_buses} "
                f"padi_buses for {self.drivers} drivers (half of rows); each needs one at least"
            )
        if self.rows % 2:
            raise ConfigError(f"ChipSpec.rows = {self.rows} must be even: a driver serves two rows")
        if not self.membrane_floor_lsb < self.leak_lsb < self.threshold_lsb <= self.membrane_ceiling_lsb:
            raise ConfigError("ChipSpec needs membrane_floor_lsb < leak_lsb < threshold_lsb ≤ membrane_ceiling_lsb")

    @property
    def weight_max(self) -> int:
        """Largest weight code."""
        return (1 << self.weight_bits) - 1

    @property
    def cadc_max(self) -> int:
        """Largest CADC code."""
        return (1 << self.cadc_bits) - 1

    @property
    def cadc_step_lsb(self) -> float:
        """One code of the CADC in the LSB that voltages are given in, which are those of 8 bits."""
        return 2.0 ** (NOMINAL_CADC_BITS - self.cadc_bits)

    @property
    def drivers(self) -> int:
        """Synapse drivers per hemisphere; each carries one signed input."""
        return self.rows // 2

    @property
    def record_cycles(self) -> int:
        """Cycles per record of the readout: one sample of the CADC."""
        return self.cadc_period_cycles

    @property
    def cadc_period_s(self) -> float:
        """Time between two CADC samples of a channel."""
        return self.cadc_period_cycles / self.clock_hz

    @property
    def swing_lsb(self) -> float:
        """Distance from leak to threshold; 1 in software units."""
        return self.threshold_lsb - self.leak_lsb

    @property
    def reset_unit(self) -> float:
        """Nominal reset in software units."""
        return (self.reset_lsb - self.leak_lsb) / self.swing_lsb

    @property
    def start_unit(self) -> float:
        """Nominal membrane at the beginning of a sample in software units."""
        return self.reset_unit if self.start_at_reset else 0.0


PRESETS = {
    "bss2": ChipSpec(),
    "tiny": ChipSpec(name="tiny", columns=16, rows=16, quadrant_columns=8),
}


@checked
def chip_spec(preset: str) -> ChipSpec:
    """Return the preset of that name. Raises `ConfigError` for an unknown one."""
    if preset not in PRESETS:
        raise ConfigError(f"unknown chip preset {preset!r}; known: {', '.join(sorted(PRESETS))}")
    return PRESETS[preset]
