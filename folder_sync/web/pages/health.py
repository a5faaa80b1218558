"""``/healthz`` and ``/livez``, for monitoring."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from folder_sync.errors import StoreUnavailable
from folder_sync.report.status import at_work
from folder_sync.web.context import site_of


def livez(_: Request) -> Response:
    """The page itself is alive."""
    return PlainTextResponse("ok\n")


def healthz(request: Request) -> Response:
    """The records can be read, and a service works on them."""
    records = site_of(request).records
    try:
        records.version()
        pid, _ = at_work(records.open())
    except StoreUnavailable as error:
        return PlainTextResponse(f"{error}\n", 503)
    if pid is None:
        return PlainTextResponse("The service is not running.\n", 503)
    return PlainTextResponse("ok\n")
