"""``/products.csv`` and ``.json``: the page's selection as a streamed download."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from folder_sync.report import formats
from folder_sync.report import products as shapes
from folder_sync.web.context import site_of
from folder_sync.web.product_selection import fits, selected


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
    found = (one for one in selected(site_of(request), query, "") if fits(one, query))
    headers = {"Content-Disposition": f'attachment; filename="products.{ending}"', "Cache-Control": "no-store"}
    return StreamingResponse((text.encode() for text in lines(found)), media_type=kind, headers=headers)
