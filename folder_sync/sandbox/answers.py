"""The answers that are not data: the error envelope, a proxy's page, a photo's bytes, and none at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

Details = list[dict[str, str]]

_PIECE: Final = 64 * 1024
_PIXEL: Final = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")
"""The GIF of one pixel by which the web says that there is no picture."""

_CODES: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    422: "VALIDATION_ERROR",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
}
"""From *Errors*. For other statuses the documentation names none, and the sandbox says ``HTTP_<status>``."""


class Refusal(Exception):
    """Ends a request with the documented error envelope."""

    def __init__(self, status: int, message: str, details: Details | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details or []

    def answer(self) -> JSONResponse:
        return envelope(self.status, self.message, details=self.details)


def problem(field: str, message: str) -> dict[str, str]:
    """One entry of a 422's ``details``."""
    return {"field": field, "message": message}


def envelope(status: int, message: str, *, code: str = "", details: Details | None = None) -> JSONResponse:
    code = code or _CODES.get(status, f"HTTP_{status}")
    error = {"code": code, "message": message, "status": status, "details": details or []}
    return JSONResponse({"error": error}, status)


def bare(status: int, body: str | None) -> Response:
    """What a proxy or a router answers when the service behind it does not: no envelope. Without a ``body``, a page."""
    page = f"<html><body><h1>{status}</h1><hr>proxy</body></html>\n" if body is None else body
    if page.startswith(("{", "[")):
        return Response(page, status, media_type="application/json")
    return HTMLResponse(page, status) if page else Response(status_code=status)


def placeholder() -> Response:
    return Response(_PIXEL, media_type="image/gif")


class Dropped(Response):
    """No answer: the connection is closed at once, or reset. ``status_code`` is 0.

    Nothing may be sent afterwards, so it waits for the server to notice; returning earlier would make uvicorn
    answer 500 on its own.
    """

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__(status_code=0)
        self._way = "reset" if reset else "drop"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - that is the point
        scope["state"][self._way]()
        while (await receive())["type"] != "http.disconnect":
            pass


class EarlyAnswer(Response):
    """An answer sent while the request's body is still arriving. The rest is read and discarded, as nginx does: closing
    a connection over unread bytes resets it, and loses the answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status_code, dict(answer.headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        while (await receive()).get("more_body", False):
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class FileAnswer(Response):
    """The bytes of a file and then ``tail``, sent in pieces from the disk."""

    def __init__(self, path: Path, media_type: str, *, tail: bytes = b"") -> None:
        length = path.stat().st_size + len(tail)
        super().__init__(headers={"Content-Length": str(length)}, media_type=media_type)
        self._path = path
        self._tail = tail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        with self._path.open("rb") as file:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece := file.read(_PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": self._tail, "more_body": False})
