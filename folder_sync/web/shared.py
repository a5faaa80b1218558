"""Pages that many browsers follow at once, such as the wall: rendered once for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from folder_sync.web.context import role_of, words_of
from folder_sync.web.events import Changes

GOOD_SECONDS: Final = 2.0
"""A quota refills, and a pause ends, without a change of the records."""


class Shared:
    """While somebody listens, changes are noticed within half a second: until then the last rendering is still good."""

    def __init__(self, changes: Changes, good_seconds: float = GOOD_SECONDS) -> None:
        self._changes = changes
        self._good_seconds = good_seconds
        self._lock = threading.Lock()
        self._made: dict[Hashable, tuple[int, float, bytes]] = {}

    def answer(self, request: Request, make: Callable[[], Response]) -> Response:
        """``make``: a page with nothing of one reader's own but language and role."""
        if request.url.query or not self._changes.are_watched:
            return make()
        key = (request.url.path, words_of(request).tag, role_of(request))
        with self._lock:
            number, now = self._changes.number, time.monotonic()
            known = self._made.get(key)
            if known is not None and known[0] == number and now - known[1] < self._good_seconds:
                return HTMLResponse(known[2])
            response = make()
            if response.status_code == 200:
                self._made[key] = number, now, bytes(response.body)
            return response


def shared_of(request: Request) -> Shared:
    shared: Shared = request.app.state.shared
    return shared
