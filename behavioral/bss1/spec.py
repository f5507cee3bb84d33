"""`Bss1Spec`: geometry, analog operating point and digital constants of one HICANN, 384 of which make a wafer.

Sources are named per field: [H] the public halco and halbe libraries and the guidebook of the neuromorphic platform;
[E] the public executable system specification of the wafer (ESS); [R] the published emulation of a balanced random
network on wafer 30 (brainscales1-demos, calibration "big cap normal"); [C] the calibration library cake; [S] Schmitt
et al., IJCNN 2017; [choice] no source, see docs/modelling-choices.md. Times are those of the chip, 10⁴ times faster
than biology.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from ...checks import ALL, checked
from ...errors import ConfigError
from ..design import Design
from ..follow import Rule, follows, shown_time, time_rule, weight_range
from .fabric.wiring import ENCODERS

LONGEST_TAPS: Final = {
    3: (3, 2), 4: (4, 3), 5: (5, 3), 6: (6, 5), 7: (7, 6), 8: (8, 6, 5, 4), 9: (9, 5), 10: (10, 7), 11: (11, 9),
    12: (12, 11, 10, 4), 13: (13, 12, 11, 8), 14: (14, 13, 12, 2), 15: (15, 14), 16: (16, 14, 13, 11),
}  # fmt: skip
"""Per width of the shift register, exponents of a primitive polynomial; those of 16 bits are the chip's [E]."""

SHIFT_REGISTER = Rule(
    leaders=("period_bits",),
    nominal=0.0,  # the length does not stay, only that it is the longest
    value=lambda _, bits: sum(1 << exponent - 1 for exponent in LONGEST_TAPS[bits]),
    stays=lambda _taps, _bits: 0.0,
    quantity="orbit of the shift register",
    shown=lambda _: "the longest",
)


def _full_rate(rate: float, weight_bits: int, gmax_div_max: int) -> float:
    """Return the rate of code 1 in the weakest row for that of the largest code at undivided V_gmax."""
    return rate / (((1 << weight_bits) - 1) * gmax_div_max)


CODE_RATE = Rule(
    leaders=("weight_bits", "gmax_div_max"),
    nominal=1.06e5 * 15 * 30,  # Hz; code 1 of 4 bits at V_gmax/30 has 1.06e5
    value=_full_rate,
    stays=lambda rate, bits, div: rate * (((1 << bits) - 1) * div),
    quantity="rate of the largest code at undivided V_gmax",
    shown="{:.4g} Hz".format,
)
STEP = Rule(
    leaders=("clock_hz",),
    nominal=0.1e-6,
    value=lambda step_s, clock_hz: max(1, round(step_s * clock_hz)) / clock_hz,
    stays=lambda step_s, _: step_s,
    quantity="step of the grid",
    shown=shown_time,
)
EVENT_TIME = time_rule("clock_hz", 24e-9, "time of an event on the serial link")
WEIGHT_RANGE = weight_range(6.0)
LINE_TIME = time_rule("clock_hz", 25e-9, "delay of a line", least=2)  # a line is a chain of registers
HOP_TIME = time_rule("clock_hz", 25e-9, "way to another chip")


RECORD_STEPS: Final = 4
"""Steps of the grid, of `step_s` each, per record of the readout [choice]."""


