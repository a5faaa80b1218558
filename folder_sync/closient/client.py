"""The HTTP adapter: sends what ``paths`` and ``multipart`` describe, and translates httpx's exceptions, once.

Importing httpx costs 80 ms, so this is imported only where something is sent. Two rules shape it:

* Whether a photo can have landed is known from the body: until its last chunk has been handed over, the server
  can't have all that Content-Length announced, so whatever goes wrong is NotSent. After that it is OutcomeUnknown.
* The key goes to ``base_url`` and nowhere else. A proxy from the environment is used for https, where it sees only
  ciphertext; plain http goes directly.

Requests go through transports, one to a thread, and not through httpx's ``Client``: redirects, cookies and
credentials from ``.netrc``, which that adds, are just what must not be, and they took a fifth of an upload's time.
What httpx still gives are its addresses, time-outs and errors.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import httpx

from folder_sync.closient import answers, multipart, paths
from folder_sync.closient.answers import ImagePage, WhoAmI
from folder_sync.closient.body import Body, check_bytes, open_file, opened
from folder_sync.closient.fields import plain
from folder_sync.closient.headers import Heard, heard
from folder_sync.closient.keys import ApiKey
from folder_sync.closient.transport import Reply, Target, Transport, network_for
from folder_sync.errors import ApiError, Intermediary, NotSent, OutcomeUnknown
from folder_sync.photo import Content, Cut, Image, Label
from folder_sync.rules.requests import Call, Ending, ending_of
from folder_sync.version import program_version

ANSWER_MAX: Final = 1024 * 1024
"""The longest answer that is read, in bytes: a full page of 100 images is a tenth of it."""

IDLE_SECONDS: Final = 4.0
"""How long an unused connection is kept. Below uvicorn's 5 s: a server that closes a connection just as it is
used again takes a whole small photo with it, and each such OutcomeUnknown costs a request to settle."""

MADE_KNOWN: Final = 256
"""So many images that were made last are known, to tell an answer that comes once more."""

_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""What OpenSSL, older and newer, says of an answer in plain text."""

