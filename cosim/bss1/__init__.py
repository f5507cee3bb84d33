"""The levels of BrainScaleS-1: its networks are placed, configured and run, on several chips of a wafer."""
