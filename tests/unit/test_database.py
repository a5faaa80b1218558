"""Opening the one SQLite file, writing to it all or nothing, and saying in words why it can't be done."""

from __future__ import annotations

import functools
import os
import sqlite3
import stat
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.service import store_trouble
from folder_sync.store import outages
from folder_sync.store.ports import Conflict, ConstraintBroken
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.opening import Opener
from folder_sync.store.sqlite.schema import STEPS, VERSION
from folder_sync.store.sqlite.words import InWords, is_missing
from folder_sync.version import program_version


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "photos.db"


@pytest.fixture
def db(file: Path) -> Iterator[Database]:
    db = Database(file, create=True)
    yield db
    db.close()


@pytest.mark.parametrize("create", [True, False])
def test_an_sqlite_that_does_not_understand_all_of_it_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, *, create: bool
) -> None:
    Database(file, create=True).close()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.37.2")
    with pytest.raises(StoreUnavailable, match=r"^SQLite 3\.39 or later is needed, and this Python has 3\.37\.2\."):
        Database(file, create=create)


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


def test_within_a_transaction_nothing_else_is_asked(db: Database) -> None:
    with db.write():
        with pytest.raises(RuntimeError, match="only its own statements"):
            db.read("SELECT 1")
        with pytest.raises(RuntimeError, match="only its own statements"):
            db.change("DELETE FROM pause")
        with pytest.raises(RuntimeError, match="only its own statements"):
            pause(db, "within")
    assert db.read("SELECT * FROM pause") == []


def test_what_would_be_a_bug_is_not_called_a_state_of_the_world(db: Database) -> None:
    with pytest.raises(ConstraintBroken), db.write() as connection:
        connection.execute("INSERT INTO pause (scope) VALUES ('no reason')")
    pause(db, "once")
    with pytest.raises(Conflict):
        pause(db, "once")
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


def test_locked_by_another_process(file: Path, db: Database) -> None:
    other = Database(file, create=False, opener=Opener(busy_seconds=0.05))
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


@pytest.mark.parametrize(
    ("code", "told"),
    [(sqlite3.SQLITE_FULL, "is full"), (sqlite3.SQLITE_BUSY, "is locked"), (sqlite3.SQLITE_IOERR, "can't be used")],
)
def test_a_trouble_is_told_of_once(code: int, told: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each photo of a long export meets it, again and again: on a full disk the log took what room was left. Met much
    later, it is another one.
    """
    in_words = InWords(file)
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            for _ in range(3):
                with pytest.raises(StoreUnavailable, match=told) as met, in_words:
                    raise error
                store_trouble.tell(met.value)
            monkeypatch.setattr(outages, "AGAIN_SECONDS", -1.0)
    assert [line["event"] for line in logs] == ["store_unavailable"] * 4


@pytest.fixture
def put_back(file: Path) -> Path:
    """A backup in its place: one file, without a log."""
    Database(file, create=True).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return file


def test_a_backup_is_put_back_and_somebody_looks_into_it(put_back: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite takes the two for a deadlock, and refuses the log at once: it tries again."""
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
    opened = Database(put_back, create=True)
    assert opened.read("PRAGMA journal_mode") == [("wal",)]
    assert len(refusals) == 2
    opened.close()


def test_locked_for_all_others(file: Path, db: Database) -> None:
    """Even reading waits for it, and in vain."""
    db.close()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="is locked by another program"):
            Database(file, create=False, read_only=True, opener=Opener(busy_seconds=0.05))


