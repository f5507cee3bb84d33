"""BrainScaleS-2: its design, its dies, its analog core and the twin of its digital spike path."""
