"""The calls of the API: what ``paths`` and ``multipart`` describe is sent, and what ``answers`` reads is returned.

Whether a photo can have landed is known from the body: until its last chunk has been handed over, the server can't
have all that Content-Length announced, so whatever goes wrong is NotSent. After that it is OutcomeUnknown.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Self

from folder_sync.closient import answers, multipart, paths
from folder_sync.closient.answers import ImagePage, WhoAmI
from folder_sync.closient.body import Body, check_bytes, open_file, opened
from folder_sync.closient.exchange import IDLE_SECONDS, Answer, Exchange
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey
from folder_sync.errors import Intermediary, NotSent, OutcomeUnknown
from folder_sync.photo import Content, Cut, Image, Label
from folder_sync.rules.requests import Call, Ending, ending_of

MADE_KNOWN: Final = 256
"""How many of the last images made are known, to tell an answer that comes twice."""


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
        self._on_progress = on_progress
        self._on_ended = on_ended
        self._may_complete = may_complete
        self._open_file = open_file
        self._made: deque[str] = deque(maxlen=MADE_KNOWN)
        self._exchange = Exchange(
            base_url,
            key,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
            idle_seconds=idle_seconds,
            on_heard=on_heard,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._exchange.close()

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
        frame = multipart.frame(label, media_type, secrets.token_hex(16))
        with self._counted(Call.UPLOAD), ExitStack() as stack:
            if instead is None:
                original, descriptor = None, stack.enter_context(opened(file, content, self._open_file))
            else:
                original = stack.enter_context(opened(file, instead.original, self._open_file))
                descriptor = stack.enter_context(opened(instead.file, content, open_file))
            body = Body(descriptor, file, content, frame, self._on_progress, cuts, original, self._may_complete)
            if instead is not None and original is not None:  # by now, what becomes of it is noticed
                check_bytes(original, file, instead.original.sha256)
            headers = [
                (b"Content-Type", frame.content_type.encode("ascii")),
                (b"Content-Length", b"%d" % frame.length(content.size)),
            ]
            path = paths.upload_path(organization_id, label.gtin)
            answer = self._exchange.ask(b"POST", path, lambda: body.finished, headers, body)
            return self._new(_image(answer, body), answer.status)

    def _new(self, image: Image, status: int) -> Image:
        if image.id in self._made:
            # Each upload makes an image of its own: this is the answer to an earlier one, and ours comes after it.
            self._exchange.hang_up()
            raise OutcomeUnknown("Closient named the image of another photo.", status=status)
        self._made.append(image.id)
        return image

    def images(self, organization_id: str, gtin: str, page: int = 1, page_size: int = 100) -> ImagePage:
        """On a connection of its own: what a proxy said late, and about another product, shows no absence."""
        self._exchange.hang_up()
        with self._counted(Call.LIST):
            return answers.read_images(*self._get(paths.images_path(organization_id, gtin, page, page_size)))

    def delete_image(self, organization_id: str, gtin: str, image_id: str) -> None:
        path = paths.image_path(organization_id, gtin, image_id)
        with self._counted(Call.DELETE):
            answers.read_deleted(*self._exchange.ask(b"DELETE", path, lambda: True))

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

    def _get(self, path: str) -> Answer:
        return self._exchange.ask(b"GET", path, lambda: False)


def _image(answer: Answer, body: Body) -> Image:
    """What an upload became, by its answer and by how much of it had been sent."""
    if not body.finished and answer.status < 300:
        raise OutcomeUnknown("Closient answered before it had the whole photo.", status=answer.status)
    try:
        return answers.read_image(*answer)
    except OutcomeUnknown as exc:
        if body.finished or isinstance(exc, Intermediary):
            raise
        raise NotSent(exc.title, exc.hint, connected=True) from exc
