"""One register map: no two registers share an address or a bit, and a configuration survives the way there and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric.config import SECTIONS, FabricConfig, entities
from inloop.behavioral.bss2.spec import PRESETS, chip_spec
from inloop.behavioral.sections import section_fields
from inloop.errors import ConfigError
from inloop.rtl.bss2.register_map import (
    config_writes,
    control_write,
    read_config,
    register_map,
    register_page,
    software_event,
)

ROOT = Path(__file__).parents[3]


def some_config(preset: str, seed: int) -> FabricConfig:
    spec, rng = chip_spec(preset), np.random.default_rng(seed)
    config = FabricConfig.default(spec)
    for name, kind in SECTIONS.items():
        values = {f.name: rng.integers(0, 1 << bits, entities(spec)[name]) for f, bits in section_fields(spec, kind)}
        config = config.with_section(name, **values)
    return config


@pytest.mark.parametrize("preset", PRESETS)
def test_registers_do_not_overlap(preset: str) -> None:
    registers = register_map(chip_spec(preset))
    addresses = [
        registers.address(bank.name, entity, word)
        for bank in registers.banks
        for entity in range(bank.count)
        for word in range(bank.words)
    ]
    assert len(set(addresses)) == len(addresses)
    assert max(addresses) < 1 << registers.address_bits
    for bank in registers.banks:
        for word in range(bank.words):
            masks = [((1 << f.bits) - 1) << f.low for f in bank.fields if f.word == word]
            assert sum(masks) == bank.word_mask(word) < 1 << 32
            assert bank.word_mask(word) == np.bitwise_or.reduce(masks)
            assert bank.word_reset(word) & ~bank.word_mask(word) == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_every_field_of_the_configuration_has_its_bits(preset: str) -> None:
    spec = chip_spec(preset)
    for name, kind in SECTIONS.items():
        bank = register_map(spec).bank(name)
        assert bank.count == entities(spec)[name]
        assert [(f.name, f.bits) for f in bank.fields] == [(f.name, bits) for f, bits in section_fields(spec, kind)]


@pytest.mark.parametrize("preset", PRESETS)
def test_configuration_there_and_back(preset: str) -> None:
    spec, config = chip_spec(preset), some_config(preset, 1)
    memory = dict(config_writes(spec, config))
    back = read_config(spec, memory.__getitem__)
    for name, kind in SECTIONS.items():
        for f, _ in section_fields(spec, kind):
            assert (getattr(getattr(back, name), f.name) == getattr(getattr(config, name), f.name)).all()


def test_only_what_differs_is_written() -> None:
    spec = chip_spec("tiny")
    default = FabricConfig.default(spec)
    assert config_writes(spec, default, default) == []
    changed = default.with_section("cadc", period=100)
    assert config_writes(spec, changed, default) == [(register_map(spec).address("cadc"), 100 << 1)]


def test_values_are_checked() -> None:
    spec = chip_spec("tiny")
    with pytest.raises(ConfigError, match=r"cadc\.period"):
        config_writes(spec, FabricConfig.default(spec).with_section("cadc", period=1 << 16))


def test_control_words() -> None:
    spec = chip_spec("bss2")
    assert control_write(spec, run=True) == (0, 1)
    assert control_write(spec, clear=True) == (0, 2)
    assert software_event(spec, 1, 5, 7, 13) == (8, 5 | 7 << 4 | 13 << 9)


def test_page_in_the_docs_is_up_to_date() -> None:
    page = (ROOT / "docs" / "registers.md").read_text(encoding="utf-8")
    assert page == register_page(chip_spec("bss2")), "write register_page(chip_spec('bss2')) to docs/registers.md"
