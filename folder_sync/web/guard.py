"""Wraps every answer: checks who is asking, and adds headers that restrict what a browser may do with it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from folder_sync.settings import Web
from folder_sync.web import access
from folder_sync.web.access import Role
from folder_sync.web.sessions import Sessions

COOKIE: Final = "folder_sync_session"

BODY_BYTES: Final = 16 * 1024
"""The largest form that the page reads."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Sent with every answer. An answer that sets its own policy keeps it."""

Refuse = Callable[[Request, int, str], Response]
"""Makes a page that says in one sentence why it refuses a request."""


class Guard:
    """The outermost layer. ``refuse`` makes the pages for refused requests."""

    def __init__(self, app: ASGIApp, *, web: Web, sessions: Sessions, refuse: Refuse) -> None:
        self._app = app
        self._web = web
        self._sessions = sessions
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = self._turned_away(request)
        app = self._app if answer is None else answer
        await app(scope, _bounded(receive), _with_headers(send, request))

    def _turned_away(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if not access.is_asked_for(host, self._web.host, self._web.allowed_hosts):
            return self._refuse(request, 421, "host")
        if _length(request.headers) > BODY_BYTES:
            return self._refuse(request, 413, "body")
        changes = request.method not in ("GET", "HEAD", "OPTIONS")
        if changes and not access.is_same_origin(
            host, request.headers.get("origin"), request.headers.get("sec-fetch-site")
        ):
            return self._refuse(request, 403, "origin")
        role = self._sessions.role_of(request.cookies.get(COOKIE), time.monotonic())
        request.scope.setdefault("state", {})["role"] = role
        if role is Role.NOBODY and not self._is_open(request):
            if changes or not _is_a_page(request):
                return self._refuse(request, 401, "sign-in")
            return RedirectResponse("/sign-in", 303)
        if changes and role is Role.LOOK and not self._is_open(request):
            return self._refuse(request, 403, "role")
        return None

    def _is_open(self, request: Request) -> bool:
        path = request.url.path
        if path in access.OPEN_PATHS or path.startswith("/static/") or path == "/sign-out":
            return True
        return path == "/metrics" and request.client is not None and access.is_loopback(request.client.host)


def _is_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdigit() and len(text) < 20 else BODY_BYTES + 1


def _bounded(receive: Receive) -> Receive:
    """Reads a body of unannounced length no further than an announced one may go."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        return message if read <= BODY_BYTES else {"type": "http.disconnect"}

    return bounded


def _with_headers(send: Send, request: Request) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Date", formatdate(usegmt=True))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if headers.get("content-type", "").startswith("text/html"):
                headers["Cache-Control"] = "no-store"
            if request.url.scheme == "https":
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await send(message)

    return sending
