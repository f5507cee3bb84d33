"""A made-up chip, small and real: neurons on one bus, which carries an address per cycle to all synapses.

A chip of this package has a folder in each layer; this one, of somebody else, has all of it in one: `RING` says so.
`CHIPS.register("ring", RING)` is all that inloop has to be told.
"""

from __future__ import annotations

from inloop.chips import ChipParts

RING = ChipParts("ring", "tests.chips.ring")
