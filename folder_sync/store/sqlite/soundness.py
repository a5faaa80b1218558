"""Is the database sound? A damaged one is set aside by the next start, which begins a new one.

Whoever meets damage leaves a mark beside the database (`words.py`), so that it is looked into: by the running service,
and by the next start. Without a mark a large database is not read through before the service is ready.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from folder_sync.errors import StoreDamaged, StoreUnavailable
from folder_sync.store.sqlite.words import damaged, leave_mark, mark_of_damage

SMALL_BYTES: Final = 64_000_000
"""Up to this size, some 100,000 photos, a database is read through in half a second: then each start does it."""

_HEADER: Final = b"SQLite format 3\0"


def set_aside_if_damaged(path: Path) -> Path | None:
    """Before the database is opened for work: where a damaged one was moved; None where there was nothing to do.

    A file that never was a database is left alone: whoever opens it says so.
    """
    mark = mark_of_damage(path)
    if not _is_damaged(path, suspected=mark.exists()):
        mark.unlink(missing_ok=True)
        return None
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        mark.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"The database {path} is damaged and can't be moved aside: {error.strerror}.", "Check the permissions."
        ) from error
    return aside


def is_suspected(path: Path) -> bool:
    """Whether anybody has met damage."""
    return mark_of_damage(path).exists()


def make_sure(path: Path) -> None:
    """Read all of a database that is at work, which takes a while: seconds for a million photos.

    Raises StoreDamaged, which leaves a mark for the next start, and StoreUnavailable where it can't be read.
    """
    mark = mark_of_damage(path)
    try:
        sound = _reads_well(path, "PRAGMA integrity_check(1)" if mark.exists() else "PRAGMA quick_check(1)")
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"The database {path} can't be read: {error}.", "Check the disk.") from error
    if not sound:
        leave_mark(path)
        raise StoreDamaged(*damaged(path))
    mark.unlink(missing_ok=True)


def _is_damaged(path: Path, *, suspected: bool) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(len(_HEADER))
        size = path.stat().st_size
    except OSError:
        return False  # opening it for work says why
    if not head.strip(b"\0"):
        return len(head) > 0  # zeros are what a power cut leaves of a first page; an empty file is a new database
    if head != _HEADER:
        return False
    if suspected:
        look = "PRAGMA integrity_check(1)"  # with the indexes, for it takes more to explain what was met
    elif size <= SMALL_BYTES:
        look = "PRAGMA quick_check(1)"
    else:
        look = "SELECT 'ok' FROM (SELECT count(*) FROM sqlite_master)"
    try:
        return not _reads_well(path, look)
    except sqlite3.DatabaseError:
        return False  # opening it for work says why


def _reads_well(path: Path, look: str) -> bool:
    """Raises sqlite3.DatabaseError where that can't be told."""
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=rw", uri=True, timeout=10.0)) as connection:
            return bool(connection.execute(look).fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return False
        raise
