"""The fidelity levels behind one protocol, and the placement of networks onto the chip."""
