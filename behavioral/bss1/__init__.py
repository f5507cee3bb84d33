"""BrainScaleS-1: the design of its chips, its dies, their analog part and the twin of their digital paths."""
