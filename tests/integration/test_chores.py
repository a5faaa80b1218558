"""What the service does beside its work: it may take long, and nothing waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.service.signals import End
from folder_sync.store.quota import KEEP_SECONDS, QuotaBook
from folder_sync.store.sqlite import backup
from folder_sync.store.sqlite.backup import back_up
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio
from tests.support.waiting import wait_for


def backups(studio: Studio) -> list[str]:
    return [path.name for path in studio.database.parent.glob("*.backup-*")]


def test_a_backup_that_takes_long_holds_up_neither_photos_nor_the_end(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def on_a_slow_disk(path: Path, today: str, *, given_up: Callable[[], bool]) -> Path | None:
        def step() -> bool:
            begun.set()
            while not given_up():
                time.sleep(0.01)
            return True

        return back_up(path, today, given_up=step)

    monkeypatch.setattr(backup, "back_up", on_a_slow_disk)
    with running_service(studio) as running:
        wait_for(begun.is_set, "the backup is under way")
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        assert running.stop() is End.STOP
    assert backups(studio) == []


def test_what_a_key_used_long_ago_is_forgotten(studio: Studio) -> None:
    now = time.time()
    database = Database(studio.database, create=True)
    try:
        book = QuotaBook(database)
        book.spend("main", now - KEEP_SECONDS - 60)
        book.spend("main", now - 60)
        with running_service(studio):
            wait_for(lambda: [second for second, _ in book.used("main", 0)][:1] == [int(now - 60)], "the old is gone")
    finally:
        database.close()
