"""Opening the file: who may make it, who may bring its tables up to date, and who may only look into it."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from folder_sync.errors import StoreUnavailable
from folder_sync.store.sqlite.schema import STEPS
from folder_sync.store.sqlite.words import is_missing, none_yet, not_ours
from folder_sync.version import program_version

OLDEST: Final = (3, 39, 0)
"""Since then SQLite understands IS NOT DISTINCT FROM (sqlite.org, *Release History*)."""


@dataclass(frozen=True, slots=True)
class Opener:
    """``busy_seconds``: how long to wait for another process (a `retry`, a backup) that holds the write lock.

    ``steps``: what makes the tables of this version (``schema``).
    """

    busy_seconds: float = 10.0
    steps: Mapping[str, Sequence[str]] = field(default_factory=lambda: STEPS)

    def to_work(self, path: Path) -> sqlite3.Connection:
        """For the one process that works on it: made where there is none, its tables brought up to date."""
        expect_engine()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_missing_or_empty(path):
            self._make(path)
        else:
            _close_to_others(path)
        with _closed_if_it_fails(self._connect(path, "rw")) as connection:
            version = self._version(connection, path)
            self._use_wal(connection)  # a backup that was put back has none
            if version < len(self.steps):
                self._migrate(connection)
        return connection

    def beside(self, path: Path, *, read_only: bool) -> sqlite3.Connection:
        """Beside a service that may be running: never made, and its tables never touched."""
        expect_engine()
        if _is_missing_or_empty(path):
            raise StoreUnavailable(*none_yet(path))
        with _closed_if_it_fails(self._connect(path, "ro" if read_only else "rw")) as connection:
            if self._version(connection, path) < len(self.steps):
                raise StoreUnavailable(
                    f"The database {path} is still that of folder-sync {_writer(connection)};"
                    f" this is {program_version()}.",
                    "Restart the service: `folder-sync run` or `sync` brings it up to date.",
                )
        return connection

    def _connect(self, path: Path, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self.busy_seconds,
            isolation_level=None,  # transactions begin where the store says so, and nowhere else
            check_same_thread=False,
            cached_statements=256,
        )
        with _closed_if_it_fails(connection):
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _make(self, path: Path) -> None:
        """It gets its name when it has its tables: whoever looks meanwhile finds none, never half of one.

        Names and titles are a studio's business: nobody else on the machine reads them.
        """
        part = path.with_name(path.name + ".new")
        for leftover in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
            leftover.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_RDWR | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(self._connect(part, "rw")) as connection:
            self._use_wal(connection)
            self._migrate(connection)
        part.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # what is flushed to a file that has lost its name is lost
        finally:
            os.close(folder)

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """SQLite takes a reader that has it open at the same moment for a deadlock, and refuses at once, not later."""
        deadline = time.monotonic() + self.busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _version(self, connection: sqlite3.Connection, path: Path) -> int:
        """The version of its tables. Raises StoreUnavailable for those of a later program, and for what is not ours."""
        try:
            ((version,),) = connection.execute("SELECT schema FROM written_by").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            raise StoreUnavailable(*not_ours(path)) from error  # it has no such table
        if version > len(self.steps):
            raise StoreUnavailable(
                f"The database {path} was written by folder-sync {_writer(connection)}, which is newer than this one"
                f" ({program_version()}).",
                "Use that version, or go back to a backup from before it.",
            )
        return int(version)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        # It takes longer to import than `status` does all the rest in, and only this needs it.
        from folder_sync.store.sqlite.migrating import migrate  # noqa: PLC0415 -- only who works on it migrates

        connection.execute("BEGIN IMMEDIATE")
        migrate(connection, self.steps)
        connection.execute(
            "INSERT INTO written_by (id, schema, program) VALUES (1, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET schema = excluded.schema, program = excluded.program",
            (len(self.steps), program_version()),
        )
        connection.execute("COMMIT")


OPENER: Final = Opener()


@contextmanager
def _closed_if_it_fails(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _is_missing_or_empty(path: Path) -> bool:
    """Empty is what a power cut, or a hand, left of a file that was just made."""
    try:
        found = path.stat()
    except OSError:
        return is_missing(path)
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def _close_to_others(path: Path) -> None:
    """A backup that was copied back by hand, say; SQLite gives its logs the same mode."""
    found = path.stat()
    if stat.S_ISREG(found.st_mode) and found.st_mode & stat.S_IRWXO:
        with suppress(PermissionError):  # somebody else's file, lent to us
            path.chmod(stat.S_IMODE(found.st_mode) & ~stat.S_IRWXO)


def expect_engine() -> None:
    """Raises StoreUnavailable for a library that does not understand all that it will be told."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise StoreUnavailable(
            f"SQLite {'.'.join(map(str, OLDEST[:2]))} or later is needed, and this Python has {engine_version()}.",
            "Use a Python with a newer one, such as that of Debian 12, Ubuntu 24.04 or uv.",
        )


def _writer(connection: sqlite3.Connection) -> str:
    ((program,),) = connection.execute("SELECT program FROM written_by").fetchall()
    return str(program)


def engine_version() -> str:
    return sqlite3.sqlite_version
