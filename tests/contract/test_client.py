"""The client against real HTTP on loopback, spoken by scripts that misbehave in one chosen way each."""

from __future__ import annotations

import errno
import hashlib
import importlib.metadata
import json
import logging
import os
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

import pytest

from folder_sync.closient.body import CHUNK, Body
from folder_sync.closient.client import Client, Instead
from folder_sync.closient.exchange import IDLE_SECONDS
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import parse_key
from folder_sync.closient.multipart import frame
from folder_sync.closient.transport import network_for
from folder_sync.errors import (
    ApiError,
    FileChanged,
    Intermediary,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
)
from folder_sync.photo import Content, Format, Gtin14, Image, Label
from folder_sync.rules.quota import Window
from tests.support.waiting import PATIENCE_SECONDS

BODY = "Zq3" + "x7" * 14 + "9"
KEY = parse_key(f"csb_{BODY}_{zlib.crc32(BODY.encode()):08x}")
ID = "vytxeTZskVKR7C7WgdSP3d"
ORGANIZATION = "mhvXdrZT4jP5T8vBxuvm75"
GTIN = Gtin14("00012345678905")
IMAGES = f"/dashboard/api/v1/trade-items/{ORGANIZATION}/{GTIN}/images"
LABEL = Label(GTIN, "Front of package", is_primary=True)
IMAGE: dict[str, Any] = {
    "id": ID,
    "title": "Front of package",
    "is_primary": True,
    "priority": 0,
    "created": "2026-01-02T03:04:05Z",
    "image_url": None,
}
NOBODY = "http://127.0.0.1:9"
"""For what ends before a connection is made."""
READ_SECONDS = 20.0
"""Never waited for, except where a test sets less."""
LARGE = 24 * 1024 * 1024
"""More than the kernel takes in for a peer that does not read: such an upload can't be handed over whole."""


@dataclass
class Request:
    """What the server understood of a request; ``whole`` is whether all of the announced body came."""

    line: str
    headers: dict[str, str]
    body: bytes = b""
    whole: bool = False


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket, log: list[Request]) -> None:
        self.connection = connection
        self._log = log
        self._stream = connection.makefile("rb")

    def close(self) -> None:
        self._stream.close()
        self.connection.close()

    def head(self) -> Request:
        lines: list[str] = []
        while (line := self._stream.readline().decode("latin-1").strip()) or not lines:
            assert line, "the client closed the connection"
            lines.append(line)
        pairs = (line.split(": ", 1) for line in lines[1:])
        request = Request(lines[0], {name.lower(): value for name, value in pairs})
        self._log.append(request)
        return request

    def rest(self, request: Request) -> None:
        length = int(request.headers.get("content-length", "0"))
        with suppress(ConnectionResetError):
            request.body = self._stream.read(length)
        request.whole = len(request.body) == length

    def request(self) -> Request:
        request = self.head()
        self.rest(request)
        return request

    def answer(self, status: int, body: object = None, *headers: str) -> None:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", *headers]
        with suppress(ConnectionError):  # whoever gave up hears nothing
            self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def until_closed(self) -> None:
        with suppress(ConnectionResetError):
            while self.connection.recv(65536):
                pass


Script = Callable[[Peer], None]


@dataclass
class Server:
    """Runs one script a connection, in the order of the connections.

    Each must have run when the test is over, and whatever a script raises fails the test. Connections beyond
    them are never answered.
    """

    scripts: list[Script]
    requests: list[Request] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._threads[0].join(PATIENCE_SECONDS)
            assert self.connections == len(self.scripts), "fewer connections than scripts"
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()
        self._listener.close()
        assert not self.errors, self.errors

    def _serve(self) -> None:
        for script in self.scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(script, connection))
            self._threads.append(thread)
            thread.start()

    def _run(self, script: Script, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE_SECONDS)
        peer = Peer(connection, self.requests)
        try:
            script(peer)
        except (AssertionError, OSError) as exc:
            self.errors.append(exc)
        finally:
            peer.close()


