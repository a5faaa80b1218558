"""Pages about what can't be shown: turned away, not found, wrongly asked, or a store that is out of reach."""

from __future__ import annotations

from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from folder_sync.errors import FolderSyncError, StoreUnavailable
from folder_sync.web import record_words
from folder_sync.web.context import page, words_of

log = structlog.get_logger()

TURNED_AWAY: Final = {
    "host": (
        "This page was requested under a name that is not its own.",
        "Open it as 127.0.0.1, or have the name added to allowed_hosts in [web].",
    ),
    "body": ("That is too much at once.", "Send less."),
    "origin": ("This was sent by another site.", "Go back, reload the page, and try again."),
    "sign-in": ("Sign in first.", "The page to do so is /sign-in."),
    "role": ("You may look, but not act.", "Sign in with the other password to do that."),
}


SENTENCES: Final = {
    404: ("There is nothing here.", "Perhaps it was removed. Start at the first page."),
    405: ("That does not work here.", "Start at the first page."),
    500: ("That did not work.", "Start at the first page."),
}


class Wrong(FolderSyncError):
    """A request that makes no sense. The title is one of the page's sentences."""


def refuse(request: Request, status: int, why: str) -> Response:
    said = words_of(request)
    title, hint = (said(sentence) for sentence in TURNED_AWAY[why])
    return answer(request, status, title, hint)


def answer(request: Request, status: int, title: str, hint: str, *, comes_back: bool = False) -> Response:
    """A page for people, JSON for programs."""
    if request.url.path.endswith((".json", ".jsonl")) or request.url.path.startswith("/api/"):
        return JSONResponse({"error": title, "hint": hint}, status)
    return page(request, "problem.html", status=status, title=title, hint=hint, comes_back=comes_back)


async def on_http(request: Request, error: Exception) -> Response:
    said = words_of(request)
    status = error.status_code if isinstance(error, HTTPException) else 500
    title, hint = SENTENCES.get(status, SENTENCES[500])
    return answer(request, status, said(title), said(hint))


async def on_defect(request: Request, error: Exception) -> Response:
    """The traceback goes to the log, never to the reader."""
    log.error("page_failed", path=request.url.path, exc_info=error)
    title, hint = (words_of(request)(sentence) for sentence in SENTENCES[500])
    return answer(request, 500, title, hint)


async def on_wrong(request: Request, error: Exception) -> Response:
    if not isinstance(error, Wrong):
        raise error
    said = words_of(request)
    return answer(request, 400, said(error.title), said(error.hint))


async def on_store(request: Request, error: Exception) -> Response:
    """It comes back by itself: with script the page looks again when there is news, without when it is loaded."""
    if not isinstance(error, StoreUnavailable):
        raise error
    said = words_of(request)
    title, hint = (record_words.said_anew(text, said) or text for text in (error.title, error.hint))
    response = answer(request, 503, title, hint, comes_back=True)
    response.headers["Retry-After"] = "5"
    return response
