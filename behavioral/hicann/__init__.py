"""HICANN, the chip of the wafer-scale BrainScaleS-1: specification, analog neurons, digital spike path."""
