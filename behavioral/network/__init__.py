"""Networks without a chip: topology, weights, the ideal model and its adjoint."""
