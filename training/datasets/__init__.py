"""Data sets: where they lie, how they are read, encoded and augmented."""
