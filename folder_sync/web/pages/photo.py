"""``/photos/ID``: all that is known of one photo, and `retry` for it; ``/photos/ID/thumbnail``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from folder_sync.photo import Record, State
from folder_sync.store.glances import Glances
from folder_sync.store.photo_list import PhotoList
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.retrying import Retrying
from folder_sync.web.another_try import after_one, answered
from folder_sync.web.context import HERE, page, site_of, words_of
from folder_sync.web.views import STATES, photo_view, step_words

VERSIONS: Final = 24
LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventView:
    """``said``: the same in English, where it is not known in the reader's language."""

    at: float
    words: str
    detail: str
    said: str


def photo(request: Request) -> Response:
    site, words = site_of(request), words_of(request)
    found = _found(request)
    database = site.records.open()
    history = [
        EventView(event.at, event_words(event.event), *step_words(event.detail, found.path, site, words))
        for event in reversed(PhotoQueries(database).history(found.id))
    ]
    versions = Glances(database).versions(found, VERSIONS)
    is_hero_now = any(listed.is_hero_now for listed in PhotoList(database).of([found.id]))
    return page(
        request,
        "photo.html",
        section="/photos",
        photo=photo_view(found, site, words, is_hero_now=is_hero_now),
        history=history,
        versions=[photo_view(other, site, words) for other in versions],
        answer=answered(request),
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


async def retry(request: Request) -> Response:
    """POST; goes back to where it was asked, with the answer."""
    back = (await request.form()).get("back")

    def tried() -> str:
        found = _found(request)
        with site_of(request).records.writing() as database:
            answer = Retrying(database).retry(found, database.clock(), vouches=True)
            return after_one(str(back or ""), found.id, answer)

    return RedirectResponse(await run_sync(tried), 303)


def event_words(event: str) -> str:
    if event == "moved":
        return "moved"
    try:
        return STATES[State(event)][0]
    except ValueError:
        return event


def _found(request: Request) -> Record:
    number: int = request.path_params["id"]
    found = PhotoQueries(site_of(request).records.open()).by_id(number) if number <= LARGEST_ID else None
    if found is None:
        raise HTTPException(404)
    return found
