"""A copy of the database, should it be lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from folder_sync.errors import StoreUnavailable

BACKUPS_KEPT: Final = 7
PAGES_AT_ONCE: Final = 4096
"""16 MB: how often a backup checks whether it is still wanted."""


def back_up(path: Path, today: str, *, given_up: Callable[[], bool]) -> Path | None:
    """An online copy of the database beside it, one a day; the last seven are kept. None where today's is there.

    ``today``: a date that sorts, such as 2026-11-23. ``given_up``: asked again and again; None is returned if it holds.
    Writers can go on meanwhile; what they write is not copied. Raises StoreUnavailable where it can't be written.
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
        for old in _backups(path)[:-BACKUPS_KEPT]:
            old.unlink()
    except _GivenUpError:
        return None
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(f"No backup of {path} could be written: {error}.", "Check the disk.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return target


def last_backup(path: Path) -> float | None:
    """When the newest one beside the database was finished; None where there is none."""
    with suppress(OSError):
        for newest in _backups(path)[-1:]:
            return newest.stat().st_mtime
    return None


def _backups(path: Path) -> list[Path]:
    """The oldest first."""
    return sorted(path.parent.glob(f"{path.name}.backup-????-??-??"))


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
        # All of it is read as it is now. Without this SQLite starts over whenever somebody has written between two
        # steps: on a busy day a backup of 100,000 photos never ended.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE, progress=ask, sleep=0)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete by itself
