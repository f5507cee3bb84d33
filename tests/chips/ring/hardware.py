"""The hardware: a queue of inputs, an arbiter of neurons, and the register that drives the bus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from inloop.rtl.hardware import Hardware
from inloop.rtl.lib.fifo import fifo
from inloop.rtl.lib.register_map import RegisterMap, lay_out
from inloop.rtl.lib.round_robin import round_robin
from inloop.rtl.lib.vectors import vector
from inloop.rtl.lib.widths import bits_for
from myhdl import Signal, always, always_comb, block, intbv

from .spec import RingSpec

LOST_BITS: Final = 32
IDENTITY: Final = 0x52494E47
"""What the port `identity` says: RING."""


@dataclass(frozen=True)
class Ports:
    """Signals at the boundary; there is no register bus."""

    clock: Any
    reset: Any
    in_valid: Any
    in_address: Any
    in_ready: Any
    fire: Any
    bus_valid: Any
    bus_address: Any
    lost: Any
    identity: Any

    def connections(self, spec: RingSpec) -> dict[str, Any]:
        """Return what the top takes, by name."""
        return {**vars(self), "spec": spec}


def make_ports(spec: RingSpec) -> Ports:
    """Return fresh signals."""
    return Ports(
        clock=Signal(False), reset=Signal(False), in_valid=Signal(False), in_address=vector(spec.address_bits),
        in_ready=Signal(False), fire=vector(spec.neurons), bus_valid=Signal(False),
        bus_address=vector(spec.address_bits), lost=vector(LOST_BITS), identity=vector(32),
    )  # fmt: skip


@block
def top(
    *, clock: Any, reset: Any, in_valid: Any, in_address: Any, in_ready: Any, fire: Any, bus_valid: Any,
    bus_address: Any, lost: Any, identity: Any, spec: RingSpec,
) -> Any:  # fmt: skip
    """Wire the blocks."""
    neurons, depth = spec.neurons, spec.depth
    waiting, grant = vector(neurons), vector(neurons)
    turn, chosen, after = (vector(bits_for(neurons)) for _ in range(3))
    write, read, filled, nothing = (Signal(False) for _ in range(4))
    head, count = vector(spec.address_bits), vector(bits_for(depth + 1))
    arbiter = round_robin(request=waiting, pointer=turn, grant=grant, chosen=chosen, after=after)
    queue = fifo(
        clock=clock, clear=reset, keep=nothing, write=write, data=in_address, read=read, head=head, filled=filled,
        count=count, depth=depth,
    )  # fmt: skip

    @always_comb
    def gates() -> None:
        in_ready.next = count < depth
        write.next = in_valid and count < depth
        read.next = filled and waiting == 0
        identity.next = IDENTITY

    @always(clock.posedge)
    def drive() -> None:
        missed = intbv(0)[LOST_BITS:]
        if reset:
            waiting.next = 0
            turn.next = 0
            lost.next = 0
            bus_valid.next = 0
            bus_address.next = 0
        else:
            bus_valid.next = 0
            if waiting != 0:
                bus_valid.next = 1
                bus_address.next = chosen
                turn.next = after
            elif filled:
                bus_valid.next = 1
                bus_address.next = head
            missed[:] = lost
            for n in range(neurons):
                if fire[n] and waiting[n] and not grant[n]:
                    missed[:] = missed + 1
            lost.next = missed
            waiting.next = (waiting & ~grant) | fire

    return arbiter, queue, gates, drive


def register_map(spec: RingSpec) -> RegisterMap:  # noqa: ARG001
    """Return what can be read: what the design says it is."""
    says = [("value", 32, IDENTITY, "RING")]
    return RegisterMap(tuple(lay_out("port", [("identity", 1, says, "ro", "What this is.")])), ())


HARDWARE: Final = Hardware(top, make_ports, register_map, lambda _: "no registers")  # type: ignore[arg-type]
