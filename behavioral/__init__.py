"""The chip as numbers: specification, die, analog core, event formats. Knows numpy and numba only."""
