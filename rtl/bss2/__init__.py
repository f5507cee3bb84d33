"""The digital spike path of BrainScaleS-2 as hardware."""
