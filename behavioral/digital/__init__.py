"""Parts that twins of digital paths are made of: ticks, tables, arbiter, counters."""
