"""Hardware that any chip is built from: buses, registers, FIFOs, arbiters."""
