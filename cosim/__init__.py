"""The fidelity levels behind one protocol, and the routing of networks onto the chip."""
