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

from folder_sync.photo import Gtin14, State
from folder_sync.report import formats
from folder_sync.report import products as shapes
from folder_sync.rules.names import gtin as gtins
from folder_sync.store.glances import Glances
from folder_sync.store.photo_pages import PhotoPages
from folder_sync.store.ports import Database
from folder_sync.store.products import Product, Products
from folder_sync.web.context import page, site_of, words_of
from folder_sync.web.problems import Wrong
from folder_sync.web.views import photo_view
from folder_sync.web.words import Words

AT_ONCE: Final = 60
LOOKED_THROUGH: Final = 5_000
"""Products that are looked through for one page of a filter; then it says where to go on."""

FOUND_BY_PHOTOS: Final = 500
PHOTOS: Final = 200
CURRENT: Final = frozenset(State) - {State.SUPERSEDED, State.DUPLICATE, State.MISSING}

TABS: Final = (("", "All"), ("incomplete", "Incomplete"), ("without_hero", "Without a hero"))


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ProductRow:
    gtin: str
    name: str | None
    uploaded: int
    has_primary: bool
    queued: int
    waiting: int
    rejected: int
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProductsView:
    headline: str
    tabs: Sequence[Tab]
    kept: Sequence[tuple[str, str]]
    products: Sequence[ProductRow]
    first: str | None
    next: str | None
    downloads: Sequence[tuple[str, str]]


def products(request: Request) -> Response:
    query, words = request.query_params, words_of(request)
    after = _after(query)
    looked_at = islice(_selected(site_of(request).records.open(), query, after), LOOKED_THROUGH)
    shown: list[Product] = []
    last, through = "", 0
    for product in looked_at:
        last, through = product.gtin, through + 1
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
        products=[_row(product) for product in shown],
        first=_address(filters) if after else None,
        next=_address([*filters, ("after", last)]) if is_more else None,
        downloads=[
            (name, f"/products.{ending}?{urlencode(filters)}")
            for name, ending in (("CSV (Excel)", "csv"), ("JSON", "json"))
        ],
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
    if not photos:
        raise HTTPException(404)
    known = list(Products(database).all([gtin]))
    shape = shapes.product(known[0]) if known else None
    return page(
        request,
        "product.html",
        section="/products",
        gtin=gtin,
        product=shape,
        sentence=_sentence(known, words),
        photos=[photo_view(photo, site.roots, words) for photo in photos if photo.state in CURRENT],
        past=[photo_view(photo, site.roots, words) for photo in photos if photo.state not in CURRENT],
    )


def csv(request: Request) -> Response:
    """With UTF-8's mark and GTINs as text, as Excel opens it right."""

    def lines(found: Iterator[Product]) -> Iterator[str]:
        rows = (shapes.flat(product) | {"gtin": f'="{product.gtin}"'} for product in found)
        yield "\ufeff"
        yield from formats.csv_rows(shapes.COLUMNS, rows)

    return _download(request, "csv", "text/csv; charset=utf-8", lines)


def json(request: Request) -> Response:
    return _download(request, "json", "application/json", lambda found: formats.json_array(map(shapes.product, found)))


def _download(
    request: Request, ending: str, kind: str, lines: Callable[[Iterator[Product]], Iterable[str]]
) -> Response:
    query = request.query_params
    found = (one for one in _selected(site_of(request).records.open(), query, "") if _fits(one, query))
    headers = {"Content-Disposition": f'attachment; filename="products.{ending}"', "Cache-Control": "no-store"}
    return StreamingResponse((text.encode() for text in lines(found)), media_type=kind, headers=headers)


def _selected(database: Database, query: QueryParams, after: str) -> Iterator[Product]:
    search = query.get("q", "").strip()[:200]
    wanted: set[Gtin14] | None = None
    if search:
        wanted = PhotoPages(database).gtins(search, FOUND_BY_PHOTOS)
    return Products(database).all(wanted, after)


def _fits(product: Product, query: QueryParams) -> bool:
    if query.get("incomplete") and shapes.product(product)["complete"]:
        return False
    return not (query.get("without_hero") and product.has_primary)


def _row(product: Product) -> ProductRow:
    shape = shapes.product(product)
    return ProductRow(
        product.gtin,
        shape["name"],
        product.uploaded,
        product.has_primary,
        product.queued,
        product.waiting,
        product.rejected,
        shape["missing"],
    )


def _sentence(known: Sequence[Product], words: Words) -> str:
    uploaded = sum(product.uploaded for product in known)
    if not uploaded:
        return words("None of its photos is in the catalogue yet.")
    said = words.count(uploaded, "{n} photo is in the catalogue.", "{n} photos are in the catalogue.")
    if not any(product.has_primary for product in known):
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
