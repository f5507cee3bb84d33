"""The digital paths of a chip of BrainScaleS-1, transaction by transaction."""
