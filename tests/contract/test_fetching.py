"""Fetching what an ``image_url`` leads to: nothing of it is trusted."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from folder_sync.closient.fetching import Fetched, Fetcher
from tests.support.waiting import PATIENCE_SECONDS

DATA = b"the bytes of a photo" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


class Stranger(ThreadingHTTPServer):
    """Serves what its paths say, and remembers the headers of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[dict[str, str]] = []
        self.hung_up = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def redirect(self, to: str) -> str:
        return f"{self.url}/redirect?to={to}"


class _Handler(BaseHTTPRequestHandler):
    server: Stranger
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.heard.append(dict(self.headers))
        parts = urlsplit(self.path)
        match parts.path:
            case "/photo":
                self._answer(200, DATA)
            case "/short":
                self._answer(200, DATA[:-1])
            case "/other":
                self._answer(200, DATA[::-1])
            case "/stutter":
                self.wfile.write(2 * (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(DATA), DATA)))
            case "/missing":
                self._answer(404, DATA)
            case "/redirect":
                self._answer(302, b"", location=parse_qs(parts.query)["to"][0])
            case "/round":
                self._answer(302, b"", location="/round")
            case "/once":
                self._answer(302, b"", location="/photo")
            case "/endless":
                self._drip(b"x" * 65_536)
            case "/slow":
                self._drip(b"x", seconds=0.02)
            case "/slow-head":
                self._drip(b"X-Slow: 1\r\n", seconds=0.02, head=False)
            case "/early-hints":
                self._drip(b"HTTP/1.1 103 Early Hints\r\n\r\n", seconds=0.02, head=False, begin=b"")
            case "/endless-head":
                self._drip(b"X" * 65_536, head=False)
            case "/compressed":
                self._answer(200, gzip.compress(DATA), **{"Content-Encoding": "gzip"})
            case "/cookie":
                self._answer(200, DATA, **{"Set-Cookie": "follow=me"})
            case "/torn":
                self.send_response(200)
                self.send_header("Content-Length", str(len(DATA)))
                self.end_headers()
                self.wfile.write(DATA[:100])
                self.close_connection = True
            case "/ends-with-the-connection" | "/cut-off":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(DATA[:100] if parts.path == "/cut-off" else DATA)
                self.close_connection = True
            case "/silent":
                self.server.hung_up.wait(PATIENCE_SECONDS)
                self.close_connection = True

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(
        self, part: bytes, seconds: float = 0.0, *, head: bool = True, begin: bytes = b"HTTP/1.1 200 OK\r\n"
    ) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.write(begin + (b"\r\n" if head else b""))
            while not self.server.hung_up.wait(seconds):
                self.wfile.write(part)
        self.server.hung_up.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Nobody reads it."""


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.hung_up.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def fetcher(stranger: Stranger) -> Iterator[Fetcher]:
    with closing(Fetcher(stranger.url, connect_seconds=PATIENCE_SECONDS, read_seconds=PATIENCE_SECONDS)) as fetcher:
        yield fetcher


@pytest.fixture
def hasty(stranger: Stranger) -> Iterator[Fetcher]:
    with closing(Fetcher(stranger.url, connect_seconds=PATIENCE_SECONDS, read_seconds=0.5)) as fetcher:
        yield fetcher


def test_the_bytes_are_hashed(stranger: Stranger, fetcher: Fetcher) -> None:
    assert fetcher.read(f"{stranger.url}/photo", len(DATA)) == Fetched(DIGEST, len(DATA))
    assert fetcher.read(f"{stranger.url}/once", len(DATA)) == Fetched(DIGEST, len(DATA))  # a redirect to itself is fine


def test_no_key_no_cookie_and_no_compression(stranger: Stranger, fetcher: Fetcher) -> None:
    fetcher.read(f"{stranger.url}/photo", len(DATA))
    (headers,) = stranger.heard
    assert {name.lower() for name in headers} <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("path", "size"), [("short", len(DATA)), ("photo", len(DATA) - 1), ("endless", len(DATA))])
def test_another_length_is_another_photo(stranger: Stranger, fetcher: Fetcher, path: str, size: int) -> None:
    fetched = fetcher.read(f"{stranger.url}/{path}", size)
    assert fetched is not None
    assert fetched.sha256 != DIGEST
    assert (fetched.sha256 is None) == (path != "short")  # no more was read than was asked for


def test_an_endless_body_is_left_at_once(stranger: Stranger, fetcher: Fetcher) -> None:
    fetcher.read(f"{stranger.url}/endless", 1000)
    assert stranger.hung_up.wait(PATIENCE_SECONDS)


def test_other_bytes_have_another_digest(stranger: Stranger, fetcher: Fetcher) -> None:
    assert fetcher.read(f"{stranger.url}/other", len(DATA)) == Fetched(
        hashlib.sha256(DATA[::-1]).hexdigest(), len(DATA)
    )


def test_bytes_that_are_said_twice_are_not_those_of_the_next_image(stranger: Stranger, fetcher: Fetcher) -> None:
    fetcher.read(f"{stranger.url}/stutter", len(DATA))
    assert fetcher.read(f"{stranger.url}/other", len(DATA)) == Fetched(
        hashlib.sha256(DATA[::-1]).hexdigest(), len(DATA)
    )


@pytest.mark.parametrize("path", ["missing", "round", "slow", "torn"])
def test_what_can_not_be_had(stranger: Stranger, hasty: Fetcher, path: str) -> None:
    assert hasty.read(f"{stranger.url}/{path}", len(DATA)) is None


def test_what_ends_with_the_connection_may_have_been_cut_off(stranger: Stranger, fetcher: Fetcher) -> None:
    """Taken for other bytes, what had come of our photo would count as the proof that it never arrived."""
    whole = fetcher.read(f"{stranger.url}/ends-with-the-connection", len(DATA))
    assert whole == Fetched(DIGEST, len(DATA), is_whole=False)
    cut = fetcher.read(f"{stranger.url}/cut-off", len(DATA))
    assert cut is not None
    assert not cut.is_whole


def test_a_place_that_keeps_us_waiting_is_left_alone_for_a_while(stranger: Stranger) -> None:
    """A product may have a hundred images, at a host that a firewall closes: a time-out at each held a worker up until
    the service was taken for stuck."""
    steps: list[str] = []
    fetcher = Fetcher(stranger.url, connect_seconds=0.5, read_seconds=0.5, on_progress=lambda: steps.append("asked"))
    with closing(fetcher):
        for _ in range(100):
            assert fetcher.read(f"{stranger.url}/silent", len(DATA)) is None
    assert 1 <= len(steps) < 50  # each of them is a step: so the worker is not taken for stuck


def test_a_loop_of_redirects_ends_soon(stranger: Stranger, fetcher: Fetcher) -> None:
    fetcher.read(f"{stranger.url}/round", len(DATA))
    assert len(stranger.heard) == 4


def test_nobody_there(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with closing(Fetcher(f"http://127.0.0.1:{port}", connect_seconds=1.0, read_seconds=1.0)) as lonely:
        assert lonely.read(f"http://127.0.0.1:{port}/photo", 1) is None
    assert fetcher.read("http://[not a url", 1) is None


@pytest.fixture
def private() -> Iterator[socket.socket]:
    """A service of the inner network, whose connections are counted by the kernel."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener
        with pytest.raises(BlockingIOError):  # nobody ever connected
            listener.accept()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_no_request_to_a_private_address(
    stranger: Stranger, fetcher: Fetcher, private: socket.socket, scheme: str, host: str
) -> None:
    url = f"{scheme}://{host}:{private.getsockname()[1]}/photo"
    assert fetcher.read(url, len(DATA)) is None
    assert fetcher.read(stranger.redirect(url), len(DATA)) is None
    assert len(stranger.heard) == 1


