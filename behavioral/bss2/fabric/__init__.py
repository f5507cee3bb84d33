"""The digital spike path of BrainScaleS-2, transaction by transaction."""
