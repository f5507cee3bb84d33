"""Experiment presets as TOML files."""
