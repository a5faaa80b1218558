"""What the API answers, as its documentation shows it, for tests to send back whole or broken."""

from __future__ import annotations

import json
from typing import Any

ID = "vytxeTZskVKR7C7WgdSP3d"
ORGANIZATION = "mhvXdrZT4jP5T8vBxuvm75"
GTIN = "00012345678905"
IMAGE: dict[str, Any] = {
    "id": ID,
    "title": "Front of package",
    "is_primary": True,
    "priority": 2,
    "created": "2026-01-02T03:04:05Z",
    "image_url": "https://www.closient.com/media/x.jpg",
}
PAGINATION = {
    "page": 2,
    "page_size": 1,
    "total_count": 3,
    "total_pages": 3,
    "has_next": True,
    "has_previous": True,
}


def sent(value: object) -> bytes:
    return json.dumps(value).encode()


def envelope(status: int, code: object, message: object, details: object = None) -> bytes:
    return sent({"error": {"code": code, "message": message, "status": status, "details": details}})
