"""The command `inloop`."""
