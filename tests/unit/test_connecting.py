from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import httpcore
import pytest

from folder_sync.closient import connecting
from folder_sync.closient.connecting import Backend


class Peer(httpcore.NetworkStream):
    """Says a byte each time it is asked, and tells what it was asked with."""

    def __init__(self) -> None:
        self.patience: list[float | None] = []
        self.sent: list[bytes] = []
        self.is_closed = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.patience.append(timeout)
        return b"."

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self.is_closed:
            raise httpcore.WriteError("closed")
        self.sent.append(buffer)


class Network(httpcore.SyncBackend):
    def __init__(self, *refusing: str) -> None:
        self.refusing = refusing
        self.tried: list[str] = []
        self.peer = Peer()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        self.tried.append(host)
        if host in self.refusing:
            raise httpcore.ConnectError("refused")
        return self.peer


def backend(network: Network, found: Sequence[str]) -> Backend:
    return Backend(10.0, lambda _host, _port: found, network)


def test_addresses_are_tried_in_order_until_one_answers() -> None:
    network = Network("1.1.1.1")
    backend(network, ["1.1.1.1", "1.1.1.2", "1.1.1.3"]).connect_tcp("a.example", 443)
    assert network.tried == ["1.1.1.1", "1.1.1.2"]


def test_only_a_few_are() -> None:
    many = [f"1.1.1.{number}" for number in range(100)]
    network = Network(*many)
    with pytest.raises(httpcore.ConnectError):
        backend(network, many).connect_tcp("a.example", 443)
    assert len(network.tried) == 4


def test_the_time_of_an_answer_runs_from_the_last_byte_that_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(connecting, "time", SimpleNamespace(monotonic=lambda: now))
    network = Network()
    stream = backend(network, ["1.1.1.1"]).connect_tcp("a.example", 443)
    now = 100.0
    stream.write(b"the last of the request")
    now = 104.0
    stream.read(1, timeout=5.0)
    now = 107.0
    stream.read(1, timeout=5.0)
    stream.read(1)
    assert network.peer.patience == [5.0, 3.0, 3.0]
    now = 110.0
    with pytest.raises(httpcore.ReadTimeout, match="too long"):
        stream.read(1, timeout=5.0)
    stream.write(b"another request")
    stream.read(1, timeout=5.0)


def test_an_answer_that_is_large_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of 50 MB takes longer than any answer of the API, over a line that is all right."""
    now = 0.0
    monkeypatch.setattr(connecting, "time", SimpleNamespace(monotonic=lambda: now))
    stream = Backend(10.0, lambda _host, _port: ["1.1.1.1"], Network(), slowest=0.5).connect_tcp("a.example", 443)
    stream.write(b"the last of the request")
    for _ in range(4):
        now += 3.0
        stream.read(1)
    now += 6.0
    with pytest.raises(httpcore.ReadTimeout, match="too long"):
        stream.read(1)


def test_the_head_of_a_request_goes_with_the_beginning_of_its_body() -> None:
    network = Network()
    stream = backend(network, ["1.1.1.1"]).connect_tcp("a.example", 443)
    for part in (b"HEAD ", b"be", b"", b"gin"):
        stream.write(part)
    assert network.peer.sent == [b"HEAD be", b"gin"]
    stream.read(1)
    stream.write(b"without a body")
    assert network.peer.sent == [b"HEAD be", b"gin"]
    stream.read(1)
    assert network.peer.sent.pop() == b"without a body"


def test_what_was_answered_is_read_where_nothing_more_can_be_sent() -> None:
    network = Network()
    stream = backend(network, ["1.1.1.1"]).connect_tcp("a.example", 443)
    stream.write(b"without a body")
    network.peer.is_closed = True
    assert stream.read(1) == b"."


def test_little_is_on_its_way_that_nobody_has_received() -> None:
    """Linux goes on sending it for a service that was killed; left to itself, up to 4 MB."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = Backend(10.0).connect_tcp(*server.getsockname())
        try:
            kept = stream.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        finally:
            stream.close()
    assert kept <= 2 * connecting.SEND_BUFFER_BYTES  # Linux doubles it, for what it needs itself


def test_nothing_of_what_was_given_up_arrives_later() -> None:
    """A cable was out for longer than an answer may take: when it was back, Linux brought the rest of the photo to the
    server, after the catalogue had twice been found to be without it."""
    sent = bytes(200_000)
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind(("127.0.0.1", 0))
        server.listen()
        stream = Backend(10.0).connect_tcp(*server.getsockname())
        peer, _ = server.accept()
        with peer:
            stream.write(sent[:1])  # which goes with what follows
            stream.write(sent[1:])  # Linux takes it, and the other side does not
            stream.close()
            received = 0
            with suppress(ConnectionResetError):
                while data := peer.recv(65_536):
                    received += len(data)
    assert received < len(sent)


def test_linux_gives_up_as_early_as_the_service_would() -> None:
    """For one that was halted, or killed together with its cable: what it had handed over may still be under way."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = Backend(10.0).connect_tcp(*server.getsockname())
        try:
            seconds = stream.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000
        finally:
            stream.close()
    assert seconds == 10.0


def test_a_connection_on_which_nothing_is_under_way_is_closed_as_usual() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = Backend(10.0).connect_tcp(*server.getsockname())
        peer, _ = server.accept()
        with peer:
            stream.close()
            assert peer.recv(1) == b""
