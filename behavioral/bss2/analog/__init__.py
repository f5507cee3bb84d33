"""The analog core of BrainScaleS-2: synapses, neurons, CADC."""