_NOT_CONNECTED: Final = (
    httpx.ConnectError,  # refused, no such host, TLS
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is sent in place of a file, the bytes of which are ``original``."""

    file: bytes
    original: Content


class Client:
    """One key's way to the API; threads may share it.

    Every method raises what its reader in ``answers`` raises, or NotSent; a deletion whose answer is lost is
    OutcomeUnknown. ``on_heard`` is told of every answer, errors included, before the method returns or raises,
    from the calling thread; it must not raise. ``open_file`` opens photos for reading: it returns a descriptor, or
    raises FileChanged or OSError. ``on_progress`` is called whenever a chunk of a photo was sent;
    ``on_ended`` after every request, with how it ended and the seconds that it took: it must not raise.
    ``may_complete`` is asked before a photo's last byte: where it says no, that is NotSent.
    Raises ConfigInvalid where the environment names a proxy or certificates that can't be used.
    """

    def __init__(
        self,
        base_url: str,
        key: ApiKey,
        *,
        connect_seconds: float,
        read_seconds: float,
        on_heard: Callable[[Heard], None],
        open_file: Callable[[bytes], int] = open_file,
        on_progress: Callable[[], None] = lambda: None,
        on_ended: Callable[[Call, Ending, float], None] = lambda _call, _ending, _seconds: None,
        may_complete: Callable[[], bool] = lambda: True,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._on_progress = on_progress
        self._on_ended = on_ended
        self._may_complete = may_complete
        self._open_file = open_file
        self._on_heard = on_heard
        self._read_seconds = read_seconds
        timeout = httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds)
        self._extensions = {"timeout": timeout.as_dict()}
        self._made: deque[str] = deque(maxlen=MADE_KNOWN)
        self._of_thread = threading.local()
        self._transports: list[Transport] = []
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
            (b"X-API-Key", key.value.encode("ascii")),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            for transport in self._transports:
                transport.close()

    def upload(
        self,
        organization_id: str,
        label: Label,
        file: bytes,
        content: Content,
        media_type: str,
        cuts: Collection[Cut] = (),
        instead: Instead | None = None,
    ) -> Image:
        """Upload the file at the path ``file`` if it is still ``content``, which is verified while it is sent; with
        ``cuts`` in place of what stands there, or ``instead`` of all of it.

        Raises FileChanged where it is not, or is gone, and OSError where it can't be read: then the request was
        never made, or was broken off before its last byte.
        """
        with self._counted(Call.UPLOAD):
            return self._upload(organization_id, label, file, content, media_type, cuts, instead)

    def _upload(
        self,
        organization_id: str,
        label: Label,
        file: bytes,
        content: Content,
        media_type: str,
        cuts: Collection[Cut],
        instead: Instead | None,
    ) -> Image:
        frame = multipart.frame(label, media_type, secrets.token_hex(16))
        with ExitStack() as stack:
            if instead is None:
                original, descriptor = None, stack.enter_context(opened(file, content, self._open_file))
            else:
                original = stack.enter_context(opened(file, instead.original, self._open_file))
                descriptor = stack.enter_context(opened(instead.file, content, open_file))
            body = Body(descriptor, file, content, frame, self._on_progress, cuts, original, self._may_complete)
            if instead is not None and original is not None:  # by now, what becomes of it is noticed
                check_bytes(original, file, instead.original.sha256)
            headers = [
                *self._headers,
                (b"Content-Type", frame.content_type.encode("ascii")),
                (b"Content-Length", b"%d" % frame.length(content.size)),
            ]
            path = paths.upload_path(organization_id, label.gtin)
            answer = self._ask(b"POST", path, lambda: body.finished, headers, body)
        if not body.finished and answer.status < 300:
            raise OutcomeUnknown("Closient answered before it had the whole photo.", status=answer.status)
        try:
            image = answers.read_image(*answer)
        except OutcomeUnknown as exc:
            if body.finished or isinstance(exc, Intermediary):
                raise
            raise NotSent(exc.title, exc.hint, connected=True) from exc
        if image.id in self._made:
            # Each upload makes an image of its own: this is the answer to an earlier one, and ours comes behind it.
            self._transport().close()
            raise OutcomeUnknown("Closient named the image of another photo.", status=answer.status)
        self._made.append(image.id)
        return image

    def images(self, organization_id: str, gtin: str, page: int = 1, page_size: int = 100) -> ImagePage:
        with self._counted(Call.LIST):
            return answers.read_images(*self._get(paths.images_path(organization_id, gtin, page, page_size)))

    def delete_image(self, organization_id: str, gtin: str, image_id: str) -> None:
        path = paths.image_path(organization_id, gtin, image_id)
        with self._counted(Call.DELETE):
            answers.read_deleted(*self._ask(b"DELETE", path, lambda: True, self._headers))

    def whoami(self) -> WhoAmI:
        with self._counted(Call.WHOAMI):
            return answers.read_whoami(*self._get(paths.whoami_path()))

    def trade_item(self, gtin: str) -> None:
        """Raises UnknownProduct where the catalogue does not know it."""
        with self._counted(Call.LOOKUP):
            answers.read_trade_item(*self._get(paths.trade_item_path(gtin)))

    @contextmanager
    def _counted(self, call: Call) -> Iterator[None]:
        begun, error = time.monotonic(), None
        try:
            yield
        except Exception as exc:
            error = exc
            raise
        finally:
            self._on_ended(call, ending_of(error), time.monotonic() - begun)

    def _get(self, path: str) -> _Answer:
        return self._ask(b"GET", path, lambda: False, self._headers)

    def _ask(
        self,
        method: bytes,
        path: str,
        acted_on: Callable[[], bool],
        headers: Sequence[tuple[bytes, bytes]],
        body: Body | None = None,
    ) -> _Answer:
        """``acted_on``: whether the server can have done anything with the request by now."""
        target = self._base.with_path(path)
        try:
            reply = self._transport().ask(method, target, headers, body, self._extensions)
            with closing(reply.stream):
                answer_headers = _joined(reply.headers)
                self._on_heard(heard(reply.status, answer_headers))
                return _Answer(reply.status, answer_headers, _body(reply))
        except httpx.RequestError as exc:
            raise self._failed(exc, acted_on()) from exc

    def _transport(self) -> Transport:
        """This thread's own: its one connection is its own too, and nobody waits for anybody."""
        transport: Transport | None = getattr(self._of_thread, "transport", None)
        if transport is None:
            transport = Transport(self._network, answer_seconds=self._read_seconds, idle_seconds=self._idle_seconds)
            self._of_thread.transport = transport
            with self._lock:
                self._transports.append(transport)
        return transport

    def _failed(self, exc: httpx.RequestError, acted_on: bool) -> ApiError:
        why = plain(str(exc)).rstrip(".") or type(exc).__name__
        if any(reason in why for reason in _NOT_TLS):
            return NotSent(f"{self._host} does not speak https at this port.", "Check base_url in the configuration.")
        if isinstance(exc, _NOT_CONNECTED):
            return NotSent(
                f"No connection to {self._host}: {why}.", "It will be retried automatically; check the network."
            )
        if acted_on:
            return OutcomeUnknown(f"The answer of {self._host} was lost: {why}.")
        return NotSent(
            f"The connection to {self._host} broke: {why}.", "It will be retried automatically.", connected=True
        )


class _Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


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
