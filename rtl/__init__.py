"""The digital spike path as hardware: MyHDL blocks, their register map, and the Verilog made from them."""