def connect(
    url: str,
    *,
    heard: list[Heard] | None = None,
    connect_seconds: float = 5.0,
    read_seconds: float = READ_SECONDS,
    idle_seconds: float = IDLE_SECONDS,
    may_complete: Callable[[], bool] = lambda: True,
) -> Client:
    tell = (lambda _: None) if heard is None else heard.append
    return Client(
        url,
        KEY,
        connect_seconds=connect_seconds,
        read_seconds=read_seconds,
        on_heard=tell,
        may_complete=may_complete,
        idle_seconds=idle_seconds,
    )


@dataclass(frozen=True)
class Photo:
    path: Path
    content: Content

    def upload(self, client: Client) -> Image:
        return client.upload(ORGANIZATION, LABEL, os.fsencode(self.path), self.content, "image/jpeg")


def content_of(data: bytes) -> Content:
    return Content(len(data), hashlib.sha256(data).hexdigest(), Format.JPEG)


Make = Callable[[bytes], Photo]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def photo(data: bytes) -> Photo:
        path = tmp_path / "Größe photo.jpg"
        path.write_bytes(data)
        return Photo(path, content_of(data))

    return photo


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def answers(*replies: tuple[int, object]) -> Script:
    """A server as it should be: these answers, one after another, on one connection."""

    def script(peer: Peer) -> None:
        for status, body in replies:
            peer.request()
            peer.answer(status, body)
        peer.until_closed()

    return script


def form(request: Request) -> dict[str, tuple[str | None, bytes]]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found = {}
    for part in message_from_bytes(head + request.body, policy=HTTP).get_payload():
        assert isinstance(part, Message)
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = (part.get_filename(), data)
    return found


# ---- as it should be


def test_an_upload(make: Make) -> None:
    heard: list[Heard] = []
    photo = make(b"\xff\xd8 photo")

    def script(peer: Peer) -> None:
        peer.request()
        peer.answer(201, IMAGE, "RateLimit-Policy: 300;w=60", "RateLimit-Remaining: 299")

    with Server([script]) as server, connect(server.url + "/", heard=heard) as client:
        image = photo.upload(client)

    (request,) = server.requests
    assert (image.id, image.title, image.is_primary) == (ID, "Front of package", True)
    assert request.line == f"POST {IMAGES} HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert request.headers["x-api-key"] == KEY.value
    assert request.headers["accept-encoding"] == "identity"
    assert re.fullmatch(r"folder-sync/\S+", request.headers["user-agent"])
    assert "transfer-encoding" not in request.headers
    assert form(request) == {
        "title": (None, b"Front of package"),
        "is_primary": (None, b"true"),
        "image": (f"{GTIN}.jpg", b"\xff\xd8 photo"),
    }
    assert [(one.status, one.policy, one.remaining) for one in heard] == [(201, (Window(300, 60),), 299)]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_a_file_of_any_length_arrives_byte_for_byte(make: Make, size: int) -> None:
    data = hashlib.shake_128(b"photo").digest(size)
    photo = make(data)
    with Server([answers((201, IMAGE))]) as server, connect(server.url) as client:
        photo.upload(client)

    assert server.requests[0].whole
    assert form(server.requests[0])["image"][1] == data


def test_the_body_is_sent_in_few_large_pieces_and_can_be_sent_again(make: Make) -> None:
    data = hashlib.shake_128(b"photo").digest(2 * CHUNK + 7)
    photo = make(data)
    framed = frame(LABEL, "image/jpeg", "boundary")
    with photo.path.open("rb") as file:
        body = Body(file.fileno(), os.fsencode(photo.path), photo.content, framed)
        pieces = list(body)
        finished_by = [body.finished for _ in body]

    assert finished_by == [False, False, True]
    assert b"".join(pieces) == framed.preamble + data + framed.epilogue
    assert max(map(len, pieces)) < 128 * 1024
    assert not hasattr(body, "read")  # httpx would take it for a file, and read it in small pieces


