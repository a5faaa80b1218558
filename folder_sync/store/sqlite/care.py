"""What housekeeping does for a file: copies, and looking for damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from folder_sync.store.sqlite import backup, soundness


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
