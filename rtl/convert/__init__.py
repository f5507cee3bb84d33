"""From a description to Verilog: hierarchy, text, checks by synthesis. Knows no chip."""
