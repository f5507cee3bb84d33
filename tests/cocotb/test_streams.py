"""Which streams the designs have; that they take nothing back is a rule of each design, among its other rules."""

from __future__ import annotations

from tests.cocotb.checks import CHIP, HICANN
from tests.cocotb.streams import streams


def test_all_streams_are_known() -> None:
    bus = {"s_axil_bvalid": ("s_axil_bresp",), "s_axil_rvalid": ("s_axil_rdata", "s_axil_rresp")}
    links = {f"m_axis_{k}_tvalid": (f"m_axis_{k}_tdata",) for k in range(CHIP.link_channels)}
    assert {stream.valid: stream.payload for stream in streams(CHIP)} == bus | links
    assert {stream.valid: stream.payload for stream in streams(HICANN)} == bus | {"m_axis_tvalid": ("m_axis_tdata",)}
