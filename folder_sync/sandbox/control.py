"""The sandbox's own endpoints under ``/_sandbox``: script faults and look behind the scenes from another process.

They need no key and take nothing from any quota.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from folder_sync.sandbox.answers import envelope
from folder_sync.sandbox.faults import Fault
from folder_sync.sandbox.state import Sandbox

_CHANGES: Final[Mapping[str, Callable[..., None]]] = {
    "revoke_key": Sandbox.revoke_key,
    "restore_key": Sandbox.restore_key,
    "leave_organization": Sandbox.leave_organization,
    "join_organization": Sandbox.join_organization,
    "change_organization": Sandbox.change_organization,
    "unknown_product": Sandbox.unknown_product,
    "known_product": Sandbox.known_product,
    "latency": Sandbox.set_latency,
    "clock_skew": Sandbox.set_clock_skew,
    "image_urls": Sandbox.set_image_urls,
    "titles": Sandbox.set_titles,
    "list_lag": Sandbox.set_list_lag,
}
"""Kinds that last until changed back, beside those of :class:`Fault`; their parameters are the methods'."""


def script(sandbox: Sandbox, entry: Mapping[str, Any]) -> None:
    """Do one entry, ``{"kind": …, parameters…}``. Raises ``ValueError``, ``TypeError`` or ``KeyError``."""
    parameters = dict(entry)
    change = _CHANGES.get(parameters.get("kind", ""))
    if change is None:
        sandbox.faults.append(Fault.from_json(parameters))
    else:
        del parameters["kind"]
        change(sandbox, **parameters)


def control_routes(sandbox: Sandbox) -> list[Route]:
    async def add_fault(request: Request) -> Response:
        try:
            script(sandbox, json.loads(await request.body()))
        except (ValueError, TypeError, KeyError) as exc:
            return envelope(422, f"Not a fault: {exc}")
        return Response(status_code=204)

    async def clear_faults(_: Request) -> Response:
        sandbox.faults.clear()
        return Response(status_code=204)

    async def ledger(_: Request) -> Response:
        return JSONResponse([asdict(arrival) for arrival in sandbox.ledger.arrivals])

    async def calls(_: Request) -> Response:
        return JSONResponse([asdict(call) for call in sandbox.ledger.calls])

    async def state(_: Request) -> Response:
        return JSONResponse(
            {
                "url": sandbox.url,
                "key": sandbox.key,
                "organization_id": sandbox.organization_id,
                "images": len(sandbox.catalogue.all_images),
                "unknown_products": sandbox.catalogue.unknown,
                "image_urls": [asdict(rule) for rule in sandbox.catalogue.image_urls],
                "titles": sandbox.catalogue.titles,
                "list_lag": sandbox.catalogue.list_lag,
                "faults": [asdict(fault) for fault in sandbox.faults.pending],
                "latency": sandbox.faults.latency,
                "clock_skew": sandbox.clock.skew,
                "over_quota": sandbox.quota.refused,
            }
        )

    return [
        Route("/_sandbox/faults", add_fault, methods=["POST"]),
        Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
        Route("/_sandbox/ledger", ledger),
        Route("/_sandbox/calls", calls),
        Route("/_sandbox/state", state),
    ]
