from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from inloop.errors import ConfigError, DataError, StorageError
from inloop.training.datasets.fetch import fetch, fetch_file
from inloop.training.datasets.store import file_path, status

NAME = "a.gz"
DATA = bytes(range(256)) * 1000

pytestmark = pytest.mark.usefixtures("data_root")


class Server(ThreadingHTTPServer):
    """Serves `pages`: path → (status, body, stated length); counts the requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, tuple[int, bytes, int | None]] = {}
        self.requests: list[str] = []
        self.release = Event()

    def handle_error(self, *_):
        """A client that hangs up is part of these tests."""

    def mirror(self, folder: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{folder}/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path.startswith("/silent/"):
            self.server.release.wait(10)
        code, body, length = self.server.pages.get(self.path, (404, b"nothing here", None))
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with Server() as running:
        running.pages[f"/good/{NAME}"] = (200, DATA, len(DATA))
        running.pages[f"/altered/{NAME}"] = (200, DATA[:-1] + b"x", len(DATA))
        running.pages[f"/short/{NAME}"] = (200, DATA[:-1000], None)
        running.pages[f"/cut/{NAME}"] = (200, DATA[:-1000], len(DATA))
        running.pages[f"/endless/{NAME}"] = (200, DATA * 20, None)
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.release.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def file_on(server, make_mnist):
    """Register a data set of one file on the given mirrors (folders of the server) and return the file."""

    def register(*folders: str):
        mirrors = tuple(folder if ":" in folder else server.mirror(folder) for folder in folders)
        return make_mnist({NAME: DATA}, mirrors).files[0]

    return register


def left_over(data_root):
    return [path for path in data_root.rglob("*") if path.is_file()]


def test_a_file_arrives_whole_and_progress_is_told(file_on, data_root):
    file = file_on("good")
    calls = []
    path = fetch_file(file, lambda *call: calls.append(call))
    assert path == file_path(file) == data_root / "mnist" / NAME
    assert path.read_bytes() == DATA
    assert left_over(data_root) == [path]
    assert calls[-1] == (file, len(DATA), len(DATA))
    done = [call[1] for call in calls]
    assert len(done) > 1
    assert done == sorted(done)


def test_a_file_known_by_md5_alone(file_on, data_root):
    digest = hashlib.md5(DATA).hexdigest()
    file = dataclasses.replace(file_on("altered", "good"), size=None, digest=digest, algorithm="md5")
    calls = []
    assert fetch_file(file, lambda *call: calls.append(call)).read_bytes() == DATA
    assert calls[-1] == (file, len(DATA), None)
    with pytest.raises(DataError, match="what it sent is altered: MD5"):
        fetch_file(dataclasses.replace(file, digest="0" * 32))
    assert file_path(file).read_bytes() == DATA
    assert len(left_over(data_root)) == 1


def test_a_folder_without_mirrors_says_where_to_get_it():
    with pytest.raises(DataError, match=r"it has no mirror.*or get the folder recordings/ of https://.* and put it at"):
        fetch("fsdd")


def test_only_what_is_missing_or_damaged_is_fetched(server, data_root, make_mnist):
    info = make_mnist({"a.gz": DATA, "b.gz": b"bb", "c.gz": b"cc"}, (server.mirror("good"),))
    server.pages["/good/b.gz"], server.pages["/good/c.gz"] = (200, b"bb", 2), (200, b"cc", 2)
    (data_root / "mnist").mkdir(parents=True)
    file_path(info.file("a.gz")).write_bytes(DATA)
    file_path(info.file("b.gz")).write_bytes(b"b")
    assert [path.name for path in fetch("mnist")] == ["b.gz", "c.gz"]
    assert server.requests == ["/good/b.gz", "/good/c.gz"]
    assert {state.state for state in status("mnist")} == {"present"}
    assert fetch("mnist") == []


def test_a_generated_set_needs_nothing_and_an_unknown_one_is_refused(data_root):
    assert fetch("yin-yang") == []
    with pytest.raises(ConfigError, match="known"):
        fetch("cifar")
    assert not data_root.exists()


@pytest.mark.parametrize("first", ["absent", "altered", "short", "cut", "endless", "http://127.0.0.1:1/"])
def test_the_second_mirror_helps(file_on, server, data_root, first):
    path = fetch_file(file_on(first, "good"))
    assert path.read_bytes() == DATA
    assert left_over(data_root) == [path]
    assert server.requests[-1] == f"/good/{NAME}"


def test_a_good_first_mirror_is_the_only_one_asked(file_on, server):
    fetch_file(file_on("good", "altered"))
    assert server.requests == [f"/good/{NAME}"]


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("absent", "HTTP 404 Not Found"),
        ("altered", "is altered: SHA-256"),
        ("short", "is truncated: 255000 of 256000 bytes"),
        ("cut", "255000"),
        ("endless", "is altered: .* bytes instead of 256000"),
        ("nonsense:", "unknown url type"),
    ],
)
def test_each_failure_is_named_and_leaves_nothing(file_on, data_root, folder, reason):
    file = file_on(folder)
    with pytest.raises(DataError, match=reason) as caught:
        fetch_file(file)
    assert str(file_path(file)) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left_over(data_root) == []


def test_every_mirror_is_named(file_on):
    file = file_on("absent", "altered")
    with pytest.raises(DataError, match=r"404.*altered") as caught:
        fetch_file(file)
    assert all(url in str(caught.value) for url in file.urls)


def test_without_a_network(file_on, data_root):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(DataError, match=f"127.0.0.1:{port}.*refused"):
        fetch_file(file_on(f"http://127.0.0.1:{port}/"))
    assert left_over(data_root) == []


def test_a_silent_mirror_is_given_up(file_on):
    with pytest.raises(DataError, match="timed out"):
        fetch_file(file_on("silent"), timeout_s=0.1)


def test_too_long_an_answer_is_cut_off(file_on):
    received = []
    with pytest.raises(DataError):
        fetch_file(file_on("endless"), lambda _, done, __: received.append(done))
    assert received[-1] < 2 * len(DATA)


def test_an_interrupt_leaves_nothing_and_keeps_the_old_file(file_on, data_root):
    file = file_on("good")
    file_path(file).parent.mkdir(parents=True)
    file_path(file).write_bytes(b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_file(file, interrupt)
    assert left_over(data_root) == [file_path(file)]
    assert file_path(file).read_bytes() == b"old"


def test_wrong_bytes_never_replace_the_old_file(file_on):
    file = file_on("altered")
    file_path(file).parent.mkdir(parents=True)
    file_path(file).write_bytes(b"old")
    with pytest.raises(DataError):
        fetch_file(file)
    assert file_path(file).read_bytes() == b"old"


def test_a_full_disk(file_on, server, data_root, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"No space left.*INLOOP_DATA"):
        fetch_file(file_on("good", "good"))
    assert server.requests == [f"/good/{NAME}"]  # another mirror would not help
    assert left_over(data_root) == []


def test_a_folder_that_cannot_be_made(file_on, data_root):
    data_root.write_text("in the way")
    with pytest.raises(StorageError, match="cannot write"):
        fetch_file(file_on("good"))
    assert data_root.read_text() == "in the way"
