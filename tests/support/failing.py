"""What a failing test shows: enough to see what went wrong, and no more than somebody reads."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Final

from folder_sync.photo import Record
from folder_sync.sandbox.faults import Fault
from folder_sync.store.service_state import ServiceState
from tests.support.studio import Studio

LINES: Final = 40
COLUMNS: Final = 240


def tail(text: str, lines: int = LINES) -> str:
    """The end of a log, its long lines cut."""
    all_lines = text.splitlines()
    left_out = len(all_lines) - lines
    shown = [line if len(line) <= COLUMNS else f"{line[:COLUMNS]} …" for line in all_lines[-lines:]]
    return "\n".join([*([f"… {left_out} lines before …"] if left_out > 0 else []), *shown, ""])


def situation(studio: Studio) -> str:
    """What the program has recorded, what pauses it, and what the sandbox was asked last."""
    calls = [f"{call.method} {call.path}: {call.status or 'dropped'}" for call in studio.sandbox.ledger.calls]
    faults = [_scripted(fault) for fault in studio.sandbox.faults.pending]
    parts = [
        _recorded(studio),
        f"{len(calls)} requests, the last of them:\n{tail(chr(10).join(calls), 10)}" if calls else "No request.\n",
        f"Faults that were not met:\n{tail(chr(10).join(faults), 10)}" if faults else "",
    ]
    return "".join(parts)


def _recorded(studio: Studio) -> str:
    try:
        if studio.place.store.is_missing():
            return "No database.\n"
        photos = [_told(record) for record in studio.records()]
        with studio.opened() as database:
            pauses = [f"Paused, {pause.scope}: {pause.reason}" for pause in ServiceState(database).pauses()]
    except Exception as exc:  # noqa: BLE001 - what a test left there must not hide how that test failed
        return f"The database can't be read: {exc!r}\n"
    return f"{len(photos)} photos:\n{tail(chr(10).join([*photos, *pauses]), 20)}"


def _scripted(fault: Fault) -> str:
    given = {field.name: getattr(fault, field.name) for field in fields(fault)}
    changed = [f"{field.name}={given[field.name]}" for field in fields(fault) if given[field.name] != field.default]
    return " ".join(changed)


def _told(photo: Record) -> str:
    facts = {"reason": photo.reason and photo.reason.code, "image": photo.image_id, "not before": photo.not_before}
    known = "".join(f", {name} {fact}" for name, fact in facts.items() if fact is not None)
    return f"{photo.id} {os.fsdecode(os.path.basename(photo.path))}: {photo.state}, {photo.attempts} attempts{known}"
