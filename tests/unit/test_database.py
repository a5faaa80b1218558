"""Opening the one SQLite file, writing to it all or nothing, and saying in words why it can't be done."""

from __future__ import annotations

import functools
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.store.sqlite import database
from folder_sync.store.sqlite.database import Database, is_missing

SCRIPT = """
import pathlib, sys
from folder_sync.store.sqlite.database import Database
Database(pathlib.Path(sys.argv[1]), create=True).close()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "photos.db"


@pytest.fixture
def db(file: Path) -> Iterator[Database]:
    db = Database(file, create=True)
    yield db
    db.close()


def pause(db: Database, scope: str) -> None:
    with db.write() as connection:
        connection.execute("INSERT INTO pause (scope, reason) VALUES (?, '')", (scope,))


def test_nobody_else_reads_it(file: Path, db: Database) -> None:
    pause(db, "written")
    for made in (file, *file.parent.glob("photos.db-*")):
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert len(list(file.parent.glob("photos.db-*"))) == 2
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_opened_again_it_remembers(file: Path, db: Database) -> None:
    pause(db, "kept")
    again = Database(file, create=False)
    assert again.read("SELECT scope FROM pause") == [("kept",)]
    again.close()


def test_only_what_is_surely_not_there_is_missing(file: Path, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_missing(file)
    assert is_missing(file.with_name("other.db"))
    assert is_missing(file / "below.db")

    def closed(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "stat", closed)
    assert not is_missing(file)


def test_a_path_may_hold_what_an_address_may_not(tmp_path: Path) -> None:
    file = tmp_path / "50% off? #1 & more.db"
    Database(file, create=True).close()
    assert file.exists()


def test_a_transaction_is_all_or_nothing(db: Database) -> None:
    def fail_halfway() -> None:
        with db.write() as connection:
            connection.execute("INSERT INTO pause (scope, reason) VALUES ('half', '')")
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        fail_halfway()
    assert db.read("SELECT * FROM pause") == []
    pause(db, "whole")


def test_what_a_caller_raises_within_a_transaction_stays_what_it_is(db: Database) -> None:
    """A share that did not answer once read "The database … can't be used: The disk does not answer."."""

    def give_up() -> None:
        with db.write() as connection:
            connection.execute("INSERT INTO pause (scope, reason) VALUES ('half', '')")
            raise TimeoutError("the share does not answer")

    def rows() -> Iterator[tuple[str, str]]:
        yield "half", ""
        raise TimeoutError("the share does not answer")

    with pytest.raises(TimeoutError, match="the share"):
        give_up()
    with pytest.raises(TimeoutError, match="the share"), db.write() as connection:
        connection.executemany("INSERT INTO pause (scope, reason) VALUES (?, ?)", rows())
    assert db.read("SELECT * FROM pause") == []


def test_what_would_be_a_bug_is_not_called_a_state_of_the_world(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), db.write() as connection:
        connection.execute("INSERT INTO pause (scope) VALUES ('no reason')")
    with pytest.raises(sqlite3.ProgrammingError):
        db.read("SELECT ?", ())


def test_missing(file: Path) -> None:
    with pytest.raises(StoreUnavailable, match=f"There is no database at {file}"):
        Database(file, create=False)
    assert not file.exists()


def test_not_a_database(tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"\xff\xd8\xff" * 1000)
    with pytest.raises(StoreUnavailable, match="is not a database of folder-sync"):
        Database(file, create=True)
    assert file.read_bytes() == b"\xff\xd8\xff" * 1000


def test_damaged(file: Path, db: Database) -> None:
    db.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\x13" * (len(whole) - 4096))
    with pytest.raises(StoreUnavailable, match="is damaged"):
        Database(file, create=False).read("SELECT * FROM photo")


def test_locked_by_another_process(file: Path, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    other = Database(file, create=False)
    with db.write(), pytest.raises(StoreUnavailable, match="is locked by another program"):
        pause(other, "too late")
    pause(other, "in time")
    other.close()


def test_held_while_a_killed_process_is_cleared_up_after(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Met in the soak: a service halted while it read back the log of the killed one before it."""

    class Refusing(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            if sql.startswith("INSERT INTO pause"):
                error = sqlite3.OperationalError("locking protocol")
                error.sqlite_errorcode = sqlite3.SQLITE_PROTOCOL
                raise error
            return super().execute(sql, parameters)

    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Refusing))
    db = Database(file, create=True)
    with pytest.raises(StoreUnavailable, match="is locked by another program"):
        pause(db, "refused")
    db.close()


def test_somebody_makes_the_tables_in_the_new_file_at_the_same_moment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite takes two that switch to the write-ahead log for a deadlock, and refuses one at once: it tries again."""
    refusals: list[str] = []

    class Refusing(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            if "journal_mode" in sql and len(refusals) < 2:
                refusals.append(sql)
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
            return super().execute(sql, parameters)

    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Refusing))
    opened = Database(file, create=True)
    assert opened.read("PRAGMA journal_mode") == [("wal",)]
    assert len(refusals) == 2
    opened.close()


def test_somebody_holds_the_new_file_for_good(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("CREATE TABLE something (it)")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM something").fetchall()
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with pytest.raises(StoreUnavailable, match="is locked by another program"):
        Database(file, create=True)
    reader.close()


def test_the_disk_is_full(db: Database) -> None:
    (pages,) = db.read("PRAGMA page_count")[0]
    db.read(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="is full") as caught, db.write() as connection:
        connection.execute("INSERT INTO pause (scope, reason) VALUES ('big', ?)", ("x" * 100_000,))
    assert "nothing is forgotten" in caught.value.hint
    assert db.read("SELECT * FROM pause") == []
    db.read("PRAGMA max_page_count = 1000000")
    pause(db, "there is room again")


def test_read_only(db: Database) -> None:
    db.read("PRAGMA query_only = 1")
    with pytest.raises(StoreUnavailable, match="can't be written"):
        pause(db, "no")
    assert db.read("SELECT * FROM pause") == []


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't be used"):
        Database(tmp_path, create=True)
    with pytest.raises(StoreUnavailable, match="can't be used"):
        Database(tmp_path, create=False)


def test_a_file_where_its_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreUnavailable, match="can't be used"):
        Database(tmp_path / "state" / "photos.db", create=True)


def test_many_processes_may_make_it_at_once(file: Path) -> None:
    """A `run` and a `retry` that start together both find or make the tables."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, file], stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."}
        )
        for _ in range(6)
    ]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ends == [(b"", 0)] * 6
    opened = Database(file, create=False)
    assert opened.read("SELECT count(*) FROM photo") == [(0,)]
    opened.close()
