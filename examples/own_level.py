"""A level of your own: the network runs on a chip behind a socket. Here a thread with a level of inloop answers."""

import pickle
import socket
import threading
from typing import Any

import inloop
from inloop.cosim.fidelity import LEVELS, Fidelity
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Level, Observation


class OverSocket:
    """A level: whatever has these four things. run: takes spikes, weights, noise counters …, see `Level.run`."""

    fidelity = Fidelity("socket")

    def __init__(self, topology: Any, chip: Any, grid: Any) -> None:
        self.grid, self.weight_limit = grid, chip.spec.weight_max / chip.spec.weight_lsb_per_unit
        self.address = serve(open_level("behavioral", topology, chip, grid))

    def run(self, *given: Any, **named: Any) -> Observation:
        """Send what is to run, and wait for what was measured."""
        with socket.create_connection(self.address) as line, line.makefile("rwb") as stream:
            pickle.dump((given, named), stream)
            stream.flush()
            answer = pickle.load(stream)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]


def serve(level: Level) -> tuple[str, int]:
    """Answer for the chip in a thread; return the address."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            line, _ = server.accept()
            with line, line.makefile("rwb") as stream:
                given, named = pickle.load(stream)
                try:
                    pickle.dump(level.run(*given, **named), stream)
                except inloop.InloopError as error:
                    pickle.dump(error, stream)

    threading.Thread(target=answer, daemon=True).start()
    return server.getsockname()  # type: ignore[no-any-return]


LEVELS.register("socket", Fidelity("socket", opens=OverSocket))

if __name__ == "__main__":
    data = inloop.load_data("yin-yang", samples=200)
    observed = inloop.InTheLoop(inloop.Network(25, 30, 3), inloop.Chip(), "socket", duration_s=20e-6)(data.spikes)
    inloop.losses.max_over_time(observed.from_rest, data.labels).backward()
    spikes = float(observed.spike_counts[0].detach().sum(dim=1).mean())
    print(f"{spikes:.1f} hidden spikes per sample")
