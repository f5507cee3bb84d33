"""The digital path of a HICANN with its standard interfaces: AXI4-Lite for registers, AXI4-Stream for the link."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, always_comb, block, intbv, modbv

from ...behavioral.bss1.fabric.result import EVENT_BITS, LOSS_BITS, LOSSES
from ...behavioral.bss1.fabric.wiring import ENCODERS, L2, SOURCES, TAPS, TREE, background_merger, line_of
from ...behavioral.bss1.spec import HicannSpec
from ..convert.hierarchy import placed
from ..lib.axi_lite import axi_lite
from ..lib.buildable import bits_for
from ..lib.ports import vector
from ..lib.register_bus import RegisterBus
from ..lib.register_file import register_file
from ..lib.register_map import WORD_BITS
from ..lib.system_time import system_time as time_block
from .background import background
from .background_merger import background_merger as background_merger_block
from .dnc_merger import dnc_merger
from .drivers import drivers
from .fork import fork
from .line import line
from .link_in import release_buffer
from .link_out import link_out
from .priority_encoder import priority_encoder
from .register_map import IDENTITY, VERSION, register_map
from .register_select import register_select
from .tree_merger import tree_merger


@block
def top(
    clock: Any,
    reset: Any,
    s_axil: Any,
    s_axis: Any,
    m_axis: Any,
    fire: Any,
    foreign_valid: Any,
    foreign_addresses: Any,
    line_valid: Any,
    line_addresses: Any,
    strobe: Any,
    synapse_address: Any,
    system_time: Any,
    spec: HicannSpec,
) -> Any:
    """Wire the blocks; see `Ports` for the vectors."""
    ports: tuple[Any, ...]
    bus: tuple[Any, ...]
    out: tuple[Any, ...]
    registers = register_map(spec)
    bits = spec.address_bits
    width = spec.columns // ENCODERS

    # registers
    host_bus = RegisterBus(registers)
    request, request_write, request_whole, request_address, request_data, *answers = host_bus.requests()
    answer, answer_error, answer_data = answers
    settings, written, selected, offset, write, wdata = host_bus.accesses()
    select_neurons, neuron_index = vector(ENCODERS), vector(bits_for(spec.block_circuits))
    select_drivers, driver_index = Signal(False), vector(bits_for(registers.bank("drivers").count))
    ports = (selected, offset, select_neurons, neuron_index, select_drivers, driver_index, spec)
    selects = register_select(*placed("select", register_select, *ports))
    control_written, clear_bit = host_bus.cleared(registers)
    clear = Signal(False)
    neuron_rdata, driver_rdata = [vector(WORD_BITS) for _ in range(ENCODERS)], vector(WORD_BITS)

    def setting(name: str, field: str, entity: int = 0) -> Any:
        return host_bus.setting(registers, name, field, entity)

    run = setting("control", "run")

    @always_comb
    def clearing() -> None:
        clear.next = reset or (control_written and clear_bit)

    time = time_block(*placed("timer", time_block, clock, clear, run, system_time))
    losses = {name: [vector(LOSS_BITS) for _ in range(ENCODERS)] for name in LOSSES if name != "out_lost"}

    # events by merger: output registers of the tree, outputs of the DNC mergers
    valid, address = [Signal(False) for _ in SOURCES], [vector(bits) for _ in SOURCES]
    read = [Signal(False) for _ in range(TREE)]
    tapped = {tap: Signal(False) for tap in TAPS}
    read[L2] = tapped[L2]  # nothing else is behind it
    offered = [Signal(False) for _ in range(TREE)]
    takes = {m: vector(2) for m in range(ENCODERS, TREE)}
    reader = {source: (m, n) for m in range(ENCODERS, TREE) for n, source in enumerate(SOURCES[m])}

    def modes(merger: int) -> tuple[Any, ...]:
        return tuple(setting("mergers", field, merger) for field in ("merge", "select", "slow"))

    sources, mergers = [], []
    for e in range(ENCODERS):
        m = background_merger(e)
        fires = [fire(side * spec.columns + (e + 1) * width, side * spec.columns + e * width) for side in range(2)]
        encoder_valid, encoder_address = Signal(False), vector(bits)
        bus = (select_neurons(e), write, neuron_index, wdata, neuron_rdata[e])
        out = (encoder_valid, encoder_address, losses["encoder_lost"][e], spec)
        ports = (clock, reset, clear, ConcatSignal(*reversed(fires)))
        sources.append(priority_encoder(*placed(f"encoder_{e}", priority_encoder, *ports, *bus, *out)))

        generator_valid, generator_address = Signal(False), vector(bits)
        own = tuple(setting("background", field, m) for field in ("enable", "random", "address", "period"))
        ports = (
            clock,
            clear,
            run,
            *own,
            setting("shift_registers", "state", m),
            generator_valid,
            generator_address,
            spec,
        )
        sources.append(background(*placed(f"generator_{m}", background, *ports)))

        ports = (clock, clear, *modes(m), encoder_valid, encoder_address, generator_valid, generator_address)
        out = (valid[m], address[m], read[m], losses["encoder_overwritten"][m], losses["background_overwritten"][m])
        kind = background_merger_block
        mergers.append(kind(*placed(f"background_merger_{m}", kind, *ports, *out, spec)))

    for m in range(ENCODERS, TREE):
        first, second = SOURCES[m]
        ports = (clock, clear, *modes(m), ConcatSignal(offered[second], offered[first]))
        out = (address[first], address[second], takes[m], valid[m], address[m], read[m], spec)
        mergers.append(tree_merger(*placed(f"merger_{m}", tree_merger, *ports, *out)))
    never = Signal(False)
    for m, (after, n) in reader.items():
        ports = (valid[m], tapped.get(m, never), takes[after](n), offered[m], read[m])
        mergers.append(fork(*placed(f"fork_{m}", fork, *ports)))

    # link in and DNC mergers
    word_valid = Signal(False)
    s_valid, s_ready = s_axis.tvalid, s_axis.tready

    @always_comb
    def accept() -> None:
        s_ready.next = not clear
        word_valid.next = s_valid and not clear

    events = [Signal(modbv(0)[EVENT_BITS:]) for _ in range(ENCODERS)]
    for k in range(ENCODERS):
        m, tap = TREE + k, TAPS[k]
        channel = Signal(intbv(k)[bits_for(ENCODERS) :])
        release_valid, release_address = Signal(False), vector(bits)
        own = (setting("channels", "enable", k), setting("channels", "to_chip", k))
        out = tuple(losses[f"link_{name}"][k] for name in ("closed", "expired", "full", "collided"))
        ports = (clock, clear, run, system_time, channel, *own, s_axis.tdata, word_valid)
        ports += (release_valid, release_address, *out, spec)
        sources.append(release_buffer(*placed(f"release_{k}", release_buffer, *ports)))
        ports = (clock, clear, *modes(m), valid[tap], address[tap], tapped[tap], release_valid, release_address)
        out = (valid[m], address[m], events[k], losses["link_refused"][k], spec)
        mergers.append(dnc_merger(*placed(f"dnc_merger_{k}", dnc_merger, *ports, *out)))

    out_lost = vector(LOSS_BITS * ENCODERS)
    own = tuple(_join([setting("channels", field, k) for k in range(ENCODERS)]) for field in ("enable", "to_chip"))
    ports = (clock, reset, clear, system_time, *own, _join(valid[TREE:]), _join(address[TREE:]))
    out = (m_axis.tdata, m_axis.tvalid, m_axis.tready, out_lost, spec)
    sinks = [link_out(*placed("link_out_0", link_out, *ports, *out))]

    # lines and drivers
    end_valid, end_address = [Signal(False) for _ in range(ENCODERS)], [vector(bits) for _ in range(ENCODERS)]
    for k in range(ENCODERS):
        n = line_of(k)
        ports = (clock, clear, setting("lines", "enable", n), valid[TREE + k], address[TREE + k])
        sinks.append(line(*placed(f"line_{n}", line, *ports, end_valid[n], end_address[n], spec)))
    ends_valid, ends_addresses = _join(end_valid), _join(end_address)

    @always_comb
    def leave() -> None:
        line_valid.next = ends_valid
        line_addresses.next = ends_addresses

    ports = (clock, reset, clear, _join([*end_valid, foreign_valid]), _join([*end_address, foreign_addresses]))
    bus = (select_drivers, write, driver_index, wdata, driver_rdata)
    sinks.append(drivers(*placed("drivers_0", drivers, *ports, *bus, strobe, synapse_address, spec)))

    # status words in the order of the map
    lost = [*(count for counts in losses.values() for count in counts)]
    lost += [out_lost((n + 1) * LOSS_BITS, n * LOSS_BITS) for n in range(ENCODERS)]
    status = ConcatSignal(
        *(part for count in reversed([system_time, *lost, *events]) for part in _word(count)),
        intbv(VERSION)[WORD_BITS:],
        intbv(IDENTITY)[WORD_BITS:],
    )
    bus = (request, request_write, request_whole, request_address, request_data, answer, answer_error, answer_data)
    host = [axi_lite(*placed("host", axi_lite, clock, reset, *vars(s_axil).values(), *bus))]
    rdata = ConcatSignal(driver_rdata, *neuron_rdata)
    out = (settings, written, selected, offset, write, wdata, rdata, registers)
    host.append(register_file(*placed("register_file_0", register_file, clock, reset, *bus, status, *out)))
    return clearing, selects, accept, leave, time, sources, mergers, sinks, host


def _join(parts: list[Any]) -> Any:
    """Concatenate, the first part in the lowest bits."""
    return ConcatSignal(*reversed(parts))


def _word(value: Any) -> list[Any]:
    """Return the parts of a register word, highest first."""
    return [intbv(0)[WORD_BITS - len(value) :], value]
