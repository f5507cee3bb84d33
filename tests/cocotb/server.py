"""What runs in the simulator: it takes coroutines from the test, runs them, and sends back what they return."""

from __future__ import annotations

import traceback
from typing import Any

import cocotb
from cocotb.simtime import get_sim_time
from cocotb.triggers import with_timeout

from tests.cocotb.agents import PERIOD_NS
from tests.cocotb.runner import connect


@cocotb.test()
async def serve(dut: Any) -> None:
    """Serve calls until the test closes the connection. The wait for the next call stops the simulation."""
    with connect() as connection:
        while True:
            try:
                coroutine, arguments, limit_us = connection.recv()
            except EOFError:
                return
            begin = get_sim_time("ns")
            try:
                answer: tuple[bool, Any] = (True, await with_timeout(coroutine(dut, *arguments), limit_us, "us"))
            except Exception as error:
                answer = (False, (error, traceback.format_exc()))
            connection.send((*answer, int(get_sim_time("ns") - begin) // PERIOD_NS))
