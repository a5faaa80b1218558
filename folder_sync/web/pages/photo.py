"""``/photos/ID``: one photo, all that is known of it, and another chance for it; ``/photos/ID/thumbnail``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from folder_sync.photo import Record, State
from folder_sync.store.glances import Glances
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.retrying import Retrying
from folder_sync.text import display
from folder_sync.web.context import HERE, page, site_of, words_of
from folder_sync.web.views import ANSWERS, STATES, photo_view

VERSIONS: Final = 24
LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventView:
    at: float
    words: str
    detail: str


def photo(request: Request) -> Response:
    site, words = site_of(request), words_of(request)
    found = _found(request)
    database = site.records.open()
    history = [
        EventView(event.at, event_words(event.event), display(event.detail))
        for event in reversed(PhotoQueries(database).history(found.id))
    ]
    versions = Glances(database).versions(found, VERSIONS)
    return page(
        request,
        "photo.html",
        section="/photos",
        photo=photo_view(found, site, words),
        history=history,
        versions=[photo_view(other, site, words) for other in versions],
        answer=_answered(request),
    )


def thumbnail(request: Request) -> Response:
    found = site_of(request).thumbnails.of(photo := _found(request))
    if found is None:
        # Drawn by us, and never a drawing of the studio's: an SVG could act.
        answer: Response = FileResponse(HERE / "static" / "placeholder.svg", headers={"Cache-Control": "no-cache"})
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer
    digest, data = found
    tag = f'"{digest}"'
    named = photo.sha256 is not None and request.url.query == photo.sha256[:16]
    headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable" if named else "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="image/webp", headers=headers)


def retry(request: Request) -> Response:
    """POST; goes back to where it was asked, with the answer."""
    found = _found(request)
    with site_of(request).records.writing() as database:
        answer = Retrying(database).retry(found, time.time(), vouches=True)
    code = "queued" if answer.accepted else "refused"
    return RedirectResponse(f"/photos/{found.id}?answer={code}", 303)


def event_words(event: str) -> str:
    if event == "moved":
        return "moved"
    try:
        return STATES[State(event)][0]
    except ValueError:
        return event


def _answered(request: Request) -> str:
    said = ANSWERS.get(request.query_params.get("answer", ""))
    return words_of(request)(said) if said else ""


def _found(request: Request) -> Record:
    number: int = request.path_params["id"]
    found = PhotoQueries(site_of(request).records.open()).by_id(number) if number <= LARGEST_ID else None
    if found is None:
        raise HTTPException(404)
    return found
