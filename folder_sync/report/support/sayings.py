"""Sentences of the program's own that contain only its words and numbers. The bundle leaves out any other text."""

from __future__ import annotations

import re
from typing import Final

from folder_sync.photo import ReasonCode

_FILE_SYSTEMS: Final = "ext[234]|xfs|btrfs|zfs|tmpfs|overlay|vfat|exfat|ntfs3?|fuseblk|f2fs|nfs4?|cifs|smb3|9p|virtiofs"

_SAYINGS: Final = re.compile(
    "|".join(
        (
            # of `check`
            f"readable, on (?:{_FILE_SYSTEMS})",
            "is not there",
            "is not a folder",
            "may not be read",
            "does not answer",
            "watched natively, within the inotify limits",
            r"scanned every [0-9.]{1,9} seconds",
            "photos can't be moved or deleted in it, as \\[after\\] asks",
            "well formed, a (?:business|user|publishable) key",
            "is a publishable key, which is meant for browsers",
            "nobody is told: there is no address",
            "can't be sent",
            # of pauses and of the log
            "The request limit of the API key is used up\\.",
            "Closient answered with status [1-5][0-9]{2}\\.",
            "Closient does not accept the API key\\.",
            "Something between here and Closient answered [1-5][0-9]{2}, not Closient itself\\.",
            "it has changed since",
        )
    )
)

_API_CODES: Final = frozenset(
    {"bad_request", "unauthorized", "forbidden", "not_found", "conflict", "validation_error", "rate_limited"}
    | {"internal_error"}
)
"""*Errors*. Another word of the server's is the server's own."""


_NOTES: Final = frozenset(
    {"small", "not_srgb", "not_white", "rotated", "has_location", "heavy", "animated", "other_barcode"}
    | {"other_product", "says_primary", "first_page", "not_primary"}
)
_REASONS: Final = _NOTES | frozenset(map(str, ReasonCode))


def said(text: object) -> str | None:
    """``text``, where it is one of them."""
    return text if isinstance(text, str) and _SAYINGS.fullmatch(text) else None


def reason_code(code: str) -> str:
    """``code``, where it is one of the program's own or of the documented ones of the server."""
    return code if code in _REASONS or _is_documented(code) else "other"


def _is_documented(code: str) -> bool:
    kind, _, what = code.partition("_")
    return kind == "api" and (what in _API_CODES or re.fullmatch("[1-5][0-9]{2}", what, re.ASCII) is not None)
