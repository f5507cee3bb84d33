from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.die import Spread, Spreads
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.numerics.noise import TemporalNoise
from inloop.cosim.chip import Chip
from inloop.errors import ConfigError


def test_a_chip_by_names() -> None:
    chip = Chip("tiny", die=7, calibration="calibrated", noise="off")
    assert chip.spec == chip_spec("tiny")
    assert (chip.die.seed, chip.die.calibration, chip.noise.silent, chip.quantized) == (7, "calibrated", True, True)
    assert repr(chip) == "Chip('tiny', die=7, calibration='calibrated')"


def test_a_chip_by_hand() -> None:
    noise = TemporalNoise(0.1, 0.2, 0.3)
    chip = Chip(
        chip_spec("bss2").with_fields(columns=32), calibration=Spreads(leak_conductance=Spread(0.1)), noise=noise
    )
    assert chip.die.tau_mem.shape == (2, 32)
    assert chip.die.calibration == "custom"
    assert chip.noise is noise


def test_the_noise_key_depends_on_its_seed_alone() -> None:
    keys = [Chip("tiny", die=die, noise_seed=seed).noise_key for die, seed in ((0, 5), (1, 5), (0, 6))]
    assert keys[0] == keys[1] != keys[2]
    assert all(0 < key < 2**64 for key in keys)


def test_the_noise_seed_does_not_change_the_die() -> None:
    one, two = Chip("tiny", die=3, noise_seed=0), Chip("tiny", die=3, noise_seed=1)
    np.testing.assert_array_equal(one.die.leak_lsb, two.die.leak_lsb)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"spec": "bss9"}, "unknown chip preset 'bss9'"),
        ({"die": "7"}, "die = '7' must be a whole number"),
        ({"die": True}, "die = True must be a whole number"),
        ({"calibration": "best"}, "unknown calibration 'best'"),
        ({"noise": "loud"}, "unknown noise preset 'loud'"),
        ({"noise_seed": -1}, "noise_seed = -1 must be a whole number"),
    ],
)
def test_what_cannot_be_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Chip(**arguments)
