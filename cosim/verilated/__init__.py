"""The generated Verilog as a shared library: build with a cache, and the C interface that the level `verilog` calls."""
