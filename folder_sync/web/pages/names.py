"""``/names``: how names are understood, what is wrong with them, the right name to copy. The photographer's manual."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from folder_sync.rules.names import convention
from folder_sync.text import display
from folder_sync.web.context import page, words_of
from folder_sync.web.views import explained
from folder_sync.web.words import Words

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class NameView:
    name: str
    ok: bool
    gtin: str = ""
    title: str = ""
    is_primary: bool = False
    why: str = ""
    said: str = ""
    suggestion: str = ""


def names(request: Request) -> Response:
    query, words = request.query_params, words_of(request)
    pasted = query.get("names", "")
    gtin, title, primary = query.get("gtin", "").strip(), query.get("title", "").strip(), bool(query.get("primary"))
    return page(
        request,
        "names.html",
        section="/names",
        names=pasted,
        gtin=gtin,
        title=title,
        primary=primary,
        built=_read(_built(gtin, title, primary=primary), words) if gtin else None,
        read=[_read(line.strip(), words) for line in pasted.splitlines() if line.strip()][:MOST],
    )


def _built(gtin: str, title: str, *, primary: bool) -> str:
    parts = [gtin, re.sub(r"\s+", "_", title), "primary" if primary else ""]
    return "__".join(part for part in parts if part) + ".jpg"


def _read(name: str, words: Words) -> NameView:
    understood = convention.parse(name)
    match understood:
        case convention.Named(label=label):
            return NameView(
                display(name), ok=True, gtin=label.gtin, title=display(label.title), is_primary=label.is_primary
            )
        case convention.Ignored(reason):
            return NameView(display(name), ok=False, why=words("Such files are left alone."), said=display(str(reason)))
    why, said = explained(understood.reason, words)
    meant = display(understood.suggestion) if understood.suggestion else ""
    return NameView(display(name), ok=False, why=why, said=said, suggestion=meant)
