from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.twin import by_driver


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(0, 255), max_size=20, unique=True), st.integers(0, 5))
def test_pulses_of_a_cycle_are_put_in_the_order_of_their_drivers(drivers: list[int], beyond: int) -> None:
    rows = np.arange(6 * (len(drivers) + beyond)).reshape(-1, 6)
    rows[: len(drivers), 1] = drivers
    before = rows.copy()
    by_driver(rows, len(drivers))
    expected = before[: len(drivers)][np.argsort(drivers)]
    np.testing.assert_array_equal(rows[: len(drivers)], expected)
    np.testing.assert_array_equal(rows[len(drivers) :], before[len(drivers) :])
