"""Compiled kernels, vectors, threads, random streams. Knows no chip."""
