"""Networks, the in-the-loop gradient, data, the training loop and its reports."""
