"""The register file behind AXI4-Lite, in the whole design."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from inloop.behavioral.bss2.fabric.config import SECTIONS
from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.bss2.driver import Driver
from inloop.rtl.bss2.register_map import IDENTITY, VERSION, control_write, register_map

TINY = chip_spec("tiny")
REGISTERS = register_map(TINY)
OKAY, SLVERR = 0, 2


def test_every_word_is_reset_written_and_read() -> None:
    rng = np.random.default_rng(3)
    words = [
        (REGISTERS.address(name, entity, word), bank.word_reset(word), bank.word_mask(word))
        for name in (*SECTIONS, "padi_event")
        for bank in [REGISTERS.bank(name)]
        for entity in range(bank.count)
        for word in range(bank.words)
    ]
    values = [int(x) for x in rng.integers(0, 1 << 32, len(words))]

    def script(host: Driver) -> Generator[Any, None, None]:
        for address, reset, _ in words:
            assert (yield from host.read(address)) == (reset, OKAY), hex(address)
        for (address, _, _), value in zip(words, values, strict=True):
            assert (yield from host.write(address, value)) == OKAY
        for (address, _, mask), value in zip(words, values, strict=True):
            assert (yield from host.read(address)) == (value & mask, OKAY), hex(address)
        host.ports.reset.next = 1
        yield from host.edge()
        host.ports.reset.next = 0
        for address, reset, _ in words[::7]:
            assert (yield from host.read(address)) == (reset, OKAY), hex(address)

    Driver(TINY).play(script)


def test_errors_change_nothing() -> None:
    control, cadc = REGISTERS.address("control"), REGISTERS.address("cadc")
    last = {region: REGISTERS.words(region) for region in REGISTERS.regions}
    beyond = [4 * ((n << REGISTERS.offset_bits) + last[name]) for n, name in enumerate(REGISTERS.regions)]
    no_region = 4 * (len(REGISTERS.regions) << REGISTERS.offset_bits)

    def script(host: Driver) -> Generator[Any, None, None]:
        assert (yield from host.read(REGISTERS.address("identity"))) == (IDENTITY, OKAY)
        assert (yield from host.read(REGISTERS.address("version"))) == (VERSION, OKAY)
        for address in (*beyond, no_region, control + 1, control + 2):
            assert (yield from host.read(address)) == (0, SLVERR), hex(address)
            assert (yield from host.write(address, 3)) == SLVERR, hex(address)
        for name in ("identity", "drops", "time_low", "spike_counters"):
            assert (yield from host.write(REGISTERS.address(name), 1)) == SLVERR, name
        for strobe in range(15):
            assert (yield from host.write(cadc, 0, strobe)) == SLVERR
        bank = REGISTERS.bank("cadc")
        assert (yield from host.read(cadc)) == (bank.word_reset(), OKAY)
        assert int(host.ports.system_time) == 0

    Driver(TINY).play(script)


def test_channels_are_independent_and_may_stall() -> None:
    cadc, slow = REGISTERS.address("cadc"), REGISTERS.address("links")

    def script(host: Driver) -> Generator[Any, None, None]:
        a = host.ports.s_axil
        a.wstrb.next, a.wdata.next, a.wvalid.next = 15, 7, 1  # data long before its address
        yield from host.edge()
        a.wvalid.next = 0
        for _ in range(9):
            assert not a.bvalid
            yield from host.edge()
        a.awaddr.next, a.awvalid.next, a.araddr.next, a.arvalid.next = cadc, 1, slow, 1  # both at once
        a.bready.next = a.rready.next = 0
        yield from host.edge()
        a.awvalid.next = a.arvalid.next = 0
        for _ in range(12):
            yield from host.edge()
        for _ in range(5):  # both answers stand until they are taken
            assert (bool(a.bvalid), bool(a.rvalid), int(a.bresp), int(a.rresp), int(a.rdata)) == (True, True, 0, 0, 0)
            yield from host.edge()
        a.bready.next = a.rready.next = 1
        yield from host.edge()
        assert not a.bvalid
        assert not a.rvalid
        assert (yield from host.read(cadc)) == (7, OKAY)

    Driver(TINY).play(script)


def test_time_is_read_in_two_words_and_cleared() -> None:
    low, high = REGISTERS.address("time_low"), REGISTERS.address("time_high")
    carry = (1 << 33) - 40

    def script(host: Driver) -> Generator[Any, None, None]:
        yield from host.write(*control_write(TINY, run=True))
        host.ports.system_time.next = carry
        yield from host.edge()
        first, _ = yield from host.read(low)
        top, _ = yield from host.read(high)
        while int(host.ports.system_time) < 1 << 33:
            yield from host.edge()
        assert (yield from host.read(high)) == (top, OKAY)  # held since the low bits were read
        assert carry <= (top << 32 | first) < carry + 20
        yield from host.read(low)
        assert (yield from host.read(high)) == (2, OKAY)
        yield from host.write(*control_write(TINY, clear=True))
        assert int(host.ports.system_time) == 0
        assert (yield from host.read(REGISTERS.address("control"))) == (0, OKAY)

    Driver(TINY).play(script)
