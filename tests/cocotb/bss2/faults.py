"""Realistic faults of a designer, as changes to the generated Verilog of `tiny`.

Each replaces a piece of text that must occur exactly once in its module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What goes wrong, in which module, and how."""

    name: str
    block: str
    old: str
    new: str


def with_fault(modules: Mapping[str, str], top: str, fault: Fault) -> dict[str, str]:
    """Return the modules of a design with a fault. Raises `ValueError` unless the text to replace occurs once."""
    name = f"{top}_{fault.block}"
    if modules[name].count(fault.old) != 1:
        raise ValueError(f"fault {fault.name!r}: {fault.old!r} occurs {modules[name].count(fault.old)} times in {name}")
    return {**modules, name: modules[name].replace(fault.old, fault.new)}


def crossbar_faults(output: int) -> tuple[Fault, ...]:
    """Return faults of one crossbar output."""
    own = f"crossbar_output{output}_"
    return (
        Fault(
            "arbiter starts from the first node always",
            "crossbar",
            f"candidates = (({own}full >>> {own}pointer) << {own}pointer);",
            f"candidates = {own}full;",
        ),
        Fault(
            "arbiter pointer stays on the granted node",
            "crossbar",
            f"{own}behind = (number + 1);",
            f"{own}behind = number;",
        ),
        Fault("arbiter is stuck", "crossbar", f"{own}pointer <= {own}behind;", f"{own}pointer <= {own}pointer;"),
        Fault(
            "an event replaces the one that waits",
            "crossbar",
            f"if (({own}full[node] && (!{own}grant[node]))) begin",
            f"if (({own}full[node] && 1'b0)) begin",
        ),
        Fault(
            "a node that is granted takes nothing",
            "crossbar",
            f"if (({own}full[node] && (!{own}grant[node]))) begin",
            f"if ({own}full[node]) begin",
        ),
        Fault(
            "a granted node stays full",
            "crossbar",
            f"{own}full <= (({own}full & (~{own}grant)) | {own}take);",
            f"{own}full <= ({own}full | {own}take);",
        ),
        Fault(
            "events are counted in steps of two",
            "crossbar",
            f"{own}event_count <= ({own}event_count + 1);",
            f"{own}event_count <= ({own}event_count + 2);",
        ),
        Fault(
            "the output counts without permission",
            "crossbar",
            f"if (count_events[{output}]) begin",
            "if (1'b1) begin",
        ),
        Fault("the label of a node is old", "crossbar", f"{own}held[node] <= labels[low+:14];", ""),
    )


