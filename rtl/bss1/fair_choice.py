"""The choice of a merger between its two inputs, combinational."""

from __future__ import annotations

from typing import Any

from myhdl import always_comb, block, intbv


@block
def fair_choice(*, full: Any, last: Any, merge: Any, select: Any, free: Any, moves: Any) -> Any:
    """Say in `moves` (one-hot) which full input moves, if the output is `free`.

    With `merge` the input that was not served last comes first; else only the input `select` counts.
    """

    @always_comb
    def choose() -> None:
        chosen = intbv(0)[2:]
        if free:
            if merge:
                if full[0] and (last or not full[1]):
                    chosen[0] = 1
                elif full[1]:
                    chosen[1] = 1
            elif select:
                chosen[1] = full[1]
            else:
                chosen[0] = full[0]
        moves.next = chosen

    return choose