def test_a_backup_is_put_back_and_somebody_looks_into_it_for_good(put_back: Path) -> None:
    with closing(sqlite3.connect(put_back, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM photo").fetchall()
        with pytest.raises(StoreUnavailable, match="is locked by another program"):
            Database(put_back, create=True, opener=Opener(busy_seconds=0.05))


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


# Making it


@pytest.mark.parametrize("leftover", ["photos.db", "photos.db.new"])
def test_what_a_power_cut_left_of_a_new_database_is_in_nobodys_way(file: Path, leftover: str) -> None:
    file.parent.mkdir()
    (file.parent / leftover).touch()
    with pytest.raises(StoreUnavailable, match="There is no database"):
        Database(file, create=False)
    opened = Database(file, create=True)
    assert opened.read("SELECT count(*) FROM photo") == [(0,)]
    opened.close()
    assert [path.name for path in file.parent.iterdir()] == ["photos.db"]


# Other versions


@pytest.mark.parametrize("create", [True, False])
def test_somebody_elses_database_is_left_alone(file: Path, *, create: bool) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE album (title)")
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable, match="is not a database of folder-sync"):
        Database(file, create=create)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "ways", [{"create": True}, {"create": False}, {"create": False, "read_only": True}], ids=["run", "retry", "status"]
)
def test_what_a_later_version_wrote_is_left_alone(file: Path, db: Database, ways: dict[str, Any]) -> None:
    db.change("UPDATE written_by SET schema = 99, program = '9.9'")
    with pytest.raises(StoreUnavailable, match=r"was written by folder-sync 9\.9, which is newer than this one"):
        Database(file, **ways)


def test_the_next_version_waits_for_its_service(file: Path, db: Database) -> None:
    """`status` of a new version once gave the database new tables beneath the old one, which still ran."""
    db.change("UPDATE written_by SET program = '0.0.1'")
    following = Opener(steps=STEPS | {"m9999_next": ("ALTER TABLE run ADD COLUMN next TEXT",)})
    for read_only in (True, False):
        with pytest.raises(StoreUnavailable, match=r"is still that of folder-sync 0\.0\.1") as caught:
            Database(file, create=False, read_only=read_only, opener=following)
        assert "Restart the service" in caught.value.hint
    assert db.read("SELECT schema, program FROM written_by") == [(VERSION, "0.0.1")]
    db.close()
    Database(file, create=True, opener=following).close()
    again = Database(file, create=False, read_only=True, opener=following)
    assert again.read("SELECT next FROM run") == []
    assert again.read("SELECT schema, program FROM written_by") == [(VERSION + 1, program_version())]
    again.close()


# Only looking


def test_who_only_looks_writes_nothing(file: Path, db: Database) -> None:
    pause(db, "kept")
    looking = Database(file, create=False, read_only=True)
    assert looking.read("SELECT scope FROM pause") == [("kept",)]
    with pytest.raises(StoreUnavailable, match="can't be written"):
        pause(looking, "too much")
    looking.close()


def test_who_only_looks_needs_no_service(file: Path, db: Database) -> None:
    pause(db, "kept")
    db.close()
    looking = Database(file, create=False, read_only=True)
    assert looking.read("SELECT scope FROM pause") == [("kept",)]
    looking.close()


def scopes(db: Database) -> Iterator[str]:
    return (scope for (scope,) in db.stream("SELECT scope FROM pause WHERE scope > ? ORDER BY scope", ("0",)))


def test_what_is_streamed_keeps_no_writer_waiting(file: Path, db: Database) -> None:
    looking = Database(file, create=False, streamed_at_once=2)
    for scope in ("1", "2", "3", "4", "5"):
        pause(db, scope)
    found = scopes(looking)
    assert next(found) == "1"
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pause, db, "6").result(30)
    assert list(found) == ["2", "3", "4", "5"]
    assert list(scopes(db)) == ["1", "2", "3", "4", "5", "6"]
    looking.close()


def test_who_stops_listening_leaves_nothing_open(db: Database) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    for scope in ("1", "2"):
        pause(db, scope)
    before = descriptors()
    found = db.stream("SELECT scope FROM pause")
    assert isinstance(found, Generator)
    next(found)
    assert descriptors() > before
    found.close()
    # The file itself stays open until the other connection is closed: closing a descriptor drops the locks of all.
    assert descriptors() <= before + 1


def test_a_stream_says_in_words_what_is_wrong(file: Path, db: Database) -> None:
    pause(db, "there")
    moved = file.rename(file.with_name("elsewhere.db"))
    with pytest.raises(StoreUnavailable, match="There is no database"):
        list(scopes(db))
    moved.rename(file)
    with pytest.raises(StoreUnavailable, match="can't be used: no such column: never"):
        list(db.stream("SELECT never FROM pause"))