def test_a_photo_whose_end_can_not_be_recorded_is_not_sent_to_its_end(make: Make) -> None:
    photo = make(hashlib.shake_128(b"photo").digest(2 * CHUNK + 7))
    with (
        Server([answers((201, IMAGE))]) as server,
        connect(server.url, may_complete=lambda: False) as client,
        pytest.raises(NotSent),
    ):
        photo.upload(client)
    assert not [request for request in server.requests if request.whole]


def test_the_other_calls() -> None:
    pagination = {"page": 3, "total_count": 201, "has_next": False}
    whoami = {"email": "a@example.com", "organizations": [{"id": ORGANIZATION, "name": "Acme"}], "api_key": None}
    scripts = [
        answers((200, {"data": [IMAGE], "pagination": pagination})),
        answers(
            (200, {"data": [], "pagination": pagination}),
            (204, None),
            (200, whoami),
            (200, {"gtin": GTIN, "product_name": "Muesli"}),
        ),
    ]
    with Server(scripts) as server, connect(server.url) as client:
        assert [image.id for image in client.images(ORGANIZATION, GTIN, 3, 50).images] == [ID]
        assert client.images(ORGANIZATION, GTIN).images == ()
        client.delete_image(ORGANIZATION, GTIN, ID)
        assert client.whoami().organizations[0].name == "Acme"
        client.trade_item(GTIN)

    assert [request.line.removesuffix(" HTTP/1.1") for request in server.requests] == [
        f"GET {IMAGES}?page=3&page_size=50",
        f"GET {IMAGES}?page=1&page_size=100",
        f"DELETE {IMAGES}/{ID}",
        "GET /account/api/v1/whoami",
        f"GET /products/api/v1/trade-items/{GTIN}",
    ]
    assert all(request.headers["x-api-key"] == KEY.value for request in server.requests)
    assert all(request.headers["cache-control"] == "no-cache" for request in server.requests)


def test_threads_share_a_client(make: Make) -> None:
    photo = make(bytes(300_000))
    together = threading.Barrier(4)
    images: list[Image] = []
    ids: SimpleQueue[str] = SimpleQueue()
    for letter in "ABCDEFGHJKLM":
        ids.put(letter * 22)

    def script(peer: Peer) -> None:
        for _ in range(3):
            peer.request()
            together.wait(PATIENCE_SECONDS)  # all four are under way at once
            peer.answer(201, {**IMAGE, "id": ids.get()})
        peer.until_closed()

    with Server([script] * 4) as server, connect(server.url) as client:
        threads = [
            threading.Thread(target=lambda: images.extend(photo.upload(client) for _ in range(3))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)

    assert len({image.id for image in images}) == 12


def test_the_version_is_told() -> None:
    with Server([answers((204, None))]) as server, connect(server.url) as client:
        client.delete_image(ORGANIZATION, GTIN, ID)
    installed = importlib.metadata.version("folder-sync")
    assert server.requests[0].headers["user-agent"] == f"folder-sync/{installed}"


# ---- connections


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(make: Make) -> None:
    photo = make(b"photo")
    closed = threading.Event()

    def once(peer: Peer) -> None:
        peer.request()
        peer.answer(201, IMAGE)
        peer.close()
        closed.set()

    another = {**IMAGE, "id": ORGANIZATION}
    with Server([once, answers((201, another))]) as server, connect(server.url) as client:
        photo.upload(client)
        assert closed.wait(PATIENCE_SECONDS)
        photo.upload(client)


def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    with Server([answers((204, None))] * 2) as server, connect(server.url, idle_seconds=-1.0) as client:
        client.delete_image(ORGANIZATION, GTIN, ID)
        client.delete_image(ORGANIZATION, GTIN, ID)


def test_the_connection_of_a_thread_that_has_ended_is_closed() -> None:
    """Workers that wait for a dead share are replaced, each time that it dies: for years their connections stayed."""
    closed = threading.Event()

    def first(peer: Peer) -> None:
        answers((204, None))(peer)
        closed.set()

    with Server([first, answers((204, None))]) as server, connect(server.url) as client:
        for _ in range(2):
            thread = threading.Thread(target=client.delete_image, args=(ORGANIZATION, GTIN, ID))
            thread.start()
            thread.join(PATIENCE_SECONDS)
        assert closed.wait(PATIENCE_SECONDS)


def test_an_answer_that_comes_twice_is_not_taken_for_that_of_the_next_request(make: Make) -> None:
    """Each photo from then on had the image of the one before it."""

    def stutter(peer: Peer) -> None:
        peer.request()
        body = json.dumps(IMAGE).encode()
        peer.send(2 * (b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)))
        peer.until_closed()

    another = {**IMAGE, "id": ORGANIZATION}
    with Server([stutter, answers((201, another))]) as server, connect(server.url) as client:
        assert make(b"photo").upload(client).id == ID
        assert make(b"photo").upload(client).id == ORGANIZATION


