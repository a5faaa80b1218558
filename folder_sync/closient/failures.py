"""An answer other than the expected one, as the error it stands for (*Errors*).

KeyRefused for 401, Refused for 413 and RateLimited for 429, whoever says so. Any other 4xx is Closient's word only in
its error envelope: Forbidden for 403, UnknownProduct for 404, Refused for the rest. Without one it is Intermediary: a
router's 404 once made a known photo go twice. OutcomeUnknown for all else: a 5xx, a try that timed out or came too
early (408, 425, 499), a redirect (never followed, it could carry the key away), or a success of a kind that was not
promised.
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
    Intermediary,
    KeyRefused,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)

_RETRY_UNSAID: Final = 60.0  # a 429 that names no time: the shorter of the documented windows

_NOT_FINAL: Final = frozenset({408, 425, 499})
"""Time-out, too early, closed by the client: they speak of one try, not of what was asked."""


def failure(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The error that an answer other than the expected one stands for."""
    error = _envelope(body)
    message = "" if error is None else _message(error)
    said = f": {message}." if message else "."
    match status:
        case 401:
            return KeyRefused(
                f"Closient does not accept the API key{said}",
                "If it was revoked, create a new one in Closient and put it into the key file.",
            )
        case 413:
            title = f"The file is larger than Closient accepts{said}"
            return Refused(title, "Export the photo smaller.", status=status, code="too_large")
        case 429:
            quota = heard(status, headers)
            waits = (quota.retry_after, quota.reset_seconds, _RETRY_UNSAID)
            return RateLimited(
                "The request limit of the API key is used up.",
                "Uploads resume automatically once there is room again.",
                retry_after=next(wait for wait in waits if wait is not None),
            )
        case _ if 400 <= status < 500 and error is None:
            return Intermediary(status)
        case 403:
            return Forbidden(
                f"Closient does not allow this with the API key{said}",
                "Its role must be Owner, Manager or Editor, and the product must be the organization's own.",
            )
        case 404:
            return UnknownProduct(f"Closient does not know this product or image{said}")
        case _ if error is not None and 400 <= status < 500 and status not in _NOT_FINAL:
            title = f"Closient refused the request ({status}){said}"
            return Refused(title, status=status, code=_code(error) or f"api_{status}")
    hint = "Check base_url in the configuration." if 300 <= status < 400 else ""
    return OutcomeUnknown(f"Closient answered with status {status}{said}", hint, status=status)


def _envelope(body: bytes) -> Mapping[str, object] | None:
    """What is in the documented envelope: its code, a text, tells it from the JSON of gateways. None without one."""
    try:
        error = mapping(mapping(decoded(body), "envelope").get("error"), "error")
    except NotUnderstood:
        return None
    return error if isinstance(error.get("code"), str) else None


def _code(error: Mapping[str, object]) -> str | None:
    code = re.sub(r"[^a-z0-9_]+", "_", (words(error.get("code")) or "").lower())[:40].strip("_")
    return f"api_{code}" if code else None


def _message(error: Mapping[str, object]) -> str:
    details = error.get("details")
    listed = details if isinstance(details, list) else []
    parts = [words(error.get("message")), *map(_detail, listed)]
    return plain("; ".join(part.rstrip(".") for part in parts if part))


def _detail(value: object) -> str | None:
    """``{"field": "title", "message": "too long"}`` as ``title: too long``."""
    if not isinstance(value, dict):
        return None
    return ": ".join(filter(None, (words(value.get("field")), words(value.get("message")))))
