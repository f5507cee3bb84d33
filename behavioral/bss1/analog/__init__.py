"""The analog part of a chip of BrainScaleS-1: synapses and neurons."""
