"""Round robin: the choice that the neuron backend and the crossbar make in each cycle."""

from __future__ import annotations

from ..numerics.compiled import borrowing


@borrowing
def next_in_turn(requests, pointer):  # type: ignore[no-untyped-def]
    """Return the first index at or after `pointer`, cyclically, that requests; at least one must."""
    index = pointer
    while not requests[index]:
        index += 1
        if index == requests.shape[0]:
            index = 0
    return index


@borrowing
def behind(index, count):  # type: ignore[no-untyped-def]
    """Return where the pointer stands after a grant of `index`."""
    return index + 1 if index + 1 < count else 0
