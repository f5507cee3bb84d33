"""Register file: decodes requests, keeps small settings, reads counters, and reaches the blocks that keep their own.

All sizes and places are read from the register map. A request is answered three cycles later.
"""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ..behavioral.spec import ChipSpec
from .buildable import bits_for
from .crossbar import node_positions
from .register_map import WORD_BITS, Bank, RegisterMap, register_map

SETTING, STATUS, NODES, BACKGROUND, NEURONS, DRIVERS, SPIKES = range(7)
KIND_OF = {
    "status": STATUS,
    "nodes": NODES,
    "background": BACKGROUND,
    "neurons": NEURONS,
    "drivers": DRIVERS,
    "spike_counters": SPIKES,
}


def setting_banks(registers: RegisterMap) -> tuple[Bank, ...]:
    """Banks that the register file itself keeps, in the order of its storage."""
    return tuple(bank for bank in registers.banks if bank.access == "rw" and bank.name not in registers.distributed)


def setting_words(registers: RegisterMap) -> int:
    """Words that the register file itself keeps."""
    return sum(bank.count for bank in setting_banks(registers))


def setting_place(registers: RegisterMap, name: str, entity: int, field: str) -> tuple[int, int]:
    """Return where a field lies in the vector of settings: one above its highest bit, and its lowest bit."""
    slot = 0
    for bank in setting_banks(registers):
        if bank.name == name:
            bits = bank.field(field)
            return (slot + entity) * WORD_BITS + bits.high, (slot + entity) * WORD_BITS + bits.low
        slot += bank.count
    raise KeyError(name)


