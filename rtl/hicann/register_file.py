"""Register file: decodes requests, keeps small settings, reads counters, and reaches neurons and drivers.

All sizes and places are read from the register map. A request is answered three cycles later.
"""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.hicann.path.wiring import ENCODERS
from ...behavioral.hicann.spec import HicannSpec
from ..buildable import bits_for
from ..register_file import setting_banks
from ..register_map import WORD_BITS
from .register_map import register_map

SETTING, STATUS, NEURONS, DRIVERS = range(4)
KIND_OF = {"status": STATUS, "neurons": NEURONS, "drivers": DRIVERS}


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
    status: Any,
    settings: Any,
    clear: Any,
    select_neurons: Any,
    select_drivers: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    spec: HicannSpec,
) -> Any:
    """Serve requests.

    `settings` and `status` hold one word per register, `rdata` one word per block that keeps its own configuration;
    `select_neurons` has a bit per encoder, `index` numbers the words inside. `clear` is the strobe of the control
    register.
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

    slots = [bank for bank in setting_banks(registers) for _ in range(bank.count)]
    slot_count = len(slots)
    first_slots = tuple(next((n for n, bank in enumerate(slots) if bank.region == name), 0) for name in regions)
    resets = tuple(bank.word_reset() for bank in slots)
    control = registers.bank("control")
    clear_at = control.field("clear").low
    run_mask = (1 << clear_at) - 1  # run is kept, clear is a strobe
    masks = tuple(run_mask if bank is control else bank.word_mask() for bank in slots)

    width_bits = bits_for(spec.columns // ENCODERS)
    encoder_bits = bits_for(ENCODERS)
    side_low = width_bits + encoder_bits
    side_bits = bits_for(spec.sides)
    index_bits = len(index)
    blocks = len(rdata) // WORD_BITS
    status_low_bits = bits_for(len(status))
    setting_low_bits = bits_for(len(settings))
    rdata_low_bits = bits_for(len(rdata))

    stage = Signal(intbv(0)[2:])
    own_data = Signal(intbv(0)[WORD_BITS:])

    @always(clock.posedge)
    def serve() -> None:
        region = intbv(0)[region_bits:]
        offset = intbv(0)[offset_bits + 1 :]
        limit = intbv(0)[offset_bits + 1 :]
        kind = intbv(0)[2:]
        fixed = intbv(0)[1:]
        slot = intbv(0)[offset_bits + 1 :]
        low = intbv(0)[setting_low_bits:]
        mask = intbv(0)[WORD_BITS:]
        encoder = intbv(0)[encoder_bits:]
        place = intbv(0)[index_bits:]
        status_low = intbv(0)[status_low_bits:]
        rdata_low = intbv(0)[rdata_low_bits:]
        collected = intbv(0)[WORD_BITS:]
        clear.next = 0
        select_neurons.next = 0
        select_drivers.next = 0
        answer.next = 0
        if reset:
            for n in range(slot_count):
                low[:] = n * WORD_BITS
                mask[:] = resets[n]
                settings.next[low + WORD_BITS : low] = mask
            write.next = 0
            index.next = 0
            wdata.next = 0
            stage.next = 0
            own_data.next = 0
            answer_error.next = 0
            answer_data.next = 0
        elif request:
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
                            if slot == 0:
                                clear.next = request_data[clear_at]
                        else:
                            low[:] = slot * WORD_BITS
                            own_data.next = settings[low + WORD_BITS : low]
                    elif kind == STATUS:
                        status_low[:] = offset * WORD_BITS
                        own_data.next = status[status_low + WORD_BITS : status_low]
                    elif kind == NEURONS:
                        encoder[:] = offset[side_low:width_bits]
                        select_neurons.next[encoder] = 1
                        place[width_bits:] = offset[width_bits:]
                        place[width_bits + side_bits : width_bits] = offset[side_low + side_bits : side_low]
                        index.next = place
                    else:
                        select_drivers.next = 1
                        index.next = offset[index_bits:]
        elif stage == 1:
            stage.next = 2
        elif stage == 2:
            stage.next = 0
            answer.next = 1
            collected[:] = own_data
            for n in range(blocks):
                rdata_low[:] = n * WORD_BITS
                collected[:] = collected | rdata[rdata_low + WORD_BITS : rdata_low]
            answer_data.next = collected

    return serve
