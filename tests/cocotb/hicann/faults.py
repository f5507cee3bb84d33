"""Realistic faults of a designer in the path of a HICANN, as changes to the generated Verilog of `TINY`.

Each replaces a piece of text that must occur exactly once in its module.
"""

from __future__ import annotations

from tests.cocotb.faults import Fault

FAULTS = (
    Fault("the highest index comes first", "priority_encoder", "((found == 0) && latched[n])", "latched[n]"),
    Fault("an event in every cycle", "priority_encoder", "if (event_valid) begin", "if (1'b0) begin"),
    Fault("a chosen latch stays set", "priority_encoder", "waiting[number] = 0;", ""),
    Fault("disabled neurons fire", "priority_encoder", "(fire[n] && words[n][6])", "fire[n]"),
    Fault("lost spikes are not counted", "priority_encoder", "lost = (lost + 1);", ""),
    Fault("the lost counter wraps", "priority_encoder", "lost_count <= 65535;", "lost_count <= lost[16-1:0];"),
    Fault("a tap of the shift register", "background", "1: place = 12;", "1: place = 11;"),
    Fault("fires while it stays above the period", "background", "(moved > period) && armed", "(moved > period)"),
    Fault("state 0 stays 0", "background", "if ((start == 0)) begin", "if (1'b0) begin"),
    Fault("an event one cycle early", "background", "(counter >= period)", "((counter + 1) >= period)"),
    Fault("a counter of 15 bits", "background", "counter <= (counter + 1);", "counter <= (counter + 1) & 32767;"),
    Fault("generators run while time stands", "background", "(run && enable)", "enable"),
    Fault(
        "the new event is dropped instead of the old one",
        "background_merger",
        "merger0_kept[0] <= encoder_address;",
        "if (!full[0] || moves[0]) merger0_kept[0] <= encoder_address;",
    ),
    Fault(
        "an event that moves counts as overwritten",
        "background_merger",
        "(enters[0] && full[0] && (!moves[0]) &&",
        "(enters[0] && full[0] &&",
    ),
    Fault(
        "the overwritten counter wraps",
        "background_merger",
        "(generator_overwritten != 65535)",
        "1'b1",
    ),
    Fault("input 0 always comes first", "tree_merger", "(full[0] && (merger0_last || (!full[1])))", "full[0]"),
    Fault("last is never written", "tree_merger", "merger0_last <= moves[1];", ""),
    Fault("the output is not emptied", "tree_merger", "else if (read) begin", "else if (1'b0) begin"),
    Fault("an input that moves takes nothing", "tree_merger", "(moves[0] || (!full[0]))", "(!full[0])"),
    Fault("a slow merger does not rest", "tree_merger", "merger0_rest0_wait <= 1;", "merger0_rest0_wait <= 0;"),
    Fault("every merger is slow", "tree_merger", "(slow && (moves != 0))", "(moves != 0)"),
    Fault("the tree reads what the tap took", "fork", "(event_valid && (!tapped))", "event_valid"),
    Fault("the link comes first", "dnc_merger", "(full[0] && (merger0_last || (!full[1])))", "(full[0] && (!full[1]))"),
    Fault("a release overwrites", "dnc_merger", "(merge || select) && (moves[1] || (!full[1])))", "(merge || select))"),
    Fault(
        "refused counts at an input that does not count",
        "dnc_merger",
        "if ((release_valid && (merge || select) &&",
        "if ((release_valid &&",
    ),
    Fault("released twice in a row", "release_buffer", "may_serve = (!event_valid);", "may_serve = 1;"),
    Fault("the spare register waits for ever", "release_buffer", "((may_serve != 0) && spare_full)", "1'b0"),
    Fault("all bits of a stamp are compared", "release_buffer", "(stamps[n] == now[6-1:0])", "(stamps[n] == now)"),
    Fault("punctual words are kept", "release_buffer", "((ahead == 0) || ahead[(9 - 1)])", "ahead[(9 - 1)]"),
    Fault("the last slot is used first", "release_buffer", "((found == 0) && (!full[n]))", "(!full[n])"),
    Fault("collisions are not counted", "release_buffer", "lost = (lost + 1);", ""),
    Fault("words to the host's channels are taken", "release_buffer", "(!(enable && to_chip))", "(!enable)"),
    Fault(
        "released while time stands",
        "release_buffer",
        "(run && ((full != 0) || spare_full))",
        "((full != 0) || spare_full)",
    ),
    Fault(
        "a stamp without its top bit",
        "link_out",
        "{events[address_low+:6], now}",
        "{events[address_low+:6], 1'b0, now[7:0]}",
    ),
    Fault("the FIFO overflows", "link_out", "(count < 4)", "(count <= 4)"),
    Fault("channels towards the chip send", "link_out", "enable[k] && (!to_chip[k])", "enable[k]"),
    Fault("channel 0 always comes first", "link_out", "pointer <= behind;", ""),
    Fault("a granted register refuses", "link_out", "after = (full & (~grant));", "after = full;"),
    Fault("a line that is off sends", "line", "(event_valid && enable)", "event_valid"),
    Fault("a line is one cycle short", "line", "end_valid = valid[(5 - 1)]", "end_valid = valid[(5 - 2)]"),
    Fault("drivers hear all lines", "drivers", "line_valid[heard]", "(line_valid != 0)"),
    Fault("decoders of two strobes swapped", "drivers", "0: place = 5;", "0: place = 7;"),
    Fault("disabled drivers pulse", "drivers", "(word[0] && line_valid[heard])", "line_valid[heard]"),
    Fault(
        "the synapse address is cleared",
        "drivers",
        "strobe <= 0;\n        if",
        "strobe <= 0; synapse_address <= 0;\n        if",
    ),
    Fault("unmapped registers answer", "register_file", "(place < limit)", "(place <= limit)"),
    Fault("both sides share registers", "register_select", "place[1+:1] = offset[4+:1];", ""),
    Fault("byte strobes are ignored", "axi_lite", "write_whole <= (wstrb == 15);", "write_whole <= 1;"),
    Fault("writes to counters succeed", "register_file", "(!(request_write && (fixed != 0)))", "1'b1"),
)
