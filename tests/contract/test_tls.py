"""Whom the program gives the key to, and whom it asks for images: real certificates, on loopback."""

from __future__ import annotations

import hashlib
import os
import socket
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from folder_sync.closient import connecting
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetched, Fetcher
from folder_sync.closient.keys import parse_key
from folder_sync.errors import NotSent, OutcomeUnknown
from folder_sync.photo import Content, Format, Gtin14, Label
from tests.support.tls_server import AUTHORITY, TlsServer, tls_server
from tests.support.waiting import PATIENCE_SECONDS

BODY = "Zq3" + "x7" * 14 + "9"
KEY = parse_key(f"csb_{BODY}_{zlib.crc32(BODY.encode()):08x}")
PHOTO = b"the bytes of a photo"
DIGEST = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))


def client(server: TlsServer) -> Client:
    url = f"https://localhost:{server.port}"
    return Client(url, KEY, connect_seconds=PATIENCE_SECONDS, read_seconds=PATIENCE_SECONDS, on_heard=lambda _: None)


def upload(client: Client, folder: Path) -> None:
    file = folder / "photo.jpg"
    file.write_bytes(PHOTO)
    label = Label(Gtin14("00012345678905"), "", is_primary=False)
    content = Content(len(PHOTO), DIGEST, Format.JPEG)
    client.upload("mhvXdrZT4jP5T8vBxuvm75", label, os.fsencode(file), content, "image/jpeg")


@pytest.mark.parametrize("certificate", ["self-signed", "other-name", "expired"])
def test_a_server_that_can_not_prove_its_name_is_told_nothing(certificate: str, tmp_path: Path) -> None:
    with (
        tls_server(certificate) as server,
        client(server) as asking,
        pytest.raises(NotSent, match=r"No connection to localhost: .*certificate verify failed"),
    ):
        upload(asking, tmp_path)
    assert server.requests == []


def test_one_that_can_is_sent_the_photo(tmp_path: Path) -> None:
    with tls_server("right") as server, client(server) as asking, pytest.raises(OutcomeUnknown, match="understood"):
        upload(asking, tmp_path)  # its answer is no image; that it got the request is all that counts
    (request,) = server.requests
    assert request["X-API-Key"] == KEY.value


def test_what_is_said_in_plain_text_behind_the_photo_is_a_lost_answer(tmp_path: Path) -> None:
    """It is no proof that the server speaks no TLS, and got nothing: such a photo was sent once more."""
    with tls_server("right") as server, client(server) as asking:
        server.breaks = True
        with pytest.raises(OutcomeUnknown, match="lost"):
            upload(asking, tmp_path)
    assert len(server.requests) == 1


def test_the_key_does_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    with tls_server("right") as other_paths, tls_server("right") as server, client(server) as asking:
        server.location = f"https://127.0.0.1:{other_paths.port}/"
        with pytest.raises(OutcomeUnknown, match="status 307"):
            upload(asking, tmp_path)
    assert (len(server.requests), other_paths.requests) == (1, [])


# ---- images, wherever the server says they are


class Resolver:
    """Tells each time the next of its answers for images.example, and as always for numbers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0
        real = socket.getaddrinfo

        def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
            if host != "images.example":
                return real(host, port, *args, **options)
            self.asked += 1
            found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            return [entry for number in found for entry in real(number, port, type=socket.SOCK_STREAM)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with closing(
        Fetcher("https://www.closient.com", connect_seconds=PATIENCE_SECONDS, read_seconds=PATIENCE_SECONDS)
    ) as fetcher:
        yield fetcher


@pytest.fixture
def _loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of this must stay on this machine, so 127.0.0.1, and no other address, stands for the internet."""
    monkeypatch.setattr(connecting, "is_public", "127.0.0.1".__eq__)


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_name_is_looked_up_once_and_that_address_proves_the_name(
    monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher
) -> None:
    with tls_server("right") as server, tls_server("right", "127.0.0.2", server.port) as private:
        server.body = PHOTO
        resolver = Resolver(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])  # changes its mind, as in DNS rebinding
        assert fetcher.read(f"https://images.example:{server.port}/a.jpg", len(PHOTO)) == Fetched(DIGEST, len(PHOTO))
    assert resolver.asked == 1
    assert server.names == ["images.example"]
    assert server.requests[0]["Host"] == f"images.example:{server.port}"
    assert (private.names, private.requests) == ([], [])


@pytest.mark.usefixtures("_loopback_is_public")
@pytest.mark.parametrize("certificate", ["self-signed", "other-name", "expired"])
def test_an_address_that_can_not_prove_the_name_is_asked_nothing(
    monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher, certificate: str
) -> None:
    with tls_server(certificate) as server:
        Resolver(monkeypatch, ["127.0.0.1"])
        assert fetcher.read(f"https://images.example:{server.port}/a.jpg", len(PHOTO)) is None
    assert server.requests == []


@pytest.mark.usefixtures("_loopback_is_public")
@pytest.mark.parametrize("answer", [["127.0.0.2"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["::1"]])
def test_a_name_with_a_private_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher, answer: list[str]
) -> None:
    with tls_server("right") as server, tls_server("right", "127.0.0.2", server.port) as private:
        Resolver(monkeypatch, answer)
        assert fetcher.read(f"https://images.example:{server.port}/a.jpg", len(PHOTO)) is None
    assert server.names == private.names == []


@pytest.mark.usefixtures("_loopback_is_public")
def test_each_redirect_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher) -> None:
    with tls_server("right") as server, tls_server("right") as private:
        server.location = f"https://images.example:{private.port}/a.jpg"
        Resolver(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
        assert fetcher.read(f"https://images.example:{server.port}/a.jpg", len(PHOTO)) is None
    assert (len(server.requests), private.names) == (1, [])


@pytest.mark.usefixtures("_loopback_is_public")
def test_another_address_of_the_name_is_tried(monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher) -> None:
    monkeypatch.setattr(connecting, "is_public", lambda _: True)
    with tls_server("right") as server:
        server.body = PHOTO
        Resolver(monkeypatch, ["127.0.0.3", "127.0.0.1"])  # nobody listens at the first
        assert fetcher.read(f"https://images.example:{server.port}/a.jpg", len(PHOTO)) == Fetched(DIGEST, len(PHOTO))


def test_the_proxy_is_trusted_to_look_names_up_but_not_given_private_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with closing(Fetcher("https://www.closient.com", connect_seconds=5.0, read_seconds=0.2)) as fetcher:
            assert fetcher.read("https://10.0.0.1/a.jpg", len(PHOTO)) is None
            with pytest.raises(BlockingIOError):
                proxy.accept()
            assert fetcher.read("https://images.example/a.jpg", len(PHOTO)) is None  # it never answers
        peer, _ = proxy.accept()
        with peer:
            assert peer.recv(100).startswith(b"CONNECT images.example:443 ")
