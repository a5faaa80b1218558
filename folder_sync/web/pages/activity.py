"""``/activity``: every step of every photo, the newest first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from folder_sync.store.glances import Glances
from folder_sync.text import display, path_text
from folder_sync.web.context import page, site_of, words_of
from folder_sync.web.cursors import cursor
from folder_sync.web.pages.photo import event_words
from folder_sync.web.views import step_words

AT_ONCE: Final = 60


@dataclass(frozen=True, slots=True)
class StepView:
    """``detail`` and ``said`` as in ``EventView``."""

    id: int
    photo: int
    at: float
    words: str
    detail: str
    said: str
    name: str


def activity(request: Request) -> Response:
    site, words, before = site_of(request), words_of(request), cursor(request.query_params.get("before"))
    steps = Glances(site.records.open()).steps(before, AT_ONCE + 1)
    shown = [
        StepView(
            step.id,
            step.photo,
            step.at,
            event_words(step.event),
            *step_words(step.detail, step.path, site, words),
            display(path_text(os.path.basename(step.path))),
        )
        for step in steps[:AT_ONCE]
    ]
    return page(
        request,
        "activity.html",
        section="/activity",
        steps=shown,
        newest="/activity" if before is not None else None,
        older=f"/activity?before={shown[-1].id}" if len(steps) > AT_ONCE else None,
    )
