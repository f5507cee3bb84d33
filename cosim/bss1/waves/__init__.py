"""What a level of BrainScaleS-1 does in one sample as signals."""
