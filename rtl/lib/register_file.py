"""Register file: decodes requests, keeps settings, reads counters, and reaches the blocks with a memory of their own.

All sizes and places are read from the register map. A request is answered three cycles later.
"""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from .register_map import WORD_BITS, Bank, RegisterMap
from .widths import bits_for

SETTING, STATUS, DISTRIBUTED = range(3)


def setting_banks(registers: RegisterMap) -> tuple[Bank, ...]:
    """Banks that the register file itself keeps, in the order of its storage."""
    return tuple(bank for bank in registers.banks if bank.access == "rw" and bank.name not in registers.distributed)


def setting_words(registers: RegisterMap) -> int:
    """Words that the register file itself keeps."""
    return sum(bank.count for bank in setting_banks(registers))


def strobed_words(registers: RegisterMap) -> int:
    """Words of the region of the control register, whose writes act at once; the first of the settings."""
    first = setting_banks(registers)[0]
    return registers.words(first.region)


def setting_slot(registers: RegisterMap, name: str, entity: int = 0) -> int:
    """Return the number of a word among the settings. Raises `KeyError` for a bank that is kept elsewhere."""
    slot = 0
    for bank in setting_banks(registers):
        if bank.name == name:
            return slot + entity
        slot += bank.count
    raise KeyError(name)


def setting_place(registers: RegisterMap, name: str, entity: int, field: str) -> tuple[int, int]:
    """Return where a field lies in the vector of settings: one above its highest bit, and its lowest bit."""
    bits, low = registers.bank(name).field(field), setting_slot(registers, name, entity) * WORD_BITS
    return low + bits.high, low + bits.low


def _kind(registers: RegisterMap, region: str) -> int:
    first = registers.region(region)[0]
    if first.name in registers.distributed:
        return DISTRIBUTED
    return SETTING if first.access == "rw" else STATUS


@block
def register_file(
    *,
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
    written: Any,
    selected: Any,
    offset: Any,
    write: Any,
    wdata: Any,
    rdata: Any,
    registers: RegisterMap,
) -> Any:
    """Serve requests.

    `settings` and `status` hold one word per register, `rdata` one word per block that keeps its own configuration.
    `written` has a strobe per word of the region of the control register. An access to a distributed bank raises its
    bit in `selected` for one cycle, with the word's number in `offset`.
    """
    regions = registers.regions
    region_bits, offset_bits = registers.region_bits, registers.offset_bits
    offset_low = bits_for(WORD_BITS // 8)
    region_low = offset_low + offset_bits
    address_bits = registers.address_bits
    region_count = len(regions)
    strobes = len(written)
    kinds = tuple(_kind(registers, name) for name in regions)
    counts = tuple(registers.words(name) for name in regions)
    numbers = tuple(registers.distributed.index(name) if name in registers.distributed else 0 for name in regions)
    number_bits = bits_for(len(registers.distributed))
    read_only = tuple(int(registers.region(name)[0].access == "ro") for name in regions)

    slots = [bank for bank in setting_banks(registers) for _ in range(bank.count)]
    slot_count = len(slots)
    first_slots = tuple(next((n for n, bank in enumerate(slots) if bank.region == name), 0) for name in regions)
    resets = tuple(bank.word_reset() for bank in slots)
    masks = tuple(bank.kept_mask() for bank in slots)

    blocks = len(rdata) // WORD_BITS
    status_low_bits = bits_for(len(status))
    setting_low_bits = bits_for(len(settings))
    rdata_low_bits = bits_for(len(rdata))

    stage = Signal(intbv(0)[2:])
    own_data = Signal(intbv(0)[WORD_BITS:])

    @always(clock.posedge)
    def serve() -> None:
        written.next = 0
        selected.next = 0
        answer.next = 0
        if reset:
            low = intbv(0)[setting_low_bits:]
            mask = intbv(0)[WORD_BITS:]
            for n in range(slot_count):
                low[:] = n * WORD_BITS
                mask[:] = resets[n]
                settings.next[low + WORD_BITS : low] = mask
            offset.next = 0
            write.next = 0
            wdata.next = 0
            stage.next = 0
            own_data.next = 0
            answer_error.next = 0
            answer_data.next = 0
        elif request:
            region = intbv(0)[region_bits:]
            place = intbv(0)[offset_bits + 1 :]
            limit = intbv(0)[offset_bits + 1 :]
            kind = intbv(0)[2:]
            fixed = intbv(0)[1:]
            number = intbv(0)[number_bits:]
            slot = intbv(0)[offset_bits + 1 :]
            low = intbv(0)[setting_low_bits:]
            mask = intbv(0)[WORD_BITS:]
            status_low = intbv(0)[status_low_bits:]
            stage.next = 1
            write.next = request_write
            wdata.next = request_data
            own_data.next = 0
            answer_error.next = 1
            region[:] = request_address[address_bits:region_low]
            place[offset_bits:] = request_address[region_low:offset_low]
            offset.next = request_address[region_low:offset_low]
            if region < region_count:
                kind[:] = kinds[region]
                limit[:] = counts[region]
                fixed[:] = read_only[region]
                if (
                    place < limit
                    and request_address[offset_low:] == 0
                    and request_whole
                    and not (request_write and fixed != 0)
                ):
                    answer_error.next = 0
                    if kind == SETTING:
                        slot[:] = first_slots[region]
                        slot[:] = slot + place
                        if request_write:
                            for n in range(slot_count):
                                low[:] = n * WORD_BITS
                                mask[:] = masks[n]
                                if slot == n:
                                    settings.next[low + WORD_BITS : low] = request_data & mask
                            for n in range(strobes):
                                if slot == n:
                                    written.next[n] = 1
                        else:
                            low[:] = slot * WORD_BITS
                            own_data.next = settings[low + WORD_BITS : low]
                    elif kind == STATUS:
                        status_low[:] = place * WORD_BITS
                        own_data.next = status[status_low + WORD_BITS : status_low]
                    else:
                        number[:] = numbers[region]
                        selected.next[number] = 1
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
