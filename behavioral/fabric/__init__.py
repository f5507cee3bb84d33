"""The digital spike path as numbers: its configuration, its wiring, and its transaction-level twin."""
