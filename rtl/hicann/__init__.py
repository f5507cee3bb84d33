"""The digital path of a HICANN as hardware; what it shares with the other chip lies one folder up."""
