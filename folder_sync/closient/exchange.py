"""One request and its answer over HTTP; httpx's exceptions are translated here, once.

Importing httpx costs 80 ms, so this is imported only where something is sent. Two rules shape it:

* Whether a request can have been acted on is for its caller to know (``acted_on``): whatever goes wrong before is
  NotSent, and OutcomeUnknown after.
* The key goes to ``base_url`` and nowhere else. A proxy from the environment is used for https, where it sees only
  ciphertext; plain http goes directly.

Requests go through transports, one to a thread, and not through httpx's ``Client``: redirects, cookies and
credentials from ``.netrc``, which that adds, are just what must not be, and they took a fifth of an upload's time.
What httpx still gives are its addresses, time-outs and errors.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Final, NamedTuple

import httpx

from folder_sync.closient.body import Body
from folder_sync.closient.fields import plain
from folder_sync.closient.headers import Heard, heard
from folder_sync.closient.keys import ApiKey
from folder_sync.closient.transport import Reply, Target, Transport, network_for
from folder_sync.errors import ApiError, NotSent, OutcomeUnknown
from folder_sync.version import program_version

ANSWER_MAX: Final = 1024 * 1024
"""The longest answer that is read, in bytes: a full page of 100 images is a tenth of it."""

IDLE_SECONDS: Final = 4.0
"""How long an unused connection is kept. Below uvicorn's 5 s: a server that closes a connection just as it is
used again takes a whole small photo with it, and each such OutcomeUnknown costs a request to settle."""

_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""What OpenSSL, older and newer, says of an answer in plain text."""

_NUMBER: Final = re.compile(r"^\[Errno -?[0-9]+\] ")
"""What Python puts before the kernel's words."""

_BYTES: Final = re.compile(r": bytearray\(.*", re.DOTALL)
"""What h11 puts behind them: what it met, as a programmer would write it."""

_NOT_CONNECTED: Final = (
    httpx.ConnectError,  # refused, no such host, TLS
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Exchange:
    """With one server, under one key; threads may share it. ``on_heard`` is told of every answer, before ``ask`` ends.

    Raises ConfigInvalid where the environment names a proxy or certificates that can't be used.
    """

    def __init__(
        self,
        base_url: str,
        key: ApiKey,
        *,
        connect_seconds: float,
        read_seconds: float,
        idle_seconds: float,
        on_heard: Callable[[Heard], None],
    ) -> None:
        self._on_heard = on_heard
        self._read_seconds = read_seconds
        self._idle_seconds = idle_seconds
        timeout = httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds)
        self._extensions = {"timeout": timeout.as_dict()}
        self._of_thread = threading.local()
        self._transports: dict[threading.Thread, Transport] = {}
        self._lock = threading.Lock()
        self._network = network_for(base_url)
        origin = httpx.URL(base_url)
        self._host = origin.host
        self._base = Target.of(origin)
        self._headers = [
            (b"Host", origin.netloc),
            (b"User-Agent", f"folder-sync/{program_version()}".encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"identity"),  # what is not unpacked can't be a bomb
            (b"Cache-Control", b"no-cache"),  # an old list shows no absence
            (b"X-API-Key", key.value.encode("ascii")),
        ]

    def close(self) -> None:
        with self._lock:
            for transport in self._transports.values():
                transport.close()

    def ask(
        self,
        method: bytes,
        path: str,
        acted_on: Callable[[], bool],
        headers: Iterable[tuple[bytes, bytes]] = (),
        body: Body | None = None,
    ) -> Answer:
        """``acted_on``: whether the server can have done anything with the request by now. Raises NotSent and
        OutcomeUnknown.
        """
        target = self._base.with_path(path)
        try:
            reply = self._transport().ask(method, target, [*self._headers, *headers], body, self._extensions)
            with closing(reply.stream):
                answer_headers = _joined(reply.headers)
                self._on_heard(heard(reply.status, answer_headers))
                return Answer(reply.status, answer_headers, _body(reply))
        except httpx.RequestError as exc:
            raise self._failed(exc, acted_on()) from exc

    def hang_up(self) -> None:
        """Whatever may still come over this thread's connection is not taken for the answer to its next request, which
        has another one."""
        self._transport().close()

    def _transport(self) -> Transport:
        """This thread's own: its one connection is its own too, and nobody waits for anybody."""
        transport: Transport | None = getattr(self._of_thread, "transport", None)
        if transport is None:
            transport = Transport(self._network, answer_seconds=self._read_seconds, idle_seconds=self._idle_seconds)
            self._of_thread.transport = transport
            with self._lock:
                for over in [thread for thread in self._transports if not thread.is_alive()]:
                    self._transports.pop(over).close()
                self._transports[threading.current_thread()] = transport
        return transport

    def _failed(self, exc: httpx.RequestError, acted_on: bool) -> ApiError:
        why = _BYTES.sub("", _NUMBER.sub("", plain(str(exc)))).rstrip(".") or type(exc).__name__
        if isinstance(exc, _NOT_CONNECTED):
            if any(reason in why for reason in _NOT_TLS):
                return NotSent(
                    f"{self._host} does not speak https at this port.", "Check base_url in the configuration."
                )
            return NotSent(
                f"No connection to {self._host}: {why}.", "It will be retried automatically; check the network."
            )
        if acted_on:
            return OutcomeUnknown(f"The answer from {self._host} was lost: {why}.")
        return NotSent(
            f"The connection to {self._host} broke: {why}.", "It will be retried automatically.", connected=True
        )


def _body(reply: Reply) -> bytes:
    """The body, bounded in length; of an error, as much as came: what says most is its status."""
    body = bytearray()
    try:
        for part in reply.stream:
            body += part
            if len(body) > ANSWER_MAX:
                raise httpx.RemoteProtocolError("the answer is too long")
    except httpx.TransportError:
        if reply.status < 400:
            raise
    return bytes(body)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Names in lower case; the values of one that is there more than once as one list (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
