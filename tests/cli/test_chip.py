"""`inloop chip`: a design, a die, and what follows a changed field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Call, refused


def test_chip(inloop: Call) -> None:
    answer = inloop("chip", "tiny", "--die", 3, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json.keys() == {"chip", "die", "calibration", "spread"}
    assert answer.json["chip"]["columns"] == 16
    assert answer.json["spread"]["tau_mem"].keys() == {"mean", "std"}
    assert inloop("chip", "tiny", "--calibration", "perfect", "--json").json["spread"]["tau_mem"]["std"] == 0
    wafer = inloop("chip", "bss1", "--die", 3, "--json").json
    assert wafer["calibration"] == "calibrated"
    assert wafer["spread"]["tau_mem_s"]["std"] > 0.1e-6
    assert "reversal_exc_v" in inloop("chip", "bss1").out
    assert inloop("chip", "bss1", "--figure", "x.png").code == 0
    assert Path("x.png").stat().st_size > 1000
    people = inloop("chip", "--figure", "die.png")
    assert people.code == 0
    assert "threshold_lsb" in people.out
    assert "spread of the die: die.png" in people.out
    assert Path("die.png").stat().st_size > 1000


def test_chip_says_what_follows(inloop: Call) -> None:
    sentence = "weight_bits = 4: weight_lsb_per_unit follows, 30 → 7.143 (range of weights stays ±2.1)\n"
    assert sentence in inloop("chip", "tiny", "--set", "weight_bits=4").out
    answer = inloop("chip", "tiny", "--set", "weight_bits=4", "--json").json
    assert answer["followed"] == {"weight_lsb_per_unit": pytest.approx(15 / 2.1)}
    assert answer["chip"]["weight_lsb_per_unit"] == answer["followed"]["weight_lsb_per_unit"]
    assert "followed" not in inloop("chip", "tiny", "--set", "rows=32", "--json").json
    assert inloop("chip", "bss1", "--set", "clock_hz=100e6", "--json").json["followed"]["hop_cycles"] == 2
    assert "range of weights stays" in inloop("chip", "map", "8-5r-3", "--set", "weight_bits=4").out
    refused(inloop("chip", "tiny", "--set", "weight_bit=4"), "unknown chip field 'weight_bit'")
