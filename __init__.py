"""Train spiking networks in the loop with a layered model of an analog neuromorphic chip."""
