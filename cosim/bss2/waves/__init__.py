"""What a level of BrainScaleS-2 does in one sample as signals."""
