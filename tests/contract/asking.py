"""Asking the sandbox by plain HTTP, as any client would."""

from __future__ import annotations

from typing import Final

import httpx

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.sniffing import sniff
from folder_sync.sandbox.state import Sandbox

GTIN: Final = "00012345678905"
OTHER: Final = "09521234500018"
JPEG: Final = photo_bytes(Format.JPEG, width=48)


def images_path(sandbox: Sandbox, gtin: str = GTIN, organization_id: str | None = None) -> str:
    return f"/dashboard/api/v1/trade-items/{organization_id or sandbox.organization_id}/{gtin}/images"


def upload(
    http: httpx.Client,
    sandbox: Sandbox,
    gtin: str = GTIN,
    *,
    data: bytes = JPEG,
    headers: dict[str, str] | None = None,
    organization_id: str | None = None,
    **fields: str,
) -> httpx.Response:
    found = sniff(data)
    image = ("x.jpg", data, found.media_type if found else "image/jpeg")
    return http.post(images_path(sandbox, gtin, organization_id), data=fields, files={"image": image}, headers=headers)


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, once the envelope is seen to have exactly the documented keys."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "status", "details"}
    assert body["error"]["status"] == answer.status_code
    assert body["error"]["message"]
    return answer.status_code, body["error"]["code"]


def fields_at_fault(answer: httpx.Response) -> list[str]:
    assert error(answer) == (422, "VALIDATION_ERROR")
    details = answer.json()["error"]["details"]
    assert all(set(detail) == {"field", "message"} for detail in details)
    return [detail["field"] for detail in details]
