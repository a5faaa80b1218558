"""Photos, histories and the state of the service in the shapes that the contract names, for JSON, CSV and the page."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from folder_sync.photo import Record
from folder_sync.store.photo_queries import Event
from folder_sync.store.service_state import WatchStatus
from folder_sync.text import display, iso, path_text

PHOTO_COLUMNS: Final = (
    "id",
    "path",
    "account",
    "organization_id",
    "gtin",
    "title",
    "is_primary",
    "state",
    "reason",
    "image_id",
    "image_url",
    "sha256",
    "size",
    "attempts",
    "not_before",
    "first_seen",
    "uploaded_at",
)
"""In the order of the contract."""


def watch_status(folder: WatchStatus) -> str:
    """How a folder is watched, as a sentence for people."""
    if folder.poll_seconds is not None:
        how = f"looked through every {folder.poll_seconds:g} seconds."
    elif folder.heard_at is not None:
        how = f"watched; last proven at {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(folder.heard_at))}."
    else:
        how = "watched; not proven yet."
    return f"{how} {folder.remark}".rstrip()


def photo(record: Record) -> dict[str, Any]:
    """``list --format json``: one object."""
    reason = record.reason
    return {
        "id": record.id,
        "path": path_text(record.path),
        "account": record.account,
        "organization_id": record.organization_id,
        "gtin": record.gtin,
        "title": record.title,
        "is_primary": record.is_primary,
        "state": record.state.value,
        "reason": None if reason is None else {"code": str(reason.code), "message": reason.message},
        "image_id": record.image_id,
        "image_url": record.image_url,
        "sha256": record.sha256,
        "size": record.size,
        "attempts": record.attempts,
        "not_before": iso(record.not_before),
        "first_seen": iso(record.first_seen),
        "uploaded_at": iso(record.uploaded_at),
    }


def flat(record: Record) -> dict[str, Any]:
    """``list --format csv``: the same, the reason in two columns."""
    row = photo(record)
    reason = row.pop("reason") or {"code": None, "message": None}
    columns: dict[str, Any] = {}
    for name in PHOTO_COLUMNS:
        if name == "reason":
            columns |= {"reason_code": reason["code"], "reason_message": reason["message"]}
        else:
            columns[name] = row[name]
    return {name: _defused(value) for name, value in columns.items()}


def event(entry: Event) -> dict[str, Any]:
    return {"at": iso(entry.at), "event": entry.event, "detail": entry.detail}


_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""Some trim a cell first, and some take the wide forms of the signs for the signs."""


def _defused(value: object) -> object:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe makes it text. A terminal would obey
    control characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    return display(f"'{value}" if _FORMULA.match(value) else value)
