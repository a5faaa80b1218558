"""A file as ``ports.Store``. What few commands need is imported when they do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Care, News, Receiver
from folder_sync.store.sqlite import lock, words
from folder_sync.store.sqlite.database import Database


class SqliteStore:
    is_file = True
    watcher = ""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.path = path

    @property
    def care(self) -> Care:
        from folder_sync.store.sqlite.care import FileCare  # noqa: PLC0415 -- most commands need none

        return FileCare(self.path)

    def is_missing(self) -> bool:
        return words.is_missing(self.path)

    def open(self, *, create: bool = False, read_only: bool = False) -> Database:
        return Database(self.path, create=create, read_only=read_only)

    def lock(self, *, alone: bool = False) -> lock.InstanceLock:  # noqa: ARG002 -- one works on it in any case
        return lock.InstanceLock(self.path)

    def holder(self) -> int | None:
        return lock.holder(self.path)

    def identity(self) -> tuple[int, int]:
        """Device and inode."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise StoreUnavailable(*words.none_yet(self.path)) from error
        return status.st_dev, status.st_ino

    @contextmanager
    def news(self) -> Iterator[News]:
        from folder_sync.store.sqlite import news  # noqa: PLC0415 -- only the page listens

        with news.News(self.path) as heard:
            yield heard

    def receiver(self) -> AbstractContextManager[Receiver]:
        from folder_sync.store.sqlite import receiving  # noqa: PLC0415 -- for `store move` alone

        return receiving.receiver(self.path)

    def shortcomings(self) -> tuple[()]:
        return ()
