"""Networks of rates for the wafer: the ReLU network, its conversion, and its training in the loop."""
