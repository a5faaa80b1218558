from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.wal_sync import LogSync
from tests.support.waiting import PATIENCE_SECONDS


class Disk:
    """Counts flushes, and holds them back until told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.flushed: list[str] = []
        self.began = threading.Semaphore(0)
        self.goes_on = threading.Semaphore(0)
        monkeypatch.setattr(os, "fdatasync", self.flush)

    def flush(self, descriptor: int) -> None:
        self.began.release()
        assert self.goes_on.acquire(timeout=PATIENCE_SECONDS)
        self.flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))


def test_who_comes_during_a_flush_shares_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.db-wal").touch()
    disk, log = Disk(monkeypatch), LogSync(tmp_path / "x.db")
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(log.flush)
        assert disk.began.acquire(timeout=PATIENCE_SECONDS)
        asked = log._asked
        others = [pool.submit(log.flush) for _ in range(4)]
        while log._asked < asked + 4:
            pass  # all have asked, and none is served by the flush that began before
        disk.goes_on.release()
        first.result(30)
        assert disk.began.acquire(timeout=PATIENCE_SECONDS)
        assert not any(other.done() for other in others)
        disk.goes_on.release()
        for other in others:
            other.result(30)
    assert disk.flushed == [str(tmp_path / "x.db-wal")] * 2
    log.close()


def test_a_durable_write_flushes_the_log_and_another_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    database = Database(tmp_path / "x.db", create=True)
    with database.write() as connection:
        connection.execute("INSERT INTO pause (scope, reason) VALUES ('key:main', '')")
    assert not disk.flushed
    disk.goes_on.release()
    with database.write(durable=True) as connection:
        connection.execute("UPDATE pause SET until = 2")
    assert disk.flushed == [str(tmp_path / "x.db-wal")]
    database.close()


def test_a_disk_that_fails_is_the_store_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    database = Database(tmp_path / "x.db", create=True)
    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(StoreUnavailable), database.write(durable=True) as connection:
        connection.execute("INSERT INTO pause (scope, reason) VALUES ('key:main', '')")
    database.close()
