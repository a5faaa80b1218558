"""``/api/changes``: what the command ``changes`` prints, a piece at a time, for programs on other machines."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from folder_sync.report import serialize
from folder_sync.store.changes import Change, Changes, NotACursor
from folder_sync.web.context import site_of
from folder_sync.web.problems import Wrong

AT_ONCE: Final = 100
MOST: Final = 1_000


def changes(request: Request) -> Response:
    """``next`` is what ``after`` has to be in the following request; null where no step is known at all."""
    after = request.query_params.get("after", "")
    left = _limit(request.query_params.get("limit"))
    try:
        steps = Changes(site_of(request).records.open(), after)
    except NotACursor as error:
        raise Wrong(
            "There is no such cursor in these records.",
            "Use one that came from them, or leave it out to start from the beginning.",
        ) from error
    found: list[Change] = []
    while len(found) < left and (more := steps.more(left - len(found))):
        found += more
    body = {
        "changes": [serialize.change(change) for change in found],
        "next": found[-1].cursor if found else after or None,
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _limit(text: str | None) -> int:
    if not text:
        return AT_ONCE
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise Wrong(
            "This limit is not understood.", "It is a whole number from 1 on; more than 1000 are never given at once."
        )
    return min(int(text), MOST)
