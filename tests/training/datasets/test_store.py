from __future__ import annotations

from pathlib import Path

import pytest
from inloop.errors import ConfigError, DataError
from inloop.training.datasets.image_set import TRAIN_LABELS
from inloop.training.datasets.store import data_root as find_root
from inloop.training.datasets.store import file_path, read_verified, status
from inloop.training.registries import DATASETS


@pytest.fixture
def labels_file(data_root, small_mnist):
    """Put one intact file in the data folder; return it, its path and its bytes."""
    file = DATASETS.get("mnist").file(TRAIN_LABELS)
    path = data_root / "mnist" / TRAIN_LABELS
    path.parent.mkdir(parents=True)
    path.write_bytes(small_mnist[TRAIN_LABELS])
    return file, path, small_mnist[TRAIN_LABELS]


def test_inloop_data_comes_first(monkeypatch):
    monkeypatch.setenv("INLOOP_DATA", "/some/where")
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert find_root() == Path("/some/where")


def test_a_tilde_in_inloop_data_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("INLOOP_DATA", "~/sets")
    assert find_root() == Path("/home/me/sets")


@pytest.mark.parametrize(
    ("xdg", "root"),
    [
        ("/xdg", "/xdg/inloop"),
        ("", "/home/me/.local/share/inloop"),
        ("relative", "/home/me/.local/share/inloop"),
        (None, "/home/me/.local/share/inloop"),
    ],
)
@pytest.mark.parametrize("inloop_data", [None, ""])
def test_without_it_the_xdg_folder(monkeypatch, inloop_data, xdg, root):
    for name, value in (("HOME", "/home/me"), ("INLOOP_DATA", inloop_data), ("XDG_DATA_HOME", xdg)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert find_root() == Path(root)


def test_status_lists_each_file_with_path_and_size(labels_file):
    found = {state.file.name: state for state in status("mnist")}
    assert len(found) == 4
    present = found.pop(TRAIN_LABELS)
    assert (present.state, present.path, present.expected_size) == (
        "present",
        labels_file[1],
        len(labels_file[2]),
    )
    assert present.problem == ""
    assert {state.state for state in found.values()} == {"missing"}


def test_status_of_a_generated_set_is_empty():
    assert status("yin-yang") == []


def test_status_of_an_unknown_set():
    with pytest.raises(ConfigError, match="known"):
        status("cifar")


def test_an_intact_file_is_read(labels_file):
    file, _, data = labels_file
    assert read_verified(file) == data


def flip_last_bit(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "is truncated"),
        (lambda _: b"", "is truncated: 0 of"),
        (lambda data: data + b"\0", "is altered: .* bytes instead of"),
        (flip_last_bit, "is altered: SHA-256"),
    ],
)
def test_damage_is_found_and_named(labels_file, damage, message):
    file, path, data = labels_file
    path.write_bytes(damage(data))
    state = next(state for state in status("mnist") if state.file == file)
    assert state.state == "damaged"
    with pytest.raises(DataError, match=message) as caught:
        read_verified(file)
    assert str(path) in str(caught.value)
    assert "inloop data fetch mnist" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("small_mnist")
def test_a_missing_file_says_where_to_put_it(data_root):
    file = DATASETS.get("mnist").file(TRAIN_LABELS)
    with pytest.raises(DataError, match=r"inloop data fetch mnist.*INLOOP_DATA") as caught:
        read_verified(file)
    assert str(data_root / "mnist" / TRAIN_LABELS) in str(caught.value)


@pytest.mark.usefixtures("data_root", "small_mnist")
def test_a_folder_in_place_of_the_file_is_damage():
    file = DATASETS.get("mnist").file(TRAIN_LABELS)
    file_path(file).mkdir(parents=True)
    with pytest.raises(DataError, match="cannot be read"):
        read_verified(file)


@pytest.mark.usefixtures("small_mnist")
def test_a_data_folder_that_is_a_file_holds_nothing(data_root):
    data_root.write_text("")
    assert {state.state for state in status("mnist")} == {"missing"}


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_real_files_match_the_registry(real_data, name):
    states = status(name)
    assert [(state.path, state.state) for state in states] == [
        (real_data / file.folder / file.name, "present") for file in DATASETS.get(name).files
    ]
