"""Photos, histories and the state of the service in the shapes that the contract names, for JSON, CSV and the page."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from folder_sync.photo import State
from folder_sync.store.changes import Change
from folder_sync.store.photo_list import Listed
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
    "superseded_at",
    "superseded_by",
    "duplicate_of",
    "image_deleted_at",
    "is_hero_now",
    "machine",
    "shot",
    "width",
    "height",
    "sent_sha256",
    "notes",
)
"""In the order of the contract."""

MOMENTS: Final = ("not_before", "first_seen", "uploaded_at", "superseded_at", "image_deleted_at")
"""Those that are times, under the names that they have in a ``Record``, too."""

_REASON_AT: Final = PHOTO_COLUMNS.index("reason")
FLAT_COLUMNS: Final = (
    *PHOTO_COLUMNS[:_REASON_AT],
    "reason_code",
    "reason_message",
    *PHOTO_COLUMNS[_REASON_AT + 1 :],
)
"""The same where nothing nests: in CSV."""


def watch_status(folder: WatchStatus) -> str:
    """How a folder is watched, as a sentence for people."""
    if folder.poll_seconds is not None:
        how = f"scanned every {folder.poll_seconds:g} seconds."
    elif folder.heard_at is not None:
        heard_at = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(folder.heard_at)).rstrip()
        how = f"watched; last proven at {heard_at}."
    else:
        how = "watched; not proven yet."
    return f"{how} {folder.remark}".rstrip()


def photo(listed: Listed) -> dict[str, Any]:
    """``list --format json``: one object."""
    record = listed.record
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
        "superseded_at": iso(record.superseded_at),
        "superseded_by": record.successor if record.state is State.SUPERSEDED else None,
        "duplicate_of": record.duplicate_of,
        "image_deleted_at": iso(record.image_deleted_at),
        "is_hero_now": listed.is_hero_now,
        "machine": record.machine,
        "shot": record.details.shot,
        "width": record.details.width,
        "height": record.details.height,
        "sent_sha256": record.details.sent_sha256,
        "notes": [{"code": str(note.code), "message": note.message} for note in record.details.notes],
    }


def flat(listed: Listed) -> dict[str, Any]:
    """``list --format csv``: the same, the reason in two columns and the notes in one."""
    row = photo(listed)
    reason = row["reason"] or {}
    row |= {"reason_code": reason.get("code"), "reason_message": reason.get("message")}
    row["notes"] = "; ".join(f"{note['code']}: {note['message']}" for note in row["notes"])
    return {name: defused(row[name]) for name in FLAT_COLUMNS}


def event(entry: Event) -> dict[str, Any]:
    return {"at": iso(entry.at), "event": entry.event, "detail": entry.detail}


def change(step: Change) -> dict[str, Any]:
    """A line of ``changes``."""
    return {
        "cursor": step.cursor,
        "at": iso(step.at),
        "event": step.event,
        "detail": step.detail,
        "photo": photo(step.photo),
    }


_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""Some trim a cell first, and some take the wide forms of the signs for the signs."""


def defused(value: object) -> object:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe makes it text. A terminal would obey
    control characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    return display(f"'{value}" if _FORMULA.match(value) else value)