FAULTS = (
    *crossbar_faults(0),
    Fault("drop counters wrap", "crossbar", "total = 65535;", "total = 0;"),
    Fault(
        "FIFO takes one word too many", "link_in", "assign write = (tvalid && (count != 16)", "assign write = (tvalid"
    ),
    Fault("no back-pressure", "link_in", "assign tready = ((count != 16) && (!clear));", "assign tready = (!clear);"),
    Fault(
        "back-pressure one word early",
        "link_in",
        "assign tready = ((count != 16) && (!clear));",
        "assign tready = ((count < 15) && (!clear));",
    ),
    Fault(
        "ready while clearing",
        "link_in",
        "assign tready = ((count != 16) && (!clear));",
        "assign tready = (count != 16);",
    ),
    Fault("released one cycle late", "link_in", "(head[57-1:14] <= now)", "(head[57-1:14] < now)"),
    Fault("released while time stands", "link_in", "assign leave = (run && filled", "assign leave = (filled"),
    Fault("punctual events count as late", "link_in", "(head[57-1:14] != now) && (late", "1'b1 && (late"),
    Fault("late counter stops one early", "link_in", "late_count != 65535", "late_count != 65534"),
    Fault("late counter wraps", "link_in", "late_count != 65535", "1'b1"),
    Fault("stamp loses a bit", "link_in", "tdata[59-1:16], tdata", "{1'b0, tdata[58-1:16]}, tdata"),
    Fault("link out overflows by one", "link_out", "((count + event_valid) < 16)", "((count + event_valid) < 17)"),
    Fault("event on its way is forgotten", "link_out", "((count + event_valid) < 16)", "(count < 16)"),
    Fault("word repeats without ready", "link_out", "take = (filled && tready);", "take = filled;"),
    Fault("a clear takes back the word that is offered", "link_out", "if (keep) begin", "if (1'b0) begin"),
    Fault("a clear leaves more than the word that is offered", "link_out", "count <= 1;", "count <= count;"),
    Fault("channel bits are wrong", "link_out", "word[16-1:14] = channel;", "word[16-1:14] = ~channel;"),
    Fault("generator reloads too late", "background", "if ((counter > 2)) begin", "if ((counter >= 2)) begin"),
    Fault("odd periods lose a count", "background", "counter <= ((counter + reload) - 2);", "counter <= reload;"),
    Fault("state 0 stays 0", "background", "if ((source == 0)) begin", "if (1'b0) begin"),
    Fault("feedback mask of the LFSR", "background", "32'h80200003", "32'h80200002"),
    Fault("one step too few per draw", "background", "_<16", "_<15"),
    Fault(
        "rate 0 is off",
        "background",
        "(drawn[8-1:0] <= shape[16-1:8])",
        "(shape[16-1:8] && (drawn[8-1:0] <= shape[16-1:8]))",
    ),
    Fault("rate compares with less", "background", "drawn[8-1:0] <= shape[16-1:8]", "drawn[8-1:0] < shape[16-1:8]"),
    Fault(
        "mask of random bits inverted",
        "background",
        "drawn[(2 * 8)-1:8] & shape[8-1:0]",
        "drawn[(2 * 8)-1:8] & ~shape[8-1:0]",
    ),
    Fault(
        "tick one cycle early",
        "tick_clock",
        "(now[15-1:0] & ones) == ones",
        "(now[15-1:0] & ones) == (ones & 15'h7ffe)",
    ),
    Fault("scale is off by one", "tick_clock", "scale}) > place", "scale}) >= place"),
    Fault("CADC period is off by one", "cadc_trigger", "((counter + 1) >= period)", "(counter >= period)"),
    Fault(
        "refractory time is off by one", "neuron_backend", "counters[n] <= (255 - words", "counters[n] <= (254 - words"
    ),
    Fault("clamp ends one pair of ticks early", "neuron_backend", "clamp_end = 224;", "clamp_end = 222;"),
    Fault(
        "fires count while refractory",
        "neuron_backend",
        "accepted = (fire & (~refractory));",
        "accepted = fire;",
    ),
    Fault("lost spikes are not counted", "neuron_backend", "if (waiting[n]) begin", "if (1'b0) begin"),
    Fault("a granted neuron stays pending", "neuron_backend", "waiting = (pending & (~grant));", "waiting = pending;"),
    Fault("disabled neurons send", "neuron_backend", "if (words[n][21]) begin", "if (1'b1) begin"),
    Fault("spike counter saturates", "neuron_backend", "spikes[n] <= (1 << 8);", "spikes[n] <= spikes[n];"),
    Fault(
        "overflow is not sticky",
        "neuron_backend",
        "spikes[n] <= (spikes[n] + 1);",
        "spikes[n] <= (spikes[n] + 1) & 255;",
    ),
    Fault("slow and fast clock swapped", "neuron_backend", "words[n][20] && fast_tick", "words[n][20] && slow_tick"),
    Fault("closed bus takes crossbar events", "padi", "(event_valid & enable_spl1)", "event_valid"),
    Fault("software event on the wrong hemisphere", "padi", "4: software_low = 11;", "4: software_low = 0;"),
    Fault(
        "one mask bit of the row compare is dead",
        "synapse_drivers",
        "place) & word[6-1:1]",
        "place) & (word[6-1:1] & 5'd30)",
    ),
    Fault("rows swapped", "synapse_drivers", "exc[(2 * d)] = word[7];", "exc[(2 * d)] = word[8];"),
    Fault("inhibition on the excitatory row", "synapse_drivers", "inh[(2 * d)] = word[9];", "inh[(2 * d)] = word[7];"),
    Fault("receiver bit is ignored", "synapse_drivers", "(word[0] && (((arrived", "(1'b1 && (((arrived"),
    Fault("label keeps its low bits", "synapse_drivers", "if ((!word[6])) begin", "if (1'b0) begin"),
    Fault("depression facilitates", "synapse_drivers", "falls = word[12];", "falls = ~word[12];"),
    Fault("recovery is a step too slow", "synapse_drivers", "share = (share + 1);", ""),
    Fault("utilization doubled", "synapse_drivers", "product[(16 + 4)-1:4]", "product[(16 + 3)-1:3]"),
    Fault("offset is off by one", "synapse_drivers", "level = (level - 8);", "level = (level - 7);"),
    Fault("writes to counters succeed", "register_file", "(!(request_write && (fixed != 0)))", "1'b1"),
    Fault("both hemispheres share registers", "register_select", "place[1+:1] = offset[4+:1];", ""),
    Fault("spike counters are never selected", "register_select", "spikes = chosen;", ""),
    Fault("byte strobes are ignored", "axi_lite", "write_whole <= (wstrb == 15);", "write_whole <= 1;"),
    Fault("unmapped registers answer", "register_file", "(place < limit)", "(place <= limit)"),
    Fault(
        "high time is not held",
        "time_words",
        "shown[(43 - 32)-1:0] = held;",
        "shown[(43 - 32)-1:0] = now[43-1:32];",
    ),
    Fault("answer is dropped under back-pressure", "axi_lite", "if ((bvalid && bready)) begin", "if (bvalid) begin"),
    Fault("writes starve behind reads", "axi_lite", "(!(read_first && has_read && (!rvalid)))", "(!has_read)"),
    Fault("reset value of a register", "register_file", "default: mask = 416;", "default: mask = 414;"),
    Fault("time goes on while stopped", "system_time", "else if (run) begin", "else begin"),
)
