"""An answer other than the expected one, as the error it stands for (*Errors*).

RateLimited for 429, KeyRefused for 401, Forbidden for 403, UnknownProduct for 404, Refused for any other 4xx, and
OutcomeUnknown for all else: a 5xx, a redirect (never followed, it could carry the key away), or a success of a kind
that was not promised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from folder_sync.closient.fields import NotUnderstood, decoded, mapping, plain, words
from folder_sync.closient.headers import heard
from folder_sync.errors import (
    ApiError,
    Forbidden,
    KeyRefused,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)

_RETRY_UNSAID: Final = 60.0  # a 429 that names no time: the shorter of the documented windows

_KINDS: Final[Mapping[int, tuple[type[ApiError], str, str]]] = {
    401: (
        KeyRefused,
        "Closient does not accept the API key",
        "If it was revoked, make a new one in Closient and put it in the key file.",
    ),
    403: (
        Forbidden,
        "Closient does not allow this with the API key",
        "Its role must be Owner, Manager or Editor, and the product must be the organization's own.",
    ),
    404: (UnknownProduct, "Closient does not know this product or image", ""),
}


def failure(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The error that an answer other than the expected one stands for."""
    code, message = _envelope(body)
    said = f": {message}." if message else "."
    if status == 429:
        quota = heard(status, headers)
        waits = (quota.retry_after, quota.reset_seconds, _RETRY_UNSAID)
        return RateLimited(
            "The request limit of the API key is used up.",
            "Uploads go on by themselves when it is free again.",
            retry_after=next(wait for wait in waits if wait is not None),
        )
    if status in _KINDS:
        kind, title, hint = _KINDS[status]
        return kind(title + said, hint)
    if status == 413:
        title = f"The file is larger than Closient accepts{said}"
        return Refused(title, "Export the photo smaller.", status=status, code="too_large")
    if 400 <= status < 500:
        title = f"Closient refused the request ({status}){said}"
        return Refused(title, status=status, code=code or f"api_{status}")
    hint = "Check base_url in the configuration." if 300 <= status < 400 else ""
    return OutcomeUnknown(f"Closient answered with status {status}{said}", hint, status=status)


def _envelope(body: bytes) -> tuple[str | None, str]:
    """The reason code and the words of an error envelope, or nothing where there is none (a proxy's page)."""
    try:
        error = mapping(mapping(decoded(body), "envelope").get("error"), "error")
    except NotUnderstood:
        return None, ""
    code = re.sub(r"[^a-z0-9_]+", "_", (words(error.get("code")) or "").lower())[:40].strip("_")
    details = error.get("details")
    listed = details if isinstance(details, list) else []
    parts = [words(error.get("message")), *map(_detail, listed)]
    return f"api_{code}" if code else None, plain("; ".join(part.rstrip(".") for part in parts if part))


def _detail(value: object) -> str | None:
    """``{"field": "title", "message": "too long"}`` as ``title: too long``."""
    if not isinstance(value, dict):
        return None
    return ": ".join(filter(None, (words(value.get("field")), words(value.get("message")))))