@block
def register_file(
    clock: Any,
    reset: Any,
    request: Any,
    request_write: Any,
    request_whole: Any,
    request_address: Any,
    request_data: Any,
    answer: Any,
    answer_error: Any,
    answer_data: Any,
    now: Any,
    status: Any,
    settings: Any,
    clear: Any,
    software: Any,
    select_nodes: Any,
    select_background: Any,
    select_neurons: Any,
    select_spikes: Any,
    select_drivers: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    spec: ChipSpec,
) -> Any:
    """Serve requests.

    `settings` and `status` hold one word per register, `rdata` one word per block that keeps its own configuration;
    `select_…` have one bit per block, `index` numbers the words inside. `clear` is the strobe of the control register,
    `software` has one strobe per `padi_event` register.
    """
    registers = register_map(spec)
    regions = registers.regions
    region_bits, offset_bits = registers.region_bits, registers.offset_bits
    offset_low = bits_for(WORD_BITS // 8)
    region_low = offset_low + offset_bits
    address_bits = registers.address_bits
    region_count = len(regions)
    kinds = tuple(KIND_OF.get(name, SETTING) for name in regions)
    counts = tuple(registers.words(name) for name in regions)
    read_only = tuple(int(registers.region(name)[0].access == "ro") for name in regions)

    settings_kept = setting_banks(registers)
    slots = [bank for bank in settings_kept for _ in range(bank.count)]
    slot_count = len(slots)
    first_slots = tuple(next((n for n, bank in enumerate(slots) if bank.region == name), 0) for name in regions)
    resets = tuple(bank.word_reset() for bank in slots)
    control = registers.bank("control")
    run_mask = (1 << control.field("clear").low) - 1  # run is kept, clear is a strobe
    clear_at = control.field("clear").low
    masks = tuple(run_mask if bank is control else bank.word_mask() for bank in slots)
    software_slots = tuple(n for n, bank in enumerate(slots) if bank.name == "padi_event")
    first_software, software_count = software_slots[0], len(software_slots)
    time_low_offset = registers.bank("time_low").base
    time_high_offset = registers.bank("time_high").base
    time_bits = spec.time_bits

    positions = node_positions(spec)
    generator_words = registers.bank("background").words
    generator_bits = bits_for(spec.background_sources)
    generators = tuple(n // generator_words for n in range(counts[regions.index("background")]))
    generator_indices = tuple(n % generator_words for n in range(len(generators)))
    width_bits = bits_for(spec.columns // spec.event_outputs)
    output_bits = bits_for(spec.event_outputs)
    hemisphere_low = width_bits + output_bits
    driver_bits = bits_for(spec.drivers)
    hemisphere_bits = bits_for(spec.hemispheres)
    index_bits = len(index)
    blocks = len(rdata) // WORD_BITS
    status_low_bits = bits_for(len(status))
    setting_low_bits = bits_for(len(settings))
    rdata_low_bits = bits_for(len(rdata))

    high_time = Signal(intbv(0)[time_bits - WORD_BITS :])
    stage = Signal(intbv(0)[2:])
    own_data = Signal(intbv(0)[WORD_BITS:])

    @always(clock.posedge)
    def serve() -> None:
        clear.next = 0
        software.next = 0
        select_nodes.next = 0
        select_background.next = 0
        select_neurons.next = 0
        select_spikes.next = 0
        select_drivers.next = 0
        answer.next = 0
        if reset:
            low = intbv(0)[setting_low_bits:]
            mask = intbv(0)[WORD_BITS:]
            for n in range(slot_count):
                low[:] = n * WORD_BITS
                mask[:] = resets[n]
                settings.next[low + WORD_BITS : low] = mask
            write.next = 0
            index.next = 0
            wdata.next = 0
            high_time.next = 0
            stage.next = 0
            own_data.next = 0
            answer_error.next = 0
            answer_data.next = 0
        elif request:
            region = intbv(0)[region_bits:]
            offset = intbv(0)[offset_bits + 1 :]
            limit = intbv(0)[offset_bits + 1 :]
            kind = intbv(0)[3:]
            fixed = intbv(0)[1:]
            slot = intbv(0)[offset_bits + 1 :]
            low = intbv(0)[setting_low_bits:]
            mask = intbv(0)[WORD_BITS:]
            generator = intbv(0)[generator_bits:]
            backend = intbv(0)[output_bits:]
            hemisphere = intbv(0)[hemisphere_bits:]
            shown = intbv(0)[WORD_BITS:]
            place = intbv(0)[index_bits:]
            status_low = intbv(0)[status_low_bits:]
            stage.next = 1
            write.next = request_write
            wdata.next = request_data
            own_data.next = 0
            answer_error.next = 1
            region[:] = request_address[address_bits:region_low]
            offset[offset_bits:] = request_address[region_low:offset_low]
            if region < region_count:
                kind[:] = kinds[region]
                limit[:] = counts[region]
                fixed[:] = read_only[region]
                if (
                    offset < limit
                    and request_address[offset_low:] == 0
                    and request_whole
                    and not (request_write and fixed != 0)
                ):
                    answer_error.next = 0
                    if kind == SETTING:
                        slot[:] = first_slots[region]
                        slot[:] = slot + offset
                        if request_write:
                            for n in range(slot_count):
                                low[:] = n * WORD_BITS
                                mask[:] = masks[n]
                                if slot == n:
                                    settings.next[low + WORD_BITS : low] = request_data & mask
                            for n in range(software_count):
                                if slot == first_software + n:
                                    software.next[n] = 1
                            if slot == 0:
                                clear.next = request_data[clear_at]
                        else:
                            low[:] = slot * WORD_BITS
                            own_data.next = settings[low + WORD_BITS : low]
                    elif kind == STATUS:
                        if offset == time_low_offset:
                            own_data.next = now[WORD_BITS:]
                            high_time.next = now[time_bits:WORD_BITS]
                        elif offset == time_high_offset:
                            shown[time_bits - WORD_BITS :] = high_time
                            own_data.next = shown
                        else:
                            status_low[:] = offset * WORD_BITS
                            own_data.next = status[status_low + WORD_BITS : status_low]
                    elif kind == NODES:
                        select_nodes.next = 1
                        index.next = positions[offset]
                    elif kind == BACKGROUND:
                        generator[:] = generators[offset]
                        select_background.next[generator] = 1
                        index.next = generator_indices[offset]
                    elif kind == DRIVERS:
                        hemisphere[:] = offset[driver_bits + hemisphere_bits : driver_bits]
                        select_drivers.next[hemisphere] = 1
                        place[driver_bits:] = offset[driver_bits:]
                        index.next = place
                    else:
                        backend[:] = offset[hemisphere_low:width_bits]
                        if kind == NEURONS:
                            select_neurons.next[backend] = 1
                        else:
                            select_spikes.next[backend] = 1
                        place[width_bits:] = offset[width_bits:]
                        place[width_bits + hemisphere_bits : width_bits] = offset[
                            hemisphere_low + hemisphere_bits : hemisphere_low
                        ]
                        index.next = place
        elif stage == 1:
            stage.next = 2
        elif stage == 2:
            rdata_low = intbv(0)[rdata_low_bits:]
            collected = intbv(0)[WORD_BITS:]
            stage.next = 0
            answer.next = 1
            collected[:] = own_data
            for n in range(blocks):
                rdata_low[:] = n * WORD_BITS
                collected[:] = collected | rdata[rdata_low + WORD_BITS : rdata_low]
            answer_data.next = collected

    return serve
