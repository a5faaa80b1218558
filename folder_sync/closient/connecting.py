"""Six things that httpcore does not promise of its connections.

* **No answer takes longer than its time, however little by little it comes.** httpcore counts the silence between two
  reads: a byte of a header every minute kept a worker for weeks. Where the answer is a whole picture, its time grows
  with what has come.
* **A connection goes to the address that was found permissible.** Looking a name up, and leaving it to the connection
  to look it up once more, asks its owner twice, who may answer differently (DNS rebinding).
* **Little is on its way that nobody has received.** Left to itself, Linux takes up to 4 MB of a photo at once, and
  goes on sending them for whoever was killed: over a slow uplink they would be complete after the next run found
  nothing.
* **Nothing arrives after it was given up**, be it by a service that lost patience, or by the kernel for one that was
  killed. Where a cable was out, even that little would come when it is back, which may be after the catalogue was
  looked at.
* **What is answered early is heard**, also of a server that says that a photo is too large, and then neither reads on
  nor hangs up.
* **A request's head goes with the beginning of its body.** By itself it is a system call and a packet more, and two
  changes of threads.
"""

from __future__ import annotations

import fcntl
import math
import socket
import ssl
import struct
import termios
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import httpcore

from folder_sync.closient.addresses import is_public

Find = Callable[[str, int], Sequence[str]]
"""Host and port to the addresses, in numbers, that may be connected to. Raises OSError where there are none."""

ADDRESSES_TRIED: Final = 4
"""How many addresses of one name to try, one after the other."""

SEND_BUFFER_BYTES: Final = 256 * 1024
"""Linux takes nearly twice as much: gone within 8 s over 0.5 Mbit/s, before the first question; and 70 Mbit/s for each
upload where an answer takes 50 ms."""

_DROP_THE_REST: Final = struct.pack("ii", 1, 0)
_SEND_THE_REST: Final = struct.pack("ii", 0, 0)
"""When a connection is closed (socket(7), SO_LINGER)."""

_LONGEST_MS: Final = 2**31 - 1

_Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


def public_addresses(host: str, port: int) -> Sequence[str]:
    """All addresses of a host. Raises OSError where one of them is not public: such a name is not to be trusted."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(map(is_public, found)):
        raise OSError(f"{host} has an address inside a private network")
    return found


class Backend(httpcore.NetworkBackend):
    """``answer_seconds``: from the last byte of a request to the last of its answer, and longer by what its bytes take
    at ``slowest`` bytes a second. ``find``: None leaves it to the system to look names up."""

    def __init__(
        self,
        answer_seconds: float,
        find: Find | None = None,
        inner: httpcore.NetworkBackend | None = None,
        *,
        slowest: float = math.inf,
    ) -> None:
        self._inner = inner or httpcore.SyncBackend()
        self._answer_seconds = answer_seconds
        self._slowest = slowest
        self._find = find
        patience = min(math.ceil(answer_seconds * 1000), _LONGEST_MS)
        self._options: Sequence[_Option] = (
            (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
            (socket.SOL_SOCKET, socket.SO_LINGER, _DROP_THE_REST),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience),  # where the service is halted
        )

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_Option] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = [host] if self._find is None else self._find(host, port)[:ADDRESSES_TRIED]
        except OSError as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        options = [*(socket_options or ()), *self._options]
        *others, last = addresses
        for address in others:
            try:
                stream = self._inner.connect_tcp(address, port, timeout, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            return _Stream(stream, self._answer_seconds, self._slowest)
        stream = self._inner.connect_tcp(last, port, timeout, local_address, options)
        return _Stream(stream, self._answer_seconds, self._slowest)


class _Stream(httpcore.NetworkStream):
    """The clock starts anew with every byte that is sent, and runs through all that is read after it."""

    def __init__(self, inner: httpcore.NetworkStream, answer_seconds: float, slowest: float) -> None:
        self._inner = inner
        self._answer_seconds = answer_seconds
        self._slowest = slowest
        self._deadline = time.monotonic() + answer_seconds
        self._is_new = True  # the next bytes begin a request
        self._held = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._is_new = True
        if self._held:  # all of the request
            held, self._held = self._held, b""
            with suppress(httpcore.WriteError):  # as in httpcore: what was answered before that is to be read
                self._send(held, timeout)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer takes too long")
        data = self._inner.read(max_bytes, left if timeout is None else min(left, timeout))
        self._deadline += len(data) / self._slowest
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_new:
            self._is_new, self._held = False, buffer
        elif buffer:
            held, self._held = self._held, b""
            self._send(held + buffer if held else buffer, timeout)
        self._deadline = time.monotonic() + self._answer_seconds

    def _send(self, buffer: bytes, timeout: float | None) -> None:
        try:
            self._inner.write(buffer, timeout)
        except httpcore.WriteTimeout as exc:
            if not self._inner.get_extra_info("is_readable"):
                raise
            self._deadline = time.monotonic() + self._answer_seconds
            raise httpcore.WriteError("answered before all of it was sent") from exc  # so that the answer is read

    def close(self) -> None:
        connection = self._inner.get_extra_info("socket")
        if connection is not None and connection.fileno() >= 0 and not _under_way(connection):
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _SEND_THE_REST
            )  # else the server is told of a fault
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(inner, self._answer_seconds, self._slowest)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _under_way(connection: socket.socket) -> int:
    """How many bytes the other side has not confirmed (tcp(7), SIOCOUTQ)."""
    (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(count)
