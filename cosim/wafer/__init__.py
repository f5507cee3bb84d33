"""The wafer of BrainScaleS-1: placement over its chips, and the levels that run what was placed."""
