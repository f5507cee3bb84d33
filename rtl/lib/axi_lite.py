"""AXI4-Lite slave: turns the five channels into single requests to the register file."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

SLVERR = 2


@block
def axi_lite(
    *,
    clock: Any,
    reset: Any,
    awaddr: Any,
    awvalid: Any,
    awready: Any,
    wdata: Any,
    wstrb: Any,
    wvalid: Any,
    wready: Any,
    bresp: Any,
    bvalid: Any,
    bready: Any,
    araddr: Any,
    arvalid: Any,
    arready: Any,
    rdata: Any,
    rresp: Any,
    rvalid: Any,
    rready: Any,
    request: Any,
    request_write: Any,
    request_whole: Any,
    request_address: Any,
    request_data: Any,
    answer: Any,
    answer_error: Any,
    answer_data: Any,
) -> Any:
    """Serve one request at a time, writes and reads in turn if both wait.

    `request` is high for one cycle; `request_whole` says that all byte strobes are set. The register file raises
    `answer` for one cycle some cycles later. Write address and data may come in any order.
    """
    all_bytes = (1 << len(wstrb)) - 1
    write_address = Signal(intbv(0)[len(awaddr) :])
    write_data = Signal(intbv(0)[len(wdata) :])
    write_whole = Signal(False)
    read_address = Signal(intbv(0)[len(araddr) :])
    has_write_address = Signal(False)
    has_write_data = Signal(False)
    has_read = Signal(False)
    busy = Signal(False)
    read_first = Signal(False)

    @always_comb
    def accept_write_address() -> None:
        awready.next = not has_write_address and not reset

    @always_comb
    def accept_write_data() -> None:
        wready.next = not has_write_data and not reset

    @always_comb
    def accept_read() -> None:
        arready.next = not has_read and not reset

    @always(clock.posedge)
    def serve() -> None:
        if reset:
            write_address.next = 0
            write_data.next = 0
            write_whole.next = 0
            read_address.next = 0
            has_write_address.next = 0
            has_write_data.next = 0
            has_read.next = 0
            busy.next = 0
            read_first.next = 0
            bvalid.next = 0
            bresp.next = 0
            rvalid.next = 0
            rresp.next = 0
            rdata.next = 0
            request.next = 0
            request_write.next = 0
            request_whole.next = 0
            request_address.next = 0
            request_data.next = 0
        else:
            request.next = 0
            if awvalid and not has_write_address:
                has_write_address.next = 1
                write_address.next = awaddr
            if wvalid and not has_write_data:
                has_write_data.next = 1
                write_data.next = wdata
                write_whole.next = wstrb == all_bytes
            if arvalid and not has_read:
                has_read.next = 1
                read_address.next = araddr
            if bvalid and bready:
                bvalid.next = 0
            if rvalid and rready:
                rvalid.next = 0
            if busy:
                if answer:
                    busy.next = 0
                    if request_write:
                        bvalid.next = 1
                        bresp.next = 0
                        if answer_error:
                            bresp.next = SLVERR
                    else:
                        rvalid.next = 1
                        rdata.next = answer_data
                        rresp.next = 0
                        if answer_error:
                            rresp.next = SLVERR
            elif has_write_address and has_write_data and not bvalid and not (read_first and has_read and not rvalid):
                request.next = 1
                request_write.next = 1
                request_whole.next = write_whole
                request_address.next = write_address
                request_data.next = write_data
                has_write_address.next = 0
                has_write_data.next = 0
                busy.next = 1
                read_first.next = 1
            elif has_read and not rvalid:
                request.next = 1
                request_write.next = 0
                request_whole.next = 1
                request_address.next = read_address
                has_read.next = 0
                busy.next = 1
                read_first.next = 0

    return accept_write_address, accept_write_data, accept_read, serve
