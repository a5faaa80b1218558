"""The page's access to the records: opened on the first request, and reopened when another file replaces them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from folder_sync.store.ports import Database, Store

GOOD_SECONDS: Final = 5.0
"""How long to believe that those of a server are the same: asking takes connections of its own. A file is looked at."""


class Records:
    """Read-only, and nothing is cached: pages show what is there."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._identity: object = None
        self._good_until = 0.0

    def open(self) -> Database:
        """Raises StoreUnavailable: missing, locked, damaged, or of another version."""
        with self._lock:
            if self._database is not None and not self.store.is_file and time.monotonic() < self._good_until:
                return self._database
            identity = self.store.identity()
            if self._database is not None and identity != self._identity:
                self._close()
            if self._database is None:
                self._database = self.store.open(read_only=True)
                self._identity = identity
            self._good_until = time.monotonic() + GOOD_SECONDS
            return self._database

    def version(self) -> int:
        """Changes when another process has written. Raises StoreUnavailable."""
        return self.open().version()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """For `retry`, the only thing that the page ever writes. Raises StoreUnavailable."""
        database = self.store.open()
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