@pytest.mark.parametrize(
    "url",
    [
        *("https://10.0.0.1/a.jpg", "https://192.168.1.1/a.jpg", "https://169.254.169.254/latest", "https://[::1]/a"),
        *("https://[fd00::1]/a.jpg", "https://0.0.0.0/a.jpg", "file:///etc/passwd", "ftp://192.0.2.1/a.jpg", "", "/a"),
    ],
)
def test_no_request_to_anything_else_that_is_not_public_https(fetcher: Fetcher, url: str) -> None:
    assert fetcher.read(url, 1) is None


def test_plain_http_is_refused_where_the_api_is_not_on_this_machine(stranger: Stranger) -> None:
    with closing(Fetcher("https://www.closient.com", connect_seconds=1.0, read_seconds=1.0)) as fetcher:
        assert fetcher.read(f"{stranger.url}/photo", len(DATA)) is None
    assert stranger.heard == []


def test_a_body_compressed_on_its_way_is_no_other_photo(stranger: Stranger, fetcher: Fetcher) -> None:
    """Taken for other bytes, it would count as the proof that the photo never arrived."""
    assert fetcher.read(f"{stranger.url}/compressed", len(DATA)) is None


@pytest.mark.parametrize("path", ["slow", "slow-head", "early-hints"])
def test_an_answer_that_comes_little_by_little_is_given_up(stranger: Stranger, hasty: Fetcher, path: str) -> None:
    assert hasty.read(f"{stranger.url}/{path}", len(DATA)) is None
    assert stranger.hung_up.wait(PATIENCE_SECONDS)


def test_an_endless_head_is_given_up(stranger: Stranger, fetcher: Fetcher) -> None:
    assert fetcher.read(f"{stranger.url}/endless-head", len(DATA)) is None
    assert stranger.hung_up.wait(PATIENCE_SECONDS)


def test_cookies_are_forgotten(stranger: Stranger, fetcher: Fetcher) -> None:
    for _ in range(2):
        fetcher.read(f"{stranger.url}/cookie", len(DATA))
    assert len(stranger.heard) == 2
    assert not any("Cookie" in headers for headers in stranger.heard)
