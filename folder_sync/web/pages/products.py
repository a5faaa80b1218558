"""``/products``: what each product has, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from folder_sync.report import products as shapes
from folder_sync.text import display
from folder_sync.web.context import Site, page, site_of, words_of
from folder_sync.web.problems import Wrong
from folder_sync.web.product_selection import fits, selected
from folder_sync.web.record_words import in_words
from folder_sync.web.views import STATES
from folder_sync.web.words import Words

AT_ONCE: Final = 60
LOOKED_THROUGH: Final = 1_500
"""How many products one page of a filter searches before it offers to search on."""

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
    """What is wrong with the products file, in the reader's language, else in English."""


def products(request: Request) -> Response:
    query, words = request.query_params, words_of(request)
    site, after = site_of(request), _after(query)
    looked_at = islice(selected(site, query, after), LOOKED_THROUGH)
    shown: list[shapes.Described] = []
    last, through = "", 0
    for product in looked_at:
        last, through = product.known.gtin, through + 1
        if fits(product, query):
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


def complete_words(site: Site, words: Words) -> str:
    """How far the products file is done; empty where there is none, or it is still being counted."""
    found = site.completenesses.last() if site.catalogue.is_configured else None
    if found is None or not found.all:
        return ""
    return words("{n} of {all} products are complete.", n=words.number(found.complete), all=words.number(found.all))


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


def _after(query: QueryParams) -> str:
    after = query.get("after", "")
    if after and not (after.isascii() and after.isdigit() and len(after) == 14):
        raise Wrong("This address of a page is not understood.", "Start at the first page.")
    return after


def _address(query: Iterable[tuple[str, str]]) -> str:
    text = urlencode(list(query))
    return f"/products?{text}" if text else "/products"
