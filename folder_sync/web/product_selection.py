"""Which products a page or a download of them is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from starlette.datastructures import QueryParams

from folder_sync.report import products as shapes
from folder_sync.rules.names.shots import folded
from folder_sync.store.photo_pages import PhotoPages
from folder_sync.web.context import Site

FOUND_BY_PHOTOS: Final = 500
"""At most so many products are found by what is known of their photos."""


def report(site: Site) -> shapes.ProductReport:
    return shapes.ProductReport(site.records.open(), site.settings, site.catalogue.listing())


def selected(site: Site, query: QueryParams, after: str) -> Iterator[shapes.Described]:
    """Those that ``q`` finds, by GTIN, those after the GTIN ``after`` (empty: all). Raises StoreUnavailable."""
    search = query.get("q", "").strip()[:200]
    if not search:
        return report(site).all(after=after)
    sought = folded(search)
    wanted = {
        line.gtin
        for line in site.catalogue.products().listed
        if sought in folded(line.name) or sought in folded(line.sku) or sought in line.gtin
    }
    return report(site).all(wanted | PhotoPages(site.records.open()).gtins(search, FOUND_BY_PHOTOS), after)


def fits(product: shapes.Described, query: QueryParams) -> bool:
    """Whether the filters ``incomplete`` and ``without_hero``, where they are set, let it through."""
    if query.get("incomplete") and product.is_complete:
        return False
    return not (query.get("without_hero") and product.known.has_primary)
