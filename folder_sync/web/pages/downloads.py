"""``/photos.csv``, ``.json``, ``.jsonl``: the page's selection as a streamed download."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from folder_sync.report import formats, serialize
from folder_sync.store.photo_list import Listed, PhotoList
from folder_sync.web.context import site_of
from folder_sync.web.pages.photos import selection

_AT_ONCE: Final = 200


def csv(request: Request) -> Response:
    """As Excel opens it right: UTF-8 with its mark, GTINs as text, times of this machine."""
    return _download(request, "csv", "text/csv; charset=utf-8", lambda found: formats.csv_lines(found, for_excel=True))


def json(request: Request) -> Response:
    return _download(request, "json", "application/json", lambda found: formats.json_array(map(serialize.photo, found)))


def jsonl(request: Request) -> Response:
    def lines(found: Iterator[Listed]) -> Iterator[str]:
        return (formats.json_line(serialize.photo(photo)) + "\n" for photo in found)

    return _download(request, "jsonl", "application/x-ndjson", lines)


def _download(request: Request, ending: str, kind: str, lines: Callable[[Iterator[Listed]], Iterable[str]]) -> Response:
    wanted = selection(request.query_params)
    found = PhotoList(site_of(request).records.open()).photos(wanted)
    headers = {"Content-Disposition": f'attachment; filename="photos.{ending}"', "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(lines(found)), media_type=kind, headers=headers)


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    rest = iter(texts)
    while text := "".join(islice(rest, _AT_ONCE)):
        yield text.encode()
