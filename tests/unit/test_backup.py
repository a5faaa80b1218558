"""Copies of the database while it is written to, and what is done about a damaged one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.store.sqlite.backup import BACKUPS_KEPT, PAGES_AT_ONCE, back_up
from folder_sync.store.sqlite.database import Database

STEPS = 5
"""So many at least has the backup of ``large``."""


def never() -> bool:
    return False


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "photos.db", create=True)
    yield database
    database.close()


def fill(database: Database) -> None:
    """So much that a backup needs several steps."""
    with database.write() as connection:
        connection.execute("CREATE TABLE padding (page BLOB)")
        pages = PAGES_AT_ONCE * STEPS
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO padding SELECT zeroblob(4000) FROM n",
            (pages,),
        )


def pauses(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return [scope for (scope,) in copy.execute("SELECT scope FROM pause ORDER BY scope")]


def pause(database: Database, scope: str) -> None:
    database.change("INSERT INTO pause (scope, reason) VALUES (?, '')", (scope,))


def test_a_copy_is_complete_by_itself(database: Database) -> None:
    pause(database, "one")
    copy = back_up(database.path, "2026-11-23", given_up=never)
    assert copy == database.path.with_name("photos.db.backup-2026-11-23")
    assert pauses(copy) == ["one"]
    assert list(database.path.parent.glob("*.backup-*")) == [copy]


def test_one_a_day(database: Database) -> None:
    assert back_up(database.path, "2026-11-23", given_up=never) is not None
    assert back_up(database.path, "2026-11-23", given_up=never) is None


def test_only_the_last_are_kept(database: Database) -> None:
    for day in range(1, BACKUPS_KEPT + 3):
        back_up(database.path, f"2026-11-{day:02}", given_up=never)
    kept = sorted(path.name for path in database.path.parent.glob("*.backup-*"))
    assert (len(kept), kept[0]) == (BACKUPS_KEPT, "photos.db.backup-2026-11-03")


@contextmanager
def writer(database: Database) -> Iterator[list[int]]:
    """A thread that commits without a pause; how many it has."""
    commits, stopping = [0], threading.Event()

    def write() -> None:
        while not stopping.is_set():
            database.change("UPDATE pause SET reason = reason || 'x' WHERE scope = 'one'")
            commits[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield commits
    finally:
        stopping.set()
        thread.join()


def test_it_ends_while_another_thread_commits_all_the_time(database: Database) -> None:
    """SQLite begins a backup anew after a commit between two of its steps: on a busy day it never ended."""
    fill(database)
    pause(database, "one")
    asked = 0
    with writer(database) as commits:

        def given_up() -> bool:
            """Between two steps somebody has always committed."""
            nonlocal asked
            asked += 1
            assert asked < 3 * STEPS, "the backup has begun anew"
            before = commits[0]
            while commits[0] == before:
                pass
            return False

        copy = back_up(database.path, "2026-11-23", given_up=given_up)
    assert copy is not None
    assert asked >= STEPS
    assert pauses(copy) == ["one"]


def test_what_is_given_up_leaves_nothing(database: Database) -> None:
    fill(database)
    assert back_up(database.path, "2026-11-23", given_up=lambda: True) is None
    assert list(database.path.parent.glob("*.backup-*")) == []


def test_what_a_kill_left_is_replaced(database: Database) -> None:
    database.path.with_name("photos.db.backup-2026-11-23.part").write_text("half")
    assert back_up(database.path, "2026-11-23", given_up=never) is not None
    assert [path.name for path in database.path.parent.glob("*.part")] == []


def test_a_place_that_cant_be_written(database: Database) -> None:
    database.path.with_name("photos.db.backup-2026-11-23.part").mkdir()
    with pytest.raises(StoreUnavailable, match="No backup of"):
        back_up(database.path, "2026-11-23", given_up=never)
