"""Rows of the photo table as values. One list of columns, one way to read them."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from folder_sync.photo import Cut, Details, Fingerprint, Format, Gtin14, Reason, Record, State
from folder_sync.store.ports import Result

COLUMNS: Final = (
    "id, folder, name, place, account, organization_id, gtin, title, is_primary, number, state, reason_code, "
    "reason_message, image_id, image_url, sha256, size, format, mtime_ns, ctime_ns, attempts, absences, not_before, "
    "looked_for, first_seen, started_at, uploaded_at, arrival, successor, duplicate_of, superseded_at, "
    "image_deleted_at, shot, width, height, notes, sent_sha256, cuts, "
    "recipe, sent_size, sent_format, machine, watcher, gone_at, put_away"
)

AS_READ: Final = "arrival = :arrival AND started_at IS NOT DISTINCT FROM :started_at"
"""Of a record that was read before a question took its time: no other version has taken its place meanwhile, and it was
not sent since.
"""

CURRENT: Final = "replaced = 0"
"""The record that stands for its path, not an older version of it."""

PRESENT: Final = f"{CURRENT} AND put_away = 0 AND gone_at IS NULL"
"""Its file stands there, as far as is known; or went away before it was sent, in `missing`."""

WATCHED: Final = "watcher = :watcher"
"""Whose its path is."""

REUSABLE: Final = "state = 'superseded' AND is_primary = 0 AND deleting_at IS NULL"
"""A photo that was replaced, and whose image is surely still in the catalogue, and as good as a new one. No hero's is:
a later one took its place, and only a new upload is the hero again."""


# With the CAST, for SQLite makes a new plan for each value of a bare parameter that a partial index might be about.
ALIKE: Final = (
    "account = :account AND gtin = :gtin AND sha256 = :sha256 AND title = :title"
    " AND is_primary = CAST(:is_primary AS INTEGER)"
)
"""The same upload: the same bytes for the same product, with the same label."""


def as_read(photo: Record) -> dict[str, object]:
    """Parameters of AS_READ."""
    return {"id": photo.id, "arrival": photo.arrival, "started_at": photo.started_at}


def in_values(name: str, values: Collection[object]) -> tuple[str, dict[str, object]]:
    """SQL for the list after IN, and its parameters, called ``name`` and a number."""
    parameters = {f"{name}{number}": value for number, value in enumerate(values)}
    return f"({', '.join(f':{key}' for key in parameters) or 'NULL'})", parameters


def in_watchers(watchers: Sequence[str]) -> tuple[str, dict[str, object]]:
    """SQL for photos whose paths are one of theirs, and its parameters."""
    if len(watchers) == 1:
        return "watcher = :watcher0", {"watcher0": watchers[0]}  # which SQLite knows to be an order
    marks, parameters = in_values("watcher", watchers)
    return f"watcher IN {marks}", parameters


def in_states(states: Collection[State]) -> str:
    """SQL, with the condition of each state's index, word for word: else SQLite does not see that it serves."""
    parts = (f"(state = '{state}'{_WITH.get(state, _STOPPED)})" for state in states)
    return f"({' OR '.join(parts)})"


_WITH: Final = {
    State.QUEUED: "",
    State.UPLOADING: " AND state IN ('uploading', 'unconfirmed')",
    State.UPLOADED: "",
}
_STOPPED: Final = " AND state NOT IN ('queued', 'uploading', 'uploaded')"


def path_of(folder: bytes, name: bytes, place: bytes | None) -> bytes:
    """Where a photo's file is: in its folder, or where the service has put it."""
    return os.path.join(folder, name) if place is None else place


def record(row: Sequence[Any]) -> Record:
    """The value of a row selected with COLUMNS."""
    folder: bytes
    name: bytes
    place: bytes | None
    # fmt: off
    (id_, folder, name, place, account, organization_id, gtin, title, is_primary, number, state, reason_code,
     reason_message, image_id, image_url, sha256, size, format_, mtime_ns, ctime_ns, attempts, absences, not_before,
     looked_for, first_seen, started_at, uploaded_at, arrival, successor, duplicate_of, superseded_at,
     image_deleted_at, shot, width, height, notes, sent_sha256, cuts,
     recipe, sent_size, sent_format, machine, watcher, gone_at, put_away) = row
    # fmt: on
    return Record(
        id=id_,
        path=path_of(folder, name, place),
        account=account,
        organization_id=organization_id,
        gtin=None if gtin is None else Gtin14(gtin),
        title=title,
        is_primary=bool(is_primary),
        number=number,
        state=State(state),
        reason=None if reason_code is None else Reason(reason_code, reason_message or ""),
        image_id=image_id,
        image_url=image_url,
        sha256=sha256,
        size=size,
        format=None if format_ is None else Format(format_),
        fingerprint=Fingerprint(size, mtime_ns, ctime_ns),
        attempts=attempts,
        absences=absences,
        not_before=not_before,
        looked_for=bool(looked_for),
        first_seen=first_seen,
        started_at=started_at,
        uploaded_at=uploaded_at,
        arrival=arrival,
        successor=successor,
        duplicate_of=duplicate_of,
        superseded_at=superseded_at,
        image_deleted_at=image_deleted_at,
        machine=machine,
        watcher=watcher,
        is_gone=gone_at is not None or (bool(put_away) and place is None) or state == State.MISSING,
        details=Details(
            shot,
            width,
            height,
            _notes(notes),
            sent_sha256,
            _cuts(cuts),
            recipe,
            sent_size,
            None if sent_format is None else Format(sent_format),
        ),
    )


def written(details: Details) -> dict[str, object]:
    """Its columns."""
    return {
        "shot": details.shot,
        "width": details.width,
        "height": details.height,
        "notes": written_notes(details.notes),
        "sent_sha256": details.sent_sha256,
        "recipe": details.recipe,
        "sent_size": details.sent_size,
        "sent_format": details.sent_format,
        "cuts": json.dumps([(cut.offset, cut.data.hex()) for cut in details.cuts]) if details.cuts else "",
    }


def written_notes(notes: Iterable[Reason]) -> str:
    pairs = [(str(note.code), note.message) for note in notes]
    return json.dumps(pairs, ensure_ascii=False) if pairs else ""


def _cuts(written: str) -> tuple[Cut, ...]:
    return tuple(Cut(offset, bytes.fromhex(data)) for offset, data in json.loads(written)) if written else ()


def _notes(written: str) -> tuple[Reason, ...]:
    return tuple(Reason(code, message) for code, message in json.loads(written)) if written else ()


def expect_one(cursor: Result) -> None:
    """Every step names the state it expects to leave; when no row was in it, the program is wrong and says so."""
    if cursor.rowcount != 1:
        raise RuntimeError(
            f"a step changed {cursor.rowcount} rows, not one: the photo was not where it was thought to be"
        )
