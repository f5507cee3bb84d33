"""The digital path of one HICANN as numbers: its configuration, its wiring, and its transaction-level twin."""