@partial(checked, own=ALL)
@dataclass(frozen=True)
class Bss1Spec(Design):
    """One design. Voltages in V and times in s on the chip.

    Fields with `follows` keep what they stand for when the clock or a width is changed, unless they are given. What the
    digital path counts in cycles stays in cycles: slow_cycles is a share of the clock, blocks of release are bits of a
    stamp.
    """

    chip = "bss1"
    spiking_outputs = True
    usual_calibration = "calibrated"

    name: str = "bss1"

    # geometry [H]
    columns: int = 256  # of synapses and neuron circuits
    sides: int = 2  # top and bottom: each has its own row of circuits, its drivers and its synapse array
    drivers: int = 112  # synapse drivers per side; a driver serves two rows
    blocks: int = 8  # of neurons; each has its own priority encoder
    circuits_per_neuron_max: int = 64
    quadrants: int = 4  # blocks of floating gates; V_reset and V_gmax are shared within one
    gmax_choices: int = 4  # values of V_gmax per quadrant, one of which a row takes
    chips_per_wafer: int = 384

    # digital widths [H]
    weight_bits: int = 4
    driver_decoder_bits: int = 2  # upper part of an address, compared per row and strobe (even, odd columns)
    synapse_decoder_bits: int = 4  # lower part, compared in every synapse
    floating_gate_bits: int = 10
    gmax_div_min: int = 2
    gmax_div_max: int = 30

    # digital path [E]; docs/bss1-spike-path.md describes what the fields mean
    slow_cycles: int = 2  # distance of events of a slow merger
    period_bits: int = 16  # of a background generator, also of its shift register
    lfsr_taps: int = follows(SHIFT_REGISTER)  # bits 15, 13, 12, 10 of 16
    stamp_bits: int = 15
    compare_bits: int = 10  # of a stamp, at its release
    buffer_slots: int = 10  # of the release buffer of a channel
    link_out_depth: int = 16
    link_event_cycles: int = follows(EVENT_TIME)  # 5 at 200 MHz: an event takes 24 ns on the serial link
    release_block_bits: int = 5  # the distributor compares stamps in blocks of 2^5 cycles
    release_blocks: int = 2  # and sends an event so many blocks ahead
    line_cycles: int = follows(LINE_TIME)  # 5: DNC output to driver; a spike then takes the measured 60 ns [choice]
    foreign_lines: int = 56  # lines of other chips that reach the drivers, of 64 horizontal ones in all [choice]
    hop_cycles: int = follows(HOP_TIME)  # 5: end of a line on its own chip to its end on another one [choice]

    link_inputs: int = 128  # of a network that the link of one chip brings at most [choice]

    # time
    acceleration: float = 1e4
    clock_hz: float = 200e6  # of the spike path [E]
    step_s: float = follows(STEP)  # 0.1 µs, whole cycles: grid of the level without a digital path [choice]

    # analog operating point
    leak_v: float = 0.922  # two standard deviations below threshold [choice]
    reset_v: float = 0.905  # [R]
    threshold_v: float = 0.936  # [R]
    reversal_exc_v: float = 1.30  # [R]
    reversal_inh_v: float = 0.45  # [R]
    tau_mem_s: float = 1e-6  # [R]
    tau_syn_s: float = 0.3e-6  # [R]
    refractory_s: float = 0.2e-6  # [R]
    circuits_per_neuron: int = 8  # merged into one neuron [R]
    weight_lsb_per_unit: float = follows(WEIGHT_RANGE)  # 2.5 at 4 bits: code of software weight 1 [choice]
    code_rate_hz: float = follows(CODE_RATE)  # 1.06e5: conductance/capacitance of code 1, one circuit, weakest row

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be."""
        self.check_name()
        self.check_numbers()
        self._demand("weight_bits", 1, 15, "a code and its sign share 16 bits")
        self._demand("period_bits", 3, 16, "the orbit of the shift register is tabulated")
        self._demand("drivers", 1, 1 << 16, "each has mismatch of its own")
        self.settle()
        if self.sides != 2:
            raise ConfigError(f"Bss1Spec.sides = {self.sides} must be 2")
        merged = self.circuits_per_neuron
        if merged % self.sides or merged > self.circuits_per_neuron_max:
            limit = self.circuits_per_neuron_max
            raise ConfigError(f"Bss1Spec.circuits_per_neuron = {merged} must be even and {limit} at most")
        if self.columns % (self.blocks * self.neuron_columns):
            raise ConfigError(
                f"Bss1Spec.columns = {self.columns} must hold whole neurons of {self.neuron_columns} columns in each "
                f"of {self.blocks} blocks"
            )
        if not self.reversal_inh_v < min(self.reset_v, self.leak_v) <= self.threshold_v < self.reversal_exc_v:
            raise ConfigError("Bss1Spec needs reversal_inh_v < reset_v, leak_v ≤ threshold_v < reversal_exc_v")
        if self.reset_v >= self.threshold_v:
            raise ConfigError(f"Bss1Spec.reset_v = {self.reset_v:g} must lie below threshold_v")
        self._demand("blocks", ENCODERS, ENCODERS, "the merger tree is wired for them")
        self._demand("block_circuits", 2, self.line_addresses, "one for each address")
        self._demand("address_bits", 2, 29 - self.stamp_bits, "channel, address and stamp share a word of 32 bits")
        ahead = self.release_blocks + 1 << self.release_block_bits
        self._demand("compare_bits", (ahead - 1).bit_length(), self.stamp_bits - 1, "part of a stamp")
        self._demand("lfsr_taps", 1 << self.period_bits - 1, (1 << self.period_bits) - 1, "bits of the shift register")
        most = ENCODERS * self.line_addresses
        self._demand("link_inputs", self.group_addresses, most, "from one group of addresses to all of the eight lines")
        self._demand("slow_cycles", 2, 16, "1 would not be slow")
        self._demand("buffer_slots", 2, 64, "each slot compares its stamp in every cycle")

    def _demand(self, name: str, low: int, high: int, why: str) -> None:
        if not low <= getattr(self, name) <= high:
            allowed = f"{low}" if low == high else f"{low} to {high}"
            raise ConfigError(f"Bss1Spec.{name} = {getattr(self, name)} must be {allowed}: {why}")

    @property
    def circuits(self) -> int:
        """Neuron circuits of the chip."""
        return self.columns * self.sides

    @property
    def neuron_columns(self) -> int:
        """Columns that one neuron takes, in both sides."""
        return self.circuits_per_neuron // self.sides

    @property
    def neurons(self) -> int:
        """Neurons of the chosen size on one chip."""
        return self.circuits // self.circuits_per_neuron

    @property
    def synapses(self) -> int:
        """Synapses of the chip."""
        return self.sides * 2 * self.drivers * self.columns

    @property
    def weight_max(self) -> int:
        """Largest weight code; the row gives the sign."""
        return (1 << self.weight_bits) - 1

    @property
    def reset_unit(self) -> float:
        """Nominal reset in software units."""
        return (self.reset_v - self.leak_v) / (self.threshold_v - self.leak_v)

    @property
    def start_unit(self) -> float:
        """A sample starts at rest."""
        return 0.0

    @property
    def record_cycles(self) -> int:
        """Cycles per record of the readout, which the host makes of the spikes of the outputs."""
        return RECORD_STEPS * round(self.step_s * self.clock_hz)

    @property
    def floating_gate_max(self) -> int:
        """Largest code of a floating gate."""
        return (1 << self.floating_gate_bits) - 1

    @property
    def address_bits(self) -> int:
        """Bits of an event on a line of the on-wafer bus."""
        return self.driver_decoder_bits + self.synapse_decoder_bits

    @property
    def line_addresses(self) -> int:
        """Addresses on one line of the on-wafer bus."""
        return 1 << self.address_bits

    @property
    def group_addresses(self) -> int:
        """Addresses of a line that one row can decode: they have the upper bits in common."""
        return 1 << self.synapse_decoder_bits

    @property
    def block_circuits(self) -> int:
        """Neuron circuits of one block, which share a priority encoder."""
        return self.circuits // self.blocks

    @property
    def lines(self) -> int:
        """Lines that reach the drivers: the chip's own ones first."""
        return self.blocks + self.foreign_lines

    @property
    def line_bits(self) -> int:
        """Bits that number a line."""
        return (self.lines - 1).bit_length()


PRESETS: Final = {
    "bss1": Bss1Spec(),
    "bss1-tiny": Bss1Spec(
        name="bss1-tiny", columns=32, drivers=16, stamp_bits=9, compare_bits=6, buffer_slots=3, link_out_depth=4,
        release_block_bits=4, foreign_lines=8, link_inputs=16,
    ),
}  # fmt: skip


@checked
def bss1_spec(preset: str) -> Bss1Spec:
    """Return the preset of that name. Raises `ConfigError` for an unknown one."""
    if preset not in PRESETS:
        raise ConfigError(f"unknown chip preset {preset!r}; known: {', '.join(sorted(PRESETS))}")
    return PRESETS[preset]
