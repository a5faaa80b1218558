"""Several machines on one schema: each has a name, a lease of its own, and writes only while it stands."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from folder_sync.errors import AlreadyRunning, StoreLapsed, StoreTaken
from folder_sync.photo import State
from folder_sync.store.ports import Row
from folder_sync.store.postgres import database, locking
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.store import PostgresStore
from tests.support.postgres import emptied_schema, on_machine
from tests.support.shelf import GTIN, Shelf

ONE = f"{GTIN}__One.jpg"
REQUEST_SECONDS = 70.0


@pytest.fixture
def place() -> Iterator[PostgresStore]:
    with emptied_schema() as store:
        yield store


@pytest.fixture
def shelf(place: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(place)
    shelf.db.lease.renew(REQUEST_SECONDS)
    yield shelf
    shelf.db.close()


@pytest.fixture
def other(place: PostgresStore, shelf: Shelf) -> Iterator[Database]:
    """At work on the same schema, on another machine."""
    other = on_machine("studio2", place).open(create=True)
    other.lease.renew(REQUEST_SECONDS)
    yield other
    other.close()


def declared_over(place: PostgresStore, name: str) -> None:
    place.ask("UPDATE worker SET is_over = 1 WHERE machine = %s", name)


def connection_of(database: object) -> psycopg.Connection[Row]:
    assert isinstance(database, Database)
    return database._connection


def test_two_machines_write_side_by_side(shelf: Shelf, other: Database) -> None:
    shelf.add(ONE, "A")
    other.change("UPDATE photo SET note = 'theirs'")
    shelf.db.change("UPDATE photo SET note = note || ' and ours'")
    assert other.read("SELECT note FROM photo") == [("theirs and ours",)]


def test_two_of_one_name_do_not(place: PostgresStore, shelf: Shelf) -> None:
    with pytest.raises(AlreadyRunning, match=rf'process {os.getpid()}\) already works on .* as "studio"'):
        place.open(create=True)


def test_any_name_is_one(place: PostgresStore) -> None:
    for name in ("Müllers 'Set' 100%", ""):
        machine = on_machine("x", place)
        machine.watcher = name
        working = machine.open(create=True)
        with pytest.raises(AlreadyRunning):
            machine.open(create=True)
        working.lease.renew(REQUEST_SECONDS)
        working.change("UPDATE photo SET note = ''")
        working.close()
        assert machine.holder() is None


def test_each_has_its_own_doubt(place: PostgresStore, shelf: Shelf) -> None:
    """What became of one machine says nothing of another."""
    first = on_machine("studio2", place).open(create=True)
    first.lease.renew(REQUEST_SECONDS)
    connection_of(first).close()
    place.ask("UPDATE worker SET kernel = 'another'")
    third = on_machine("studio3", place).open(create=True)
    assert third.lease.doubtful_seconds() == 0
    third.close()


def test_one_service_for_now(place: PostgresStore) -> None:
    lock = place.lock()
    with pytest.raises(AlreadyRunning):
        on_machine("studio2", place).lock()
    lock.release()
    on_machine("studio2", place).lock().release()


def test_who_was_declared_over_writes_nothing_and_may_read(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    """A machine without a network, or a halted process, comes back and knows nothing of it."""
    photo = shelf.add(ONE, "A")
    assert shelf.claim().state is State.UPLOADING
    before = place.ask("SELECT times FROM written")
    declared_over(place, "studio")
    with pytest.raises(StoreLapsed):
        shelf.step(photo, State.QUEUED)
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")
    assert place.ask("SELECT times FROM written") == before
    assert shelf.db.read("SELECT state, note FROM photo") == [("uploading", "")]
    with pytest.raises(StoreLapsed):
        shelf.db.lease.renew(REQUEST_SECONDS)
    assert not shelf.db.lease.holds()
    other.change("UPDATE photo SET note = 'theirs'")


def test_who_writes_late_is_not_asked_again_what_it_was_told(place: PostgresStore, shelf: Shelf) -> None:
    """It does not go on sending in the meantime either."""
    assert shelf.db.lease.holds()
    declared_over(place, "studio")
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")
    assert not shelf.db.lease.holds()


def test_who_reconnects_finds_that_it_was_declared_over(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 0.0)
    connection_of(shelf.db).close()
    declared_over(place, "studio")
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")


def test_a_command_beside_the_services_is_not_held_to_it(place: PostgresStore, shelf: Shelf) -> None:
    """As `retry` is, and the page."""
    shelf.add(ONE, "A")
    declared_over(place, "studio")
    command = place.open()
    command.change("UPDATE photo SET note = 'again'")
    assert command.read("SELECT note FROM photo") == [("again",)]
    command.close()


def test_a_name_that_another_took_meanwhile_is_lost(place: PostgresStore, shelf: Shelf) -> None:
    place.ask("UPDATE worker SET token = 'another'")
    with pytest.raises(StoreTaken, match='the name "studio"'):
        shelf.db.change("UPDATE photo SET note = 'late'")
    with pytest.raises(StoreTaken):
        shelf.db.lease.renew(REQUEST_SECONDS)


def test_it_costs_no_round_trip_to_know_that_it_stands(shelf: Shelf, tmp_path: os.PathLike[str]) -> None:
    """One to begin, one for the statement, one to end."""
    trace = os.path.join(tmp_path, "trace")
    connection = connection_of(shelf.db)
    with open(trace, "w") as file:
        connection.pgconn.trace(file.fileno())
        shelf.db.change("UPDATE photo SET note = ''")
        connection.pgconn.untrace()
    with open(trace) as file:
        answers = [line for line in file if "ReadyForQuery" in line]
    assert len(answers) == 3
