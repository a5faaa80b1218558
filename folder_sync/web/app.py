"""The page as a Starlette application: routes, middleware and error pages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from folder_sync.errors import StoreUnavailable
from folder_sync.web import problems
from folder_sync.web.context import HERE, Site
from folder_sync.web.events import APART_SECONDS, Changes
from folder_sync.web.guard import Guard
from folder_sync.web.metrics import metrics
from folder_sync.web.pages import (
    activity,
    downloads,
    health,
    home,
    names,
    photo,
    photos,
    product,
    product_downloads,
    products,
    sign_in,
)
from folder_sync.web.pages import changes as api_changes
from folder_sync.web.shared import GOOD_SECONDS, Shared

_STREAM: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def create_app(site: Site, apart: float = APART_SECONDS, *, good_seconds: float = GOOD_SECONDS) -> Starlette:
    """``apart``: as in ``Changes``; ``good_seconds``: how long a page that many follow is good without a change."""
    changes = Changes(site.version, site.records.store.news, apart)

    async def events(_: Request) -> Response:
        if changes.is_full:
            return Response(status_code=204)  # an EventSource does not come back after that; the page is loaded by hand
        known = (
            await changes.seen()
        )  # a page refreshes itself when the headers come, and counts on every change after that
        return StreamingResponse(changes.listen(known), media_type="text/event-stream", headers=_STREAM)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            site.completenesses.close()
            site.thumbnails.close()
            site.records.close()

    app = Starlette(
        routes=[
            Route("/", home.home),
            Route("/wall", home.wall),
            Route("/photos", photos.photos),
            Route("/photos.csv", downloads.csv),
            Route("/photos.json", downloads.json),
            Route("/photos.jsonl", downloads.jsonl),
            Route("/retry", photos.retry, methods=["POST"]),
            Route("/photos/{id:int}", photo.photo),
            Route("/photos/{id:int}/thumbnail", photo.thumbnail),
            Route("/photos/{id:int}/retry", photo.retry, methods=["POST"]),
            Route("/products", products.products),
            Route("/products.csv", product_downloads.csv),
            Route("/products.json", product_downloads.json),
            Route("/products/{gtin}", product.product),
            Route("/activity", activity.activity),
            Route("/names", names.names),
            Route("/sign-in", sign_in.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", sign_in.sign_out, methods=["POST"]),
            Route("/events", events),
            Route("/api/changes", api_changes.changes),
            Route("/metrics", metrics),
            Route("/livez", health.livez),
            Route("/healthz", health.healthz),
            Mount("/static", _Static(directory=HERE / "static")),
        ],
        middleware=[Middleware(Guard, web=site.settings.web, sessions=site.sessions, refuse=problems.refuse)],
        exception_handlers={
            HTTPException: problems.on_http,
            problems.Wrong: problems.on_wrong,
            StoreUnavailable: problems.on_store,
            Exception: problems.on_defect,
        },
        lifespan=lifespan,
    )
    app.state.site = site
    app.state.changes = changes
    app.state.shared = Shared(changes, good_seconds)
    return app


class _Static(StaticFiles):
    """Asked for with the digest of what is there, so it may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if scope.get("query_string"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
