"""Files of strangers: one sentence, and no memory, time or stack taken for what is only claimed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inloop.errors import CheckpointError, ConfigError
from inloop.training.reading import LARGEST_BYTES, read_json, read_toml


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot read"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b'{"a":' + b"[" * 50 + b"]" * 50 + b"}", "nested too deeply"),
        (b'{"a":' + b"9" * 5000 + b"}", "a number has thousands of digits"),
        (b"[1]", "holds no result: it is no JSON object"),
        (b"NaN", "holds no result"),
        (b" " * (LARGEST_BYTES + 1), "more than"),
    ],
    ids=range(9),
)
def test_json_that_is_none_of_ours(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        read_json(tmp_path / "a.json", "result")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = " + b"[" * 100_000, "no valid TOML"),
        (b"a = " + b"[" * 50 + b"]" * 50, "nested too deeply"),
        (b".".join([b"a"] * 50) + b" = 1", "nested too deeply"),
        (b"a = " + b"9" * 5000, "a number has thousands of digits"),
        (b"a = 1\na = 2", "no valid TOML"),
        (b"\xff", "no text in UTF-8"),
    ],
    ids=range(6),
)
def test_toml_that_is_none(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        read_toml(tmp_path / "a.toml")
    assert len(str(caught.value)) < 300


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    for name in ("fifo", "endless", "loop", "folder", "x" * 300):
        with pytest.raises(CheckpointError, match="cannot read"):
            read_json(tmp_path / name, "result")
        with pytest.raises(ConfigError, match="cannot read configuration"):
            read_toml(tmp_path / name)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "dangling", "result")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=3), PLAIN, max_size=4))
def test_what_is_written_is_read_or_nested_too_deeply(tmp_path: Path, content: dict[str, Any]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    try:
        found = read_json(tmp_path / "a.json", "result")
    except CheckpointError as error:
        message = str(error)
    else:
        message = "nested too deeply" if json.dumps(found) == json.dumps(content) else "read as something else"
    assert "nested too deeply" in message
