"""The levels of BrainScaleS-2: its networks are placed, configured, run and drawn."""