def test_an_answer_that_comes_again_later_is_not_believed(make: Make) -> None:
    """Nor is any that comes behind it on that connection."""
    another = {**IMAGE, "id": ORGANIZATION}
    late = answers((201, IMAGE), (201, IMAGE))
    with Server([late, answers((201, another))]) as server, connect(server.url) as client:
        assert make(b"photo").upload(client).id == ID
        with pytest.raises(OutcomeUnknown, match="another photo"):
            make(b"photo").upload(client)
        assert make(b"photo").upload(client).id == ORGANIZATION


def test_a_list_is_not_taken_for_another_products_however_late_it_comes_again() -> None:
    """Of a photo whose answer was lost it said that it is not there, and the photo was sent again."""

    def page(*images: object) -> tuple[int, object]:
        return 200, {"data": list(images), "pagination": {"has_next": False}}

    def late(peer: Peer) -> None:
        with suppress(AssertionError):  # nothing more is asked
            while peer.request():
                peer.answer(*page())

    with Server([late, answers(page(IMAGE))]) as server, connect(server.url) as client:
        assert client.images(ORGANIZATION, GTIN).images == ()
        assert client.images(ORGANIZATION, "09521234500018").images != ()


# ---- the file is not what was queued


def breaks_off(peer: Peer) -> None:
    request = peer.request()
    assert not request.whole


@pytest.mark.parametrize("data", [b"phot", b"photos", b""])
def test_a_file_of_another_length_is_not_sent(make: Make, data: bytes) -> None:
    photo = make(b"photo")
    photo.path.write_bytes(data)
    with connect(NOBODY) as client, pytest.raises(FileChanged, match=r"Größe photo\.jpg has changed") as caught:
        photo.upload(client)
    assert not caught.value.asked


def test_other_bytes_are_never_sent_whole(make: Make) -> None:
    data = b"photo" * CHUNK  # of which a part goes before the rest is seen to be other bytes
    photo = make(data)
    photo.path.write_bytes(b"P" + data[1:])
    with Server([breaks_off, answers((201, IMAGE))]) as server, connect(server.url) as client:
        with pytest.raises(FileChanged, match="Nothing was uploaded") as caught:
            photo.upload(client)
        assert caught.value.asked
        photo.path.write_bytes(data)
        photo.upload(client)  # on another connection

    assert sorted(request.whole for request in server.requests) == [False, True]


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"!")


def shorten(path: Path) -> None:
    os.truncate(path, LARGE - 1)


def rewrite_the_end(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"!")


