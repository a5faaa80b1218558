"""What went wrong with the database, as people are told it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from folder_sync.errors import StoreDamaged, StoreUnavailable
from folder_sync.store.outages import Outages
from folder_sync.store.ports import Conflict, ConstraintBroken

_CONFLICTS: Final = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class InWords:
    """A context in which an error of SQLite or the disk becomes StoreUnavailable. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outages = Outages()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            return
        if isinstance(error, sqlite3.IntegrityError):
            is_conflict = error.sqlite_errorcode in _CONFLICTS
            raise (Conflict if is_conflict else ConstraintBroken)(str(error)) from error
        if isinstance(error, sqlite3.ProgrammingError):
            return  # a bug of ours, not a state of the world
        if isinstance(error, sqlite3.DatabaseError) and _code(error) == sqlite3.SQLITE_CORRUPT:
            leave_mark(self._path)
            raise StoreDamaged(*damaged(self._path)) from error
        if isinstance(error, (sqlite3.DatabaseError, OSError)):
            title, hint = _explain(self._path, error)
            raise StoreUnavailable(title, hint, self._outages.of(title)) from error


def is_missing(path: Path) -> bool:
    """Whether there surely is nothing; what lies in a folder that is closed to us may be there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def none_yet(path: Path) -> tuple[str, str]:
    return f"There is no database at {path}.", "It is made by the first `folder-sync run` or `sync`."


def not_ours(path: Path) -> tuple[str, str]:
    return f"{path} is not a database of folder-sync.", "Set store.url to another place, or move it away."


def damaged(path: Path) -> tuple[str, str]:
    return (
        f"The database {path} is damaged.",
        "The next `folder-sync run` or `sync` sets it aside and recognises what is in the catalogue already.",
    )


def mark_of_damage(path: Path) -> Path:
    """A file that says: somebody met damage in this database."""
    return path.with_name(f"{path.name}.suspect")


def leave_mark(path: Path) -> None:
    with suppress(OSError):  # it is read-only for us, or the disk is full: the error says enough
        mark_of_damage(path).touch(mode=0o600)


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _explain(path: Path, error: Exception) -> tuple[str, str]:
    match _code(error):
        case sqlite3.SQLITE_FULL:
            return f"The disk of the database {path} is full.", "Make room; nothing is forgotten."
        # PROTOCOL: somebody holds the lock under which the log of a killed process is read back.
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return f"The database {path} is locked by another program.", "Close that program, then try again."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return (
                f"The database {path} can't be written.",
                "Check who owns it, and whether its disk is read-only.",
            )
        case sqlite3.SQLITE_NOTADB:
            return not_ours(path)
        case sqlite3.SQLITE_CANTOPEN if is_missing(path):
            return none_yet(path)
        case _:
            return f"The database {path} can't be used: {error}.", "Check the disk and the permissions."
