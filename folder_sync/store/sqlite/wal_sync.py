"""Making commits survive a power cut, many with one wait for the disk."""

from __future__ import annotations

import os
import threading
from pathlib import Path


class LogSync:
    """Flushes a database's write-ahead log. Whoever asks while a flush is under way shares the next one.

    SQLite would wait for the disk inside the transaction (``synchronous = FULL``), where nobody else can read or
    write meanwhile. A commit is durable as soon as the log that holds it is, whoever flushed it: FULL is NORMAL
    and one flush of the log after each commit (sqlite.org, *PRAGMA synchronous*).
    """

    def __init__(self, database: Path) -> None:
        self._path = f"{database}-wal"
        self._descriptor: int | None = None
        self._counting = threading.Lock()
        self._flushing = threading.Lock()
        self._asked = 0
        self._flushed = 0

    def flush(self) -> None:
        """Whatever was committed before this is durable when it returns. Raises OSError where the disk fails."""
        with self._counting:
            self._asked += 1
            ticket = self._asked
        with self._flushing:
            if self._flushed >= ticket:
                return
            covered = self._asked
            if self._descriptor is None:
                # Not the database itself: closing any descriptor of that drops SQLite's locks on it (fcntl(2)).
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            os.fdatasync(self._descriptor)
            self._flushed = covered

    def close(self) -> None:
        with self._flushing:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
