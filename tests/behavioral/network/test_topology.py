from __future__ import annotations

from typing import Any

import pytest
from inloop.behavioral.network.topology import Topology
from inloop.errors import ConfigError


def test_sizes_and_sources() -> None:
    topology = Topology(70, (186, 30), 20, (True, False))
    assert topology.sizes == (70, 186, 30, 20)
    assert topology.neurons == 236
    assert [topology.fan_in(layer) for layer in range(3)] == [70 + 186, 186, 30]
    assert str(topology) == "70-186r-30-20"


@pytest.mark.parametrize("size", [0, -3, 1.5, True, "7", None])
@pytest.mark.parametrize("where", ["inputs", "hidden", "outputs"])
def test_an_impossible_size_is_refused_by_name(where: str, size: Any) -> None:
    sizes: dict[str, Any] = {"inputs": 4, "hidden": (3,), "outputs": 2, "recurrent": (False,)}
    sizes[where] = (size,) if where == "hidden" else size
    with pytest.raises(ConfigError, match=rf"{where} = {size!r} must be a positive whole number"):
        Topology(**sizes)


def test_a_network_without_hidden_layer_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one hidden layer"):
        Topology(4, (), 2, ())


@pytest.mark.parametrize("recurrent", [(), (True,), (True, False, True)])
def test_a_recurrent_flag_per_hidden_layer(recurrent: tuple[bool, ...]) -> None:
    with pytest.raises(ConfigError, match=f"{len(recurrent)} recurrent flags for 2 hidden layers"):
        Topology(4, (3, 3), 2, recurrent)


@pytest.mark.parametrize("text", ["256-246-10", "70-186r-20", "1-2r-3-4r-5"])
def test_a_topology_reads_what_it_prints(text: str) -> None:
    assert str(Topology.parse(text)) == text


@pytest.mark.parametrize("text", ["", "5-3", "5r-3-2", "5-3-2r", "5--2", "5-0-2", "5-3-2 ", "-5-3-2", "5-3rr-2"])
def test_text_that_is_no_topology(text: str) -> None:
    with pytest.raises(ConfigError):
        Topology.parse(text)
