"""``/products/GTIN``: one product's photos and shots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from folder_sync.photo import State
from folder_sync.report import products as shapes
from folder_sync.rules.names import gtin as gtins
from folder_sync.store.glances import Glances
from folder_sync.store.photo_list import PhotoList
from folder_sync.text import display
from folder_sync.web.context import page, site_of, words_of
from folder_sync.web.product_selection import report
from folder_sync.web.views import STATES, PhotoView, photo_view
from folder_sync.web.words import Words

PHOTOS: Final = 200
CURRENT: Final = frozenset(State) - {State.SUPERSEDED, State.DUPLICATE, State.MISSING}

MISSING: Final = "missing"
"""Words for a shot without a photo."""


def product(request: Request) -> Response:
    site, words = site_of(request), words_of(request)
    try:
        gtin = gtins.parse(request.path_params["gtin"])
    except gtins.NotAGtin:
        raise HTTPException(404) from None
    database = site.records.open()
    photos = Glances(database).of_product(gtin, PHOTOS)
    known = list(report(site).all([gtin]))
    heroes = {listed.record.id for listed in PhotoList(database).of(photo.id for photo in photos) if listed.is_hero_now}

    def views(*, current: bool) -> list[PhotoView]:
        return [
            photo_view(photo, site, words, is_hero_now=photo.id in heroes)
            for photo in photos
            if (photo.state in CURRENT) is current
        ]

    if not photos and not known:
        raise HTTPException(404)
    return page(
        request,
        "product.html",
        section="/products",
        gtin=gtin,
        line=site.catalogue.listing().of.get(gtin),
        shots=_shots(known),
        sentence=_sentence(known, words),
        photos=views(current=True),
        past=views(current=False),
    )


@dataclass(frozen=True, slots=True)
class ShotView:
    """``words``: how far its photo has come; ``photo``: an id."""

    name: str
    codes: Sequence[str]
    required: bool
    words: str
    tone: str
    photo: int | None


def _shots(known: Sequence[shapes.Described]) -> list[ShotView]:
    """For the account that has come furthest."""
    best = max(known, key=lambda one: one.known.uploaded, default=None)
    views: list[ShotView] = []
    for taken in best.shots if best else ():
        state = STATES[taken.photo.state] if taken.photo else (MISSING, "bad" if taken.shot.required else "past")
        views.append(
            ShotView(
                display(taken.shot.name),
                [display(code) for code in taken.shot.codes],
                taken.shot.required,
                *state,
                taken.photo.id if taken.photo else None,
            )
        )
    return views


def _sentence(known: Sequence[shapes.Described], words: Words) -> str:
    uploaded = sum(product.known.uploaded for product in known)
    if not uploaded:
        return words("None of its photos is in the catalogue yet.")
    said = words.count(uploaded, "{n} photo is in the catalogue.", "{n} photos are in the catalogue.")
    if missing := sorted({display(name) for product in known for name in product.missing}):
        said += " " + words("Missing: {names}.", names=", ".join(missing))
    if not any(product.known.has_primary for product in known):
        said += " " + words("None of them is the hero.")
    return said
