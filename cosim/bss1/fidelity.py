"""What is known of the levels of BrainScaleS-1: they record no membranes, and run on the CPU alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import fidelity

IDEAL: Final = replace(fidelity.IDEAL, on_gpu=False)
BEHAVIORAL: Final = replace(fidelity.BEHAVIORAL, on_gpu=False, membranes=False)
EVENT: Final = replace(fidelity.EVENT, membranes=False)
RTL: Final = replace(fidelity.RTL, membranes=False)
VERILOG: Final = replace(fidelity.VERILOG, membranes=False)
