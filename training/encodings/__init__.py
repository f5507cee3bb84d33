"""Encodings: how data become spikes, one file each."""
