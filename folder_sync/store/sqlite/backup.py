"""Keeping the database well: is it sound, and is there a copy of it should it be lost?"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from folder_sync.errors import StoreUnavailable

BACKUPS_KEPT: Final = 7
PAGES_AT_ONCE: Final = 4096
"""16 MB: so often a backup looks whether it is still wanted."""

_HEADER: Final = b"SQLite format 3\0"


def set_aside_if_damaged(path: Path) -> Path | None:
    """Before the database is opened for work: where a damaged one was moved; None where there was nothing to do.

    A file that never was a database is left alone: whoever opens it says so.
    """
    if not _is_damaged(path):
        return None
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise StoreUnavailable(
            f"The database {path} is damaged and can't be moved aside: {error.strerror}.", "Check the permissions."
        ) from error
    return aside


def _is_damaged(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(len(_HEADER))
    except OSError:
        return False  # opening it for work says why
    if not head.strip(b"\0"):
        return len(head) > 0  # zeros are what a power cut leaves of a first page; an empty file is a new database
    if head != _HEADER:
        return False
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=rw", uri=True, timeout=10.0)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def back_up(path: Path, today: str, *, given_up: Callable[[], bool]) -> Path | None:
    """An online copy of the database beside it, one a day; the last seven are kept. None where today's is there.

    ``today``: a date that sorts, such as 2026-11-23. ``given_up``: asked again and again; None is returned if it holds.
    Writers go on meanwhile, and are not copied. Raises StoreUnavailable where it can't be written.
    """
    target = path.with_name(f"{path.name}.backup-{today}")
    if target.exists():
        return None
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_RDWR | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _copy(path, part, given_up)
        part.rename(target)
        for old in sorted(path.parent.glob(f"{path.name}.backup-????-??-??"))[:-BACKUPS_KEPT]:
            old.unlink()
    except _GivenUpError:
        return None
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(f"No backup of {path} could be written: {error}.", "Check the disk.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return target


class _GivenUpError(Exception):
    pass


def _copy(path: Path, part: Path, given_up: Callable[[], bool]) -> None:
    def ask(_status: int, _remaining: int, _total: int) -> None:
        if given_up():
            raise _GivenUpError

    source_uri = path.absolute().as_uri() + "?mode=ro"
    with (
        closing(sqlite3.connect(source_uri, uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        # All of it is read as it is now. Without this SQLite begins anew whenever somebody has written between two
        # steps: on a busy day a backup of 100,000 photos never ended.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE, progress=ask, sleep=0)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete by itself
