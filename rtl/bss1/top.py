"""The digital path of a HICANN with its standard interfaces: AXI4-Lite for registers, AXI4-Stream for the link."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, always_comb, block

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..convert.hierarchy import part, placed
from ..lib.axi_lite import axi_lite
from ..lib.register_bus import RegisterBus
from ..lib.register_file import register_file
from ..lib.register_map import WORD_BITS
from ..lib.shared import Shared
from ..lib.status import status_words
from ..lib.system_time import system_time as time_block
from ..lib.vectors import join, pieces, vector
from ..lib.widths import bits_for
from .mergers import mergers
from .register_map import register_map
from .register_select import register_select
from .sinks import lines, link_to_host
from .sources import encoders, generators, links_in
from .synapse_drivers import drivers


@block
def top(
    *,
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
    spec: Bss1Spec,
) -> Any:
    """Wire the blocks; see `Ports` for the vectors."""
    # a signal that has a name here has it in Verilog, too; others are called there after a part that has them
    registers = register_map(spec)
    bus = RegisterBus(registers)
    request, request_write, request_whole, request_address, request_data, *answers = bus.requests().values()
    answer, answer_error, answer_data = answers
    settings, written, selected, offset, write, wdata = bus.accesses().values()
    select_neurons, neuron_index = vector(ENCODERS), vector(bits_for(spec.block_circuits))
    select_drivers, driver_index = Signal(False), vector(bits_for(registers.bank("drivers").count))
    driver_rdata, clear = vector(WORD_BITS), Signal(False)
    control_written, clear_bit = bus.strobe("control"), bus.clear_bit()

    @always_comb
    def clearing() -> None:
        clear.next = reset or (control_written and clear_bit)

    select = part(
        "select", register_select, selected=bus.selected, offset=bus.offset, neurons=select_neurons,
        neuron_index=neuron_index, drivers=select_drivers, driver_index=driver_index, spec=spec,
    )  # fmt: skip
    run = bus.setting("control", "run")
    shared = Shared(clock=clock, reset=reset, clear=clear, run=run, now=system_time, bus=bus, spec=spec)
    timer = part("timer", time_block, **shared.timed())

    # from the sources through the mergers to the link, and over the lines to the drivers
    word_valid = Signal(False)
    s_valid, s_ready = s_axis.tvalid, s_axis.tready

    @always_comb
    def accept() -> None:
        s_ready.next = not clear
        word_valid.next = s_valid and not clear

    neurons = encoders(shared, fire=fire, select=select_neurons, index=neuron_index)
    background = generators(shared)
    releases = links_in(shared, word=s_axis.tdata, word_valid=word_valid)
    joined = mergers(shared, encoders=neurons, generators=background, releases=releases)
    link = link_to_host(shared, m_axis, joined.dnc)
    sending = lines(shared, joined.dnc)
    end_valid = [sending[n]["end_valid"] for n in range(ENCODERS)]
    end_address = [sending[n]["end_address"] for n in range(ENCODERS)]
    ends_valid, ends_addresses = join(end_valid), join(end_address)

    @always_comb
    def leave() -> None:
        line_valid.next = ends_valid
        line_addresses.next = ends_addresses

    rows = part(
        "drivers_0", drivers, **shared.resettable(),
        **bus.memory(select=select_drivers, index=driver_index, rdata=driver_rdata),
        line_valid=join([*end_valid, foreign_valid]), line_addresses=join([*end_address, foreign_addresses]),
        strobe=strobe, synapse_address=synapse_address, spec=spec,
    )  # fmt: skip

    # registers
    tree, channels = [joined.tree[m] for m in range(ENCODERS)], joined.dnc
    status = status_words(
        registers, time=[system_time], encoder_lost=[encoder["lost_count"] for encoder in neurons],
        encoder_overwritten=[merger["encoder_overwritten"] for merger in tree],
        background_overwritten=[merger["generator_overwritten"] for merger in tree],
        link_closed=[release["closed"] for release in releases],
        link_expired=[release["expired"] for release in releases],
        link_full=[release["full_count"] for release in releases],
        link_collided=[release["collided"] for release in releases],
        link_refused=[merger["refused"] for merger in channels], out_lost=pieces(link["lost_counts"], ENCODERS),
        line_events=[merger["event_count"] for merger in channels],
    )  # fmt: skip
    host = [
        part("host", axi_lite, clock=clock, reset=reset, **vars(s_axil), **bus.requests()),
        part(
            "register_file_0", register_file, clock=clock, reset=reset, **bus.requests(), status=status,
            **bus.accesses(), rdata=ConcatSignal(*(reader["rdata"] for reader in (rows, *neurons))),
            registers=registers,
        ),
    ]  # fmt: skip

    sources = [each for pair in zip(neurons, background, strict=True) for each in pair] + releases
    parts = [timer, *sources, *joined.parts(), link, *sending.values(), rows, *host]
    selects = select.kind(**placed(select))
    blocks = [each.kind(**placed(each)) for each in parts]
    return clearing, selects, accept, leave, blocks
