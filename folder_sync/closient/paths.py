"""Where each request goes. Nothing but an id of Closient and digits gets into a path; all else is a ValueError."""

from __future__ import annotations

import re
from typing import Final

_SHORTUUID: Final = re.compile(r"[23456789A-HJ-NP-Za-km-z]{22}")


def upload_path(organization_id: str, gtin: str) -> str:
    return f"/dashboard/api/v1/trade-items/{_identifier(organization_id)}/{_digits(gtin)}/images"


def images_path(organization_id: str, gtin: str, page: int, page_size: int) -> str:
    """``page`` from 1; ``page_size`` 1 to 100."""
    return f"{upload_path(organization_id, gtin)}?page={page:d}&page_size={page_size:d}"


def image_path(organization_id: str, gtin: str, image_id: str) -> str:
    return f"{upload_path(organization_id, gtin)}/{_identifier(image_id)}"


def whoami_path() -> str:
    return "/account/api/v1/whoami"


def trade_item_path(gtin: str) -> str:
    return f"/products/api/v1/trade-items/{_digits(gtin)}"


def is_identifier(text: str) -> bool:
    """Whether this has the form of Closient's ids: a shortuuid of 22 characters."""
    return _SHORTUUID.fullmatch(text) is not None


def _identifier(text: str) -> str:
    if not is_identifier(text):
        raise ValueError(f"{text!r} is not a Closient id")
    return text


def _digits(gtin: str) -> str:
    if not re.fullmatch(r"[0-9]{8,14}", gtin):
        raise ValueError(f"{gtin!r} is not a GTIN")
    return gtin