@pytest.mark.parametrize("change", [append, shorten, rewrite_the_end])
def test_a_change_while_sending_breaks_the_request_off(make: Make, change: Callable[[Path], None]) -> None:
    photo = make(bytes(LARGE))

    def script(peer: Peer) -> None:
        request = peer.head()
        change(photo.path)
        peer.rest(request)
        assert not request.whole

    with (
        Server([script]) as server,
        connect(server.url) as client,
        pytest.raises(FileChanged),
    ):
        photo.upload(client)


@pytest.fixture
def converted(tmp_path: Path) -> Instead:
    """What goes in place of ``photo``."""
    path = tmp_path / "made.jpg"
    path.write_bytes(bytes(LARGE))
    return Instead(os.fsencode(path), content_of(b"photo"))


def upload_instead(client: Client, photo: Photo, instead: Instead) -> Image:
    going = content_of(Path(os.fsdecode(instead.file)).read_bytes())
    return client.upload(ORGANIZATION, LABEL, os.fsencode(photo.path), going, "image/jpeg", instead=instead)


def test_another_file_goes_in_its_place(make: Make, converted: Instead) -> None:
    photo = make(b"photo")
    with Server([answers((201, IMAGE))]) as server, connect(server.url) as client:
        upload_instead(client, photo, converted)
    assert bytes(LARGE) in server.requests[0].body


def test_nothing_goes_in_place_of_what_has_changed(make: Make, converted: Instead) -> None:
    photo = make(b"photo")
    photo.path.write_bytes(b"other")
    with connect(NOBODY) as client, pytest.raises(FileChanged, match=r"Größe photo\.jpg has changed") as caught:
        upload_instead(client, photo, converted)
    assert not caught.value.asked
    photo.path.unlink()
    with connect(NOBODY) as client, pytest.raises(FileChanged, match="is gone"):
        upload_instead(client, photo, converted)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"other"),
        lambda path: path.unlink(),
        lambda path: path.with_name("new").write_bytes(b"other") and path.with_name("new").replace(path),
    ],
    ids=["written over", "deleted", "replaced"],
)
def test_where_it_changes_meanwhile_the_request_is_broken_off(
    make: Make, converted: Instead, change: Callable[[Path], object]
) -> None:
    photo = make(b"photo")
    os.utime(photo.path, (1, 1))

    def script(peer: Peer) -> None:
        request = peer.head()
        change(photo.path)
        peer.rest(request)
        assert not request.whole

    with Server([script]) as server, connect(server.url) as client, pytest.raises(FileChanged):
        upload_instead(client, photo, converted)


def test_a_file_that_is_gone(make: Make) -> None:
    photo = make(b"photo")
    with connect(NOBODY) as client:
        photo.path.unlink()
        with pytest.raises(FileChanged, match="is gone"):
            photo.upload(client)
        photo.path.parent.joinpath("file").touch()
        with pytest.raises(FileChanged, match="is gone"):
            Photo(photo.path.parent / "file" / "photo.jpg", photo.content).upload(client)


def test_what_is_no_file_any_more_is_neither_read_nor_waited_for(make: Make) -> None:
    photo = make(b"")
    photo.path.unlink()
    with connect(NOBODY) as client:
        os.mkfifo(photo.path)
        with pytest.raises(FileChanged):
            photo.upload(client)
        photo.path.unlink()
        photo.path.mkdir()
        with pytest.raises(FileChanged):
            photo.upload(client)


def test_a_file_that_cannot_be_opened(make: Make) -> None:
    photo = make(b"photo")
    with connect(NOBODY) as client, pytest.raises(OSError, match="too long"):
        Photo(photo.path.with_name("x" * 300), photo.content).upload(client)


def test_a_file_that_cannot_be_read(make: Make) -> None:
    """``/proc/self/mem`` is a regular file of length 0 whose first byte gives an input/output error."""
    photo = Photo(Path("/proc/self/mem"), make(b"").content)

    def hears_nothing(peer: Peer) -> None:
        assert peer.connection.recv(1) == b""

    with (
        Server([hears_nothing]) as server,
        connect(server.url) as client,
        pytest.raises(OSError, match="Input/output"),
    ):
        photo.upload(client)


