"""Watching files being put away."""

from __future__ import annotations

import os
from pathlib import Path

from folder_sync.photo import Record, State
from folder_sync.store.photo_queries import Event, PhotoQueries
from folder_sync.store.places import Places
from folder_sync.store.sqlite.database import Database
from tests.support.studio import Studio
from tests.support.waiting import wait_for

MOVE = {"uploaded": "move", "rejected": "move"}


def wait_until_at(studio: Studio, path: Path, state: State) -> Record:
    """Until a finished photo, and its record, have come to a place."""
    record = studio.wait_for_state(path, state)
    wait_for(path.exists, f"{path} is there")
    return record


def files(studio: Studio) -> list[str]:
    """Without the hidden one by which the service tries whether watching works."""
    found = (path.relative_to(studio.folder) for path in studio.folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if not path.name.startswith("."))


def history(studio: Studio, photo: Record) -> list[Event]:
    database = Database(studio.database, create=False)
    try:
        return PhotoQueries(database).history(photo.id)
    finally:
        database.close()


def put_away_only_on_record(studio: Studio, record: Record, to: Path | None) -> None:
    """As a crash leaves it between the record and the file."""
    database = Database(studio.database, create=False)
    try:
        assert Places(database).put_away(record, None if to is None else os.fsencode(to))
    finally:
        database.close()
