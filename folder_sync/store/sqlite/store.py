"""A file as ``ports.Store``, and the care that it needs as ``ports.Care``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from folder_sync.errors import StoreUnavailable
from folder_sync.store.sqlite import backup, lock, soundness, words
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.news import News


class SqliteStore:
    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def care(self) -> FileCare:
        return FileCare(self.path)

    def is_missing(self) -> bool:
        return words.is_missing(self.path)

    def open(self, *, create: bool = False, read_only: bool = False) -> Database:
        return Database(self.path, create=create, read_only=read_only)

    def lock(self) -> lock.InstanceLock:
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

    def news(self) -> News:
        return News(self.path)


class FileCare:
    """As ``ports.Care``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def set_aside_if_damaged(self) -> str | None:
        aside = soundness.set_aside_if_damaged(self._path)
        return None if aside is None else str(aside)

    def is_suspected(self) -> bool:
        return soundness.is_suspected(self._path)

    def make_sure(self) -> None:
        soundness.make_sure(self._path)

    def back_up(self, today: str, *, given_up: Callable[[], bool]) -> str | None:
        copy = backup.back_up(self._path, today, given_up=given_up)
        return None if copy is None else str(copy)

    def last_backup(self) -> float | None:
        return backup.last_backup(self._path)

    def size(self) -> int:
        """With its journal."""
        return self._path.stat().st_size + self._path.with_name(f"{self._path.name}-wal").stat().st_size
