"""A photo in words: where its file is, and what became of it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from folder_sync.photo import Record, State
from folder_sync.report.moments import local
from folder_sync.store.photo_list import Listed
from folder_sync.text import display, path_text


def outcome(photo: Listed, roots: Sequence[bytes], now: float, *, notes_in_full: bool = False) -> str:
    """The image id, or what is in its way; after it the notes, by their codes or in full; empty where there is nothing
    to say. ``roots``: the watched folders."""
    notes = photo.record.details.notes
    said = "; ".join(f"{note.code}: {note.message}" if notes_in_full else note.code for note in notes)
    outcome = _outcome(photo, roots, now)
    if notes_in_full or not outcome:
        return "; ".join(filter(None, (outcome, said)))
    return f"{outcome} ({said})" if said else outcome


def _outcome(photo: Listed, roots: Sequence[bytes], now: float) -> str:
    record = photo.record
    match record.state:
        case State.SUPERSEDED:
            return _replaced(record)
        case State.DUPLICATE if photo.original is not None:
            return _copied(photo.original, roots)
        case State.MISSING:
            return "the file went away before it was uploaded; put it back, and it goes"
        case State.QUEUED if record.not_before is not None and record.not_before > now:
            return f"not before {local(record.not_before)}"
    if record.reason is not None:
        return f"{record.reason.code}: {record.reason.message}"
    return record.image_id or ""


def _copied(original: Record, roots: Sequence[bytes]) -> str:
    end = f"image {original.image_id}" if original.image_id else f"which is {original.state}"
    return f'the same photo as "{path_below(original.path, roots)}" (photo {original.id}), {end}'


def _replaced(record: Record) -> str:
    by = f" by photo {record.successor}" if record.successor is not None else ""
    at = f" on {local(record.superseded_at)}" if record.superseded_at is not None else ""
    gone = record.image_deleted_at
    image = "is still in the catalogue" if gone is None else f"was deleted there on {local(gone)}"
    return f"replaced{by}{at}; its image {record.image_id} {image}"


def path_below(path: bytes, roots: Sequence[bytes]) -> str:
    """The path below the watched folder; where several are watched, the folder's name before it; else all of it."""
    root = max((root for root in roots if path.startswith(root + b"/")), key=len, default=None)
    if root is None:
        return path_text(path)
    names = [os.path.basename(other) for other in roots]
    if len(roots) > 1:
        if names.count(os.path.basename(root)) > 1:
            return path_text(path)
        root = os.path.dirname(root).rstrip(b"/")
    return path_text(path[len(root) + 1 :])


def shown_path(path: bytes, roots: Sequence[bytes]) -> str:
    return display(path_below(path, roots))