def test_a_share_that_goes_when_all_is_said_takes_no_answer_with_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what served it has died, FUSE says so even when a file is closed. Taken for a file that could not be read,
    the photo was sent once more."""
    photo = make(b"photo")
    close = os.close

    def closed_in_vain(descriptor: int) -> None:
        is_photo = os.path.samestat(os.fstat(descriptor), photo.path.stat())
        close(descriptor)
        if is_photo:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    monkeypatch.setattr(os, "close", closed_in_vain)
    with Server([answers((201, IMAGE))]) as server, connect(server.url) as client:
        assert photo.upload(client).id == ID


def test_no_descriptor_is_left_open(make: Make) -> None:
    photo = make(b"photo")

    def left_open() -> list[str]:
        links = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
        return [str(link) for link in links if link.is_symlink() and link.samefile(photo.path)]

    with Server([answers((201, IMAGE), (500, None))]) as server, connect(server.url) as client:
        photo.upload(client)
        assert not left_open()
        with pytest.raises(OutcomeUnknown):
            photo.upload(client)
        assert not left_open()
        photo.path.write_bytes(b"PHOTO")
        with pytest.raises(FileChanged):
            photo.upload(client)
        assert not left_open()


# ---- not sent, or not known


def test_nobody_listens(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with connect(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(NotSent, match=r"No connection to 127\.0\.0\.1: Connection refused\."):
            make(b"photo").upload(client)
        with pytest.raises(NotSent):
            client.delete_image(ORGANIZATION, GTIN, ID)


def test_a_server_that_does_not_speak_tls(make: Make) -> None:
    def script(peer: Peer) -> None:
        peer.connection.recv(1)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.until_closed()

    with (
        Server([script]) as server,
        connect(f"https://127.0.0.1:{server.port}") as client,
        pytest.raises(NotSent, match=r"127\.0\.0\.1 does not speak https at this port\. Check base_url"),
    ):
        make(b"photo").upload(client)


def test_a_server_that_never_gets_to_tls(make: Make) -> None:
    with (
        Server([Peer.until_closed]) as server,
        connect(f"https://127.0.0.1:{server.port}", connect_seconds=0.1) as client,
        pytest.raises(NotSent, match="No connection"),
    ):
        make(b"photo").upload(client)


def test_certificates_are_verified() -> None:
    context = network_for("https://www.closient.com", {}).tls

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def hang_up(peer: Peer) -> None:
    """Reads no body, and closes at once."""
    peer.head()


def hold(peer: Peer) -> None:
    """Reads no body and says nothing, until the client gives up."""
    peer.head()
    released.wait(PATIENCE_SECONDS)


released = threading.Event()


@pytest.fixture(autouse=True)
def _release() -> Iterator[None]:
    released.clear()
    yield
    released.set()


def test_a_connection_that_breaks_while_sending_did_nothing(make: Make) -> None:
    with (
        Server([hang_up]) as server,
        connect(server.url) as client,
        pytest.raises(NotSent, match="broke"),
    ):
        make(bytes(LARGE)).upload(client)


def test_a_server_that_stops_reading_did_nothing(make: Make) -> None:
    with Server([hold]) as server, connect(server.url, read_seconds=0.2) as client:
        with pytest.raises(NotSent, match="broke"):
            make(bytes(LARGE)).upload(client)
        released.set()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefused),
        (413, Refused),
        (429, RateLimited),
        (403, Intermediary),
        (307, NotSent),
        (503, NotSent),
        (201, OutcomeUnknown),
    ],
)
def test_an_answer_before_the_end_of_the_photo_counts(make: Make, status: int, kind: type[ApiError]) -> None:
    """Servers refuse early and hang up; a 201 for half a photo is not believed."""
    heard: list[Heard] = []

    def script(peer: Peer) -> None:
        peer.head()
        peer.answer(status, IMAGE, "Retry-After: 7")

    with (
        Server([script]) as server,
        connect(server.url, heard=heard) as client,
        pytest.raises(ApiError) as caught,
    ):
        make(bytes(LARGE)).upload(client)

    assert type(caught.value) is kind
    assert [(one.status, one.retry_after) for one in heard] == [(status, 7.0)]


@pytest.mark.parametrize(("status", "kind"), [(413, Refused), (201, OutcomeUnknown)])
def test_it_counts_where_the_server_then_neither_reads_nor_hangs_up(
    make: Make, status: int, kind: type[ApiError]
) -> None:
    """The photo kept a worker until it was given up, and was sent again, and again."""

    def script(peer: Peer) -> None:
        peer.answer(status, IMAGE)
        released.wait(PATIENCE_SECONDS)

    with Server([script]) as server, connect(server.url, read_seconds=1.0) as client:
        with pytest.raises(ApiError) as caught:
            make(bytes(LARGE)).upload(client)
        released.set()
    assert type(caught.value) is kind


def close_after(data: bytes) -> Script:
    def script(peer: Peer) -> None:
        assert peer.request().whole
        peer.send(data)

    return script


def drip(peer: Peer) -> None:
    """An answer without end, each piece well within the time-out."""
    peer.request()
    peer.send(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n")
    with suppress(ConnectionError):
        while not released.wait(0.02):
            peer.send(b" ")


def drip_head(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 201 Created\r\n")
    with suppress(ConnectionError):
        while not released.wait(0.02):
            peer.send(b"X-More: to come\r\n")


def put_off(peer: Peer) -> None:
    """Says for ever that the answer will come soon."""
    peer.request()
    with suppress(ConnectionError):
        while not released.wait(0.02):
            peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def flood_head(peer: Peer) -> None:
    peer.request()
    with suppress(ConnectionError):
        peer.send(b"HTTP/1.1 201 Created\r\nX-Long: " + b"x" * 9999999)


def flood(peer: Peer) -> None:
    peer.request()
    with suppress(ConnectionError):
        peer.send(b"HTTP/1.1 201 Created\r\nContent-Length: 9999999\r\n\r\n" + b" " * 9999999)


def silent(peer: Peer) -> None:
    peer.request()
    peer.until_closed()


LOST: list[Script] = [
    close_after(b""),
    close_after(b"HTTP/1.1 201 Created\r\nContent-Le"),
    close_after(b"HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n{"),
    close_after(b"SSH-2.0-OpenSSH_9.6\r\n"),
    close_after(b"HTTP/2 201\r\n\r\n"),
    close_after(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
    close_after(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n{}"),
    close_after(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
    drip,
    drip_head,
    put_off,
    flood,
    flood_head,
    silent,
]


@pytest.mark.parametrize("script", LOST)
def test_an_upload_whose_answer_is_lost_may_have_landed(make: Make, script: Script) -> None:
    with (
        Server([script]) as server,
        connect(server.url, read_seconds=0.3) as client,
        pytest.raises(OutcomeUnknown, match=r"The answer from 127\.0\.0\.1 was lost") as caught,
    ):
        make(b"photo").upload(client)

    assert caught.value.status is None
    assert "bytearray" not in caught.value.title


@pytest.mark.parametrize("script", LOST)
def test_a_question_whose_answer_is_lost_can_be_asked_again(script: Script) -> None:
    with (
        Server([script]) as server,
        connect(server.url, read_seconds=0.3) as client,
        pytest.raises(NotSent),
    ):
        client.images(ORGANIZATION, GTIN)


@pytest.mark.parametrize("script", LOST)
def test_a_deletion_whose_answer_is_lost_may_have_happened(script: Script) -> None:
    with (
        Server([script]) as server,
        connect(server.url, read_seconds=0.3) as client,
        pytest.raises(OutcomeUnknown),
    ):
        client.delete_image(ORGANIZATION, GTIN, ID)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 201 Created\r\n\r\n",
        b"HTTP/1.0 201 Created\r\n\r\n",
        b"HTTP/1.1 201\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n",
    ],
)
def test_an_answer_of_a_rare_form_is_one(make: Make, head: bytes) -> None:
    body = json.dumps(IMAGE).encode()
    if b"chunked" in head:
        body = b"%x;why=not\r\n%b\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(body), body)
    with Server([close_after(head + body)]) as server, connect(server.url) as client:
        assert make(b"photo").upload(client).id == ID


@pytest.mark.parametrize("status", [500, 502, 307, 200, 204])
def test_an_answer_that_does_not_tell_may_hide_an_image(make: Make, status: int) -> None:
    with (
        Server([answers((status, None))]) as server,
        connect(server.url) as client,
        pytest.raises(OutcomeUnknown) as caught,
    ):
        make(b"photo").upload(client)

    assert caught.value.status == status


def test_an_answer_that_is_packed_although_we_asked_otherwise_stays_packed(make: Make) -> None:
    bomb = zlib.compress(bytes(200_000_000), wbits=31)

    def script(peer: Peer) -> None:
        peer.request()
        peer.answer(201, bomb, "Content-Encoding: gzip")
        peer.until_closed()

    with (
        Server([script]) as server,
        connect(server.url) as client,
        pytest.raises(OutcomeUnknown, match="not JSON") as caught,
    ):
        make(b"photo").upload(client)

    assert caught.value.status == 201


def test_the_status_of_an_error_counts_even_if_its_words_are_lost(make: Make) -> None:
    script = close_after(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 400\r\n\r\n{")
    with (
        Server([script]) as server,
        connect(server.url) as client,
        pytest.raises(KeyRefused),
    ):
        make(b"photo").upload(client)


# ---- the key goes nowhere else


def test_a_redirect_is_not_followed() -> None:
    with Server([]) as other_paths:

        def script(peer: Peer) -> None:
            peer.request()
            peer.answer(307, None, f"Location: {other_paths.url}/")
            peer.until_closed()

        with (
            Server([script]) as server,
            connect(server.url) as client,
            pytest.raises(OutcomeUnknown, match="status 307"),
        ):
            client.whoami()

    assert len(server.requests) == 1


def test_no_cookies_and_no_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))

    def script(peer: Peer) -> None:
        for _ in range(2):
            peer.request()
            peer.answer(204, None, "Set-Cookie: sessionid=abc; Path=/")
        peer.until_closed()

    with Server([script]) as server, connect(server.url) as client:
        client.delete_image(ORGANIZATION, GTIN, ID)
        client.delete_image(ORGANIZATION, GTIN, ID)

    assert len(server.requests) == 2
    for request in server.requests:
        assert not {"cookie", "authorization"} & set(request.headers)


def test_plain_http_goes_past_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server([]) as proxy, Server([answers((204, None))]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        with connect(server.url) as client:
            client.delete_image(ORGANIZATION, GTIN, ID)


def test_https_goes_through_the_proxy_which_does_not_see_the_key(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    with Server([answers((502, None))]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with connect("https://www.closient.com") as client, pytest.raises(NotSent, match="502"):
            make(b"photo").upload(client)

    (request,) = proxy.requests
    assert request.line == "CONNECT www.closient.com:443 HTTP/1.1"
    assert KEY.value not in str(request)


def test_the_key_is_in_no_log_and_no_error(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scripts = [answers((201, IMAGE), (401, {"error": {"code": "UNAUTHORIZED", "message": "No."}}))]
    with Server(scripts) as server, connect(server.url) as client:
        make(b"photo").upload(client)
        with pytest.raises(KeyRefused) as caught:
            client.whoami()

    assert BODY not in caplog.text
    assert BODY not in str(caught.value)
    assert "httpcore" in caplog.text  # the log was on
