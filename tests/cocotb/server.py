"""What runs in the simulator: it takes coroutines from the test, runs them, and sends back what they return."""

from __future__ import annotations

import traceback
from typing import Any

import cocotb

from tests.cocotb.runner import connect


@cocotb.test()
async def serve(dut: Any) -> None:
    """Serve calls until the test closes the connection. The wait for the next call stops the simulation."""
    with connect() as connection:
        while True:
            try:
                coroutine, arguments = connection.recv()
            except EOFError:
                return
            try:
                answer = (True, await coroutine(dut, *arguments))
            except Exception as error:
                answer = (False, (error, traceback.format_exc()))
            connection.send(answer)
