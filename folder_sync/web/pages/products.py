"""``/products`` and ``/products/GTIN``: what each product has, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from folder_sync.photo import State
from folder_sync.report import formats
from folder_sync.report import products as shapes
from folder_sync.rules.names import gtin as gtins
from folder_sync.rules.names.shots import folded
from folder_sync.store.glances import Glances
from folder_sync.store.photo_list import PhotoList
from folder_sync.store.photo_pages import PhotoPages
from folder_sync.text import display
from folder_sync.web.context import Site, page, site_of, words_of
from folder_sync.web.problems import Wrong
from folder_sync.web.record_words import in_words
from folder_sync.web.views import STATES, PhotoView, photo_view
from folder_sync.web.words import Words

AT_ONCE: Final = 60
LOOKED_THROUGH: Final = 1_500
"""How many products one page of a filter searches before it offers to search on."""

FOUND_BY_PHOTOS: Final = 500
PHOTOS: Final = 200
CURRENT: Final = frozenset(State) - {State.SUPERSEDED, State.DUPLICATE, State.MISSING}

MISSING: Final = "missing"
"""Words for a shot without a photo."""

TABS: Final = (("", "All"), ("incomplete", "Incomplete"), ("without_hero", "Without a hero"))


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ProductRow:
    gtin: str
    sku: str | None
    name: str | None
    uploaded: int
    has_primary: bool
    queued: int
    waiting: int
    rejected: int
    missing: Sequence[str]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class ProductsView:
    headline: str
    tabs: Sequence[Tab]
    kept: Sequence[tuple[str, str]]
    products: Sequence[ProductRow]
    first: str | None
    next: str | None
    downloads: Sequence[tuple[str, str]]
    looks_on: bool
    has_list: bool
    has_shots: bool
    complete: str
    problem: tuple[str, str]
    """Of the products file, in the reader's language, else in English."""


def products(request: Request) -> Response:
    query, words = request.query_params, words_of(request)
    site, after = site_of(request), _after(query)
    looked_at = islice(_selected(site, query, after), LOOKED_THROUGH)
    shown: list[shapes.Described] = []
    last, through = "", 0
    for product in looked_at:
        last, through = product.known.gtin, through + 1
        if _fits(product, query):
            shown.append(product)
        if len(shown) == AT_ONCE:
            break
    is_more = len(shown) == AT_ONCE or through == LOOKED_THROUGH
    filters = [(name, query[name]) for name in ("q", "incomplete", "without_hero") if query.get(name)]
    tabbed = [pair for pair in filters if pair[0] == "q"]
    view = ProductsView(
        headline=words("Products"),
        tabs=[
            Tab(
                words(name),
                _address([*tabbed, (flag, "1")] if flag else tabbed),
                bool(query.get(flag)) if flag else not (query.get("incomplete") or query.get("without_hero")),
            )
            for flag, name in TABS
        ],
        kept=[pair for pair in filters if pair[0] != "q"],
        products=[_row(product, words) for product in shown],
        first=_address(filters) if after else None,
        next=_address([*filters, ("after", last)]) if is_more else None,
        downloads=[
            (name, f"/products.{ending}?{urlencode(filters)}")
            for name, ending in (("CSV (Excel)", "csv"), ("JSON", "json"))
        ],
        looks_on=is_more and len(shown) < AT_ONCE,
        has_list=site.catalogue.is_configured,
        has_shots=bool(site.settings.shots),
        complete=complete_words(site, words),
        problem=in_words(site.catalogue.problem, words),
    )
    return page(request, "products.html", section="/products", view=view)


def product(request: Request) -> Response:
    site, words = site_of(request), words_of(request)
    try:
        gtin = gtins.parse(request.path_params["gtin"])
    except gtins.NotAGtin:
        raise HTTPException(404) from None
    database = site.records.open()
    photos = Glances(database).of_product(gtin, PHOTOS)
    known = list(_report(site).all([gtin]))
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


def csv(request: Request) -> Response:
    """With UTF-8's mark and GTINs as text, as Excel opens it right."""

    def lines(found: Iterator[shapes.Described]) -> Iterator[str]:
        rows = (shapes.flat(product) | {"gtin": f'="{product.known.gtin}"'} for product in found)
        yield "\ufeff"
        yield from formats.csv_rows(shapes.COLUMNS, rows)

    return _download(request, "csv", "text/csv; charset=utf-8", lines)


def json(request: Request) -> Response:
    return _download(request, "json", "application/json", lambda found: formats.json_array(map(shapes.product, found)))


def _download(
    request: Request, ending: str, kind: str, lines: Callable[[Iterator[shapes.Described]], Iterable[str]]
) -> Response:
    query = request.query_params
    found = (one for one in _selected(site_of(request), query, "") if _fits(one, query))
    headers = {"Content-Disposition": f'attachment; filename="products.{ending}"', "Cache-Control": "no-store"}
    return StreamingResponse((text.encode() for text in lines(found)), media_type=kind, headers=headers)


def complete_words(site: Site, words: Words) -> str:
    """How far the products file is done; empty where there is none, or it is still being counted."""
    found = site.completenesses.last() if site.catalogue.is_configured else None
    if found is None or not found.all:
        return ""
    return words("{n} of {all} products are complete.", n=words.number(found.complete), all=words.number(found.all))


def _report(site: Site) -> shapes.ProductReport:
    return shapes.ProductReport(site.records.open(), site.settings, site.catalogue.listing())


def _selected(site: Site, query: QueryParams, after: str) -> Iterator[shapes.Described]:
    search = query.get("q", "").strip()[:200]
    if not search:
        return _report(site).all(after=after)
    sought = folded(search)
    wanted = {
        line.gtin
        for line in site.catalogue.products().listed
        if sought in folded(line.name) or sought in folded(line.sku) or sought in line.gtin
    }
    return _report(site).all(wanted | PhotoPages(site.records.open()).gtins(search, FOUND_BY_PHOTOS), after)


def _fits(product: shapes.Described, query: QueryParams) -> bool:
    if query.get("incomplete") and product.is_complete:
        return False
    return not (query.get("without_hero") and product.known.has_primary)


def _lacking(taken: shapes.TakenShot, words: Words) -> str:
    """A shot, and how far its photo has come where there is one."""
    name = display(taken.shot.name)
    return f"{name} ({words(STATES[taken.photo.state][0])})" if taken.photo else name


def _row(product: shapes.Described, words: Words) -> ProductRow:
    known, line = product.known, product.listed
    return ProductRow(
        known.gtin,
        display(line.sku) if line else None,
        display(line.name) if line else None,
        known.uploaded,
        known.has_primary,
        known.queued,
        known.waiting,
        known.rejected,
        [_lacking(taken, words) for taken in product.shots if taken.is_missing],
        product.is_complete,
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
    """Of the account that has come furthest."""
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


def _after(query: QueryParams) -> str:
    after = query.get("after", "")
    if after and not (after.isascii() and after.isdigit() and len(after) == 14):
        raise Wrong("This address of a page is not understood.", "Start at the first page.")
    return after


def _address(query: Iterable[tuple[str, str]]) -> str:
    text = urlencode(list(query))
    return f"/products?{text}" if text else "/products"
