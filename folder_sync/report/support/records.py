"""The photos and how the service stands, with pseudonyms for all that is the studio's."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from typing import Any, Final

from folder_sync.photo import State
from folder_sync.report.status import Status
from folder_sync.report.support.pseudonyms import Pseudonyms, shape
from folder_sync.report.support.sayings import reason_code, said
from folder_sync.store.photo_list import EVERYTHING, Listed, PhotoList, Selection
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Reader
from folder_sync.text import iso

MOST_PHOTOS: Final = 5_000
"""The newest, and as many of those that stopped on their way or are on it."""

_EVENTS: Final = frozenset(State) | {"moved"}
_UNFINISHED: Final = frozenset(State) - {State.UPLOADED, State.SUPERSEDED}


def photos(database: Reader, pseudonyms: Pseudonyms) -> Iterator[dict[str, Any]]:
    """By id. Raises StoreUnavailable when it comes to what can't be read."""
    found, queries = PhotoList(database), PhotoQueries(database)
    newest = found.photos(EVERYTHING, MOST_PHOTOS)
    unfinished = found.photos(Selection(states=_UNFINISHED), MOST_PHOTOS)
    both = merge(newest, unfinished, key=lambda listed: listed.record.id)
    for id_, (listed, *_) in groupby(both, key=lambda listed: listed.record.id):
        history = queries.history(id_)
        steps = [
            {"at": iso(event.at), "event": event.event if event.event in _EVENTS else "other"} for event in history
        ]
        yield _photo(listed, pseudonyms) | {"history": steps}


def _photo(listed: Listed, pseudonyms: Pseudonyms) -> dict[str, Any]:
    record = listed.record
    return {
        "id": record.id,
        "path": pseudonyms.photo(record.path, record.id),
        "name": shape(record.path),
        "account": pseudonyms.of("account", record.account),
        "organization_id": pseudonyms.of("organization", record.organization_id),
        "gtin": pseudonyms.of("gtin", record.gtin),
        "title": pseudonyms.of("title", record.title),
        "title_characters": len(record.title),
        "is_primary": record.is_primary,
        "state": record.state.value,
        "reason": None if record.reason is None else reason_code(record.reason.code),
        "image_id": pseudonyms.of("image", record.image_id),
        "has_image_url": record.image_url is not None,
        "sha256": pseudonyms.of("bytes", record.sha256),
        "size": record.size,
        "format": record.format and record.format.value,
        "attempts": record.attempts,
        "absences": record.absences,
        "not_before": iso(record.not_before),
        "first_seen": iso(record.first_seen),
        "started_at": iso(record.started_at),
        "uploaded_at": iso(record.uploaded_at),
        "superseded_at": iso(record.superseded_at),
        "superseded_by": record.successor,
        "duplicate_of": record.duplicate_of,
        "image_deleted_at": iso(record.image_deleted_at),
        "shot": pseudonyms.of("title", record.details.shot),
        "width": record.details.width,
        "height": record.details.height,
        "notes": [reason_code(note.code) for note in record.details.notes],
        "is_hero_now": listed.is_hero_now,
    }


def status(found: Status, as_of: float, pseudonyms: Pseudonyms) -> dict[str, Any]:
    return {
        "as_of": iso(as_of),
        "service": {
            "running": found.pid is not None,
            "since": iso(found.since),
            "pauses": [
                {"scope": pseudonyms.scope(note.scope), "reason": said(note.reason), "until": iso(note.until)}
                for note in found.pauses
            ],
        },
        "counts": {state.value: count for state, count in found.counts.items()},
        "remarks": found.remarks,
        "differences": sum(found.differences.values()),
        "quota": [
            {
                "account": pseudonyms.of("account", account),
                "window_seconds": standing.window.seconds,
                "limit": standing.window.limit,
                "remaining": standing.remaining,
            }
            for account, standing in found.quota
        ],
        "oldest_queued_at": iso(found.oldest_queued_at),
        "last_uploaded_at": iso(found.last_uploaded_at),
        "backlog_clears_at": iso(found.backlog_clears_at),
        "products_to_look_up": found.to_look_up,
        "held": {
            "count": found.held,
            "files": [
                {"path": pseudonyms.path(file.path), "since": iso(file.since), "why": file.why.value}
                for file in found.held_files
            ],
        },
        "folders": [
            {
                "path": pseudonyms.folder(folder.folder),
                "backend": folder.backend if folder.backend in ("native", "polling") else "other",
                "heard_at": iso(folder.heard_at),
                "poll_seconds": folder.poll_seconds,
                "about": folder.about.value,
            }
            for folder in found.folders
        ],
    }
