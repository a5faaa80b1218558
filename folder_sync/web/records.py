"""The page's way to the records: opened when somebody looks, opened anew when another file has taken their place."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from folder_sync.errors import StoreUnavailable
from folder_sync.store.sqlite.database import Database


class Records:
    """``path``: of the database, which is only read. Nothing is kept in memory, so what is shown is what is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._identity: tuple[int, int] | None = None

    def open(self) -> Database:
        """Raises StoreUnavailable: missing, locked, damaged, or of another version."""
        with self._lock:
            identity = _identity(self.path)
            if self._database is not None and identity != self._identity:
                self._close()
            if self._database is None:
                self._database = Database(self.path, create=False, read_only=True)
                self._identity = identity
            return self._database

    def version(self) -> int:
        """Changes when another process has written. Raises StoreUnavailable."""
        return self.open().version()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """For another chance of a photo: all that the page ever writes. Raises StoreUnavailable."""
        database = Database(self.path, create=False)
        try:
            yield database
        finally:
            database.close()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError as error:
        raise StoreUnavailable(
            f"There is no database at {path}.", "It is made by the first `folder-sync run` or `sync`."
        ) from error
    return status.st_dev, status.st_ino
