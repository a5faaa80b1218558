"""A service that took the records over waits for whatever its predecessor may still be sending, and for no more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest

from folder_sync.errors import AlreadyRunning, StoreTaken
from folder_sync.photo import State
from folder_sync.service.heartbeat import Heartbeat
from folder_sync.store.ports import Row
from folder_sync.store.postgres.clock import Clock
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.lease import MARGIN_SECONDS, Lease
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.postgres.workers import LEASE_SECONDS
from tests.support.recovering import CONFIRM_SECONDS, recovery_of
from tests.support.shelf import GTIN, Shelf
from tests.support.waiting import wait_for

REQUEST_SECONDS = 70.0
PHOTO = f"{GTIN}__Front.jpg"


def working(place: PostgresStore) -> Database:
    opened = place.open(create=True)
    opened.lease.renew(REQUEST_SECONDS)
    return opened


def cut_off(place: PostgresStore, database: Database) -> None:
    """Its machine has no network any more, for as long as its lease."""
    database._connection.close()
    place.ask("UPDATE worker SET seen_at = seen_at - %s", LEASE_SECONDS)


def elsewhere(place: PostgresStore) -> None:
    """Whoever has the records runs on another machine, of the same name."""
    place.ask("UPDATE worker SET kernel = 'another'")


def doubtful_seconds(place: PostgresStore) -> float:
    successor = place.open(create=True)
    try:
        return successor.lease.doubtful_seconds()
    finally:
        successor.close()


def test_what_another_machine_was_sending_is_in_doubt_until_its_lease_and_its_request_are_over(
    place: PostgresStore,
) -> None:
    database = working(place)
    elsewhere(place)
    with pytest.raises(AlreadyRunning):
        doubtful_seconds(place)
    cut_off(place, database)
    assert 0 < doubtful_seconds(place) <= REQUEST_SECONDS
    place.ask("UPDATE worker SET settled_at = settled_at - %s", REQUEST_SECONDS)
    assert doubtful_seconds(place) == 0


def test_two_minutes_are_enough() -> None:
    """With the time-outs that a service has unless others are set."""
    assert LEASE_SECONDS + REQUEST_SECONDS < 120


def test_who_ended_sends_nothing(place: PostgresStore) -> None:
    working(place).close()
    elsewhere(place)
    assert doubtful_seconds(place) == 0


def test_who_was_killed_on_this_machine_sends_nothing(place: PostgresStore) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    working(place)._connection.close()
    place.ask("UPDATE worker SET pid = %s", gone.pid)
    assert doubtful_seconds(place) == 0


def test_who_lives_on_this_machine_may_be_sending(place: PostgresStore) -> None:
    database = working(place)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        place.ask("UPDATE worker SET pid = %s", living.pid)
        with pytest.raises(AlreadyRunning, match=f"process {living.pid}"):
            doubtful_seconds(place)
        cut_off(place, database)
        assert doubtful_seconds(place) > 0
        living.kill()


def test_a_successor_that_dies_at_once_leaves_the_doubt_to_the_next(place: PostgresStore) -> None:
    cut_off(place, working(place))
    elsewhere(place)
    successor = working(place)
    assert successor.lease.doubtful_seconds() > LEASE_SECONDS
    cut_off(place, successor)
    elsewhere(place)
    assert doubtful_seconds(place) > LEASE_SECONDS


def test_recovery_asks_only_when_nothing_can_arrive_any_more(place: PostgresStore, tmp_path: Path) -> None:
    """The service on the machine without a network sent its photo to the end, and its successor had asked before."""
    first = Shelf(place)
    first.db.lease.renew(REQUEST_SECONDS)
    first.add(PHOTO, "A")
    assert first.claim().state is State.UPLOADING
    assert isinstance(first.db, Database)
    cut_off(place, first.db)
    elsewhere(place)
    second = place.open(create=True)
    assert recovery_of(second, tmp_path, "second", 5_000.0).begin(adopt=False) == 1
    ((state, asked_at),) = second.read("SELECT state, not_before FROM photo")
    assert state == State.UNCONFIRMED
    assert 5_000.0 + LEASE_SECONDS + CONFIRM_SECONDS < asked_at <= 5_000.0 + REQUEST_SECONDS
    second.close()
    with pytest.raises(StoreTaken):
        first.db.lease.renew(REQUEST_SECONDS)
    assert not first.db.lease.holds()
    first.db.close()


def test_a_request_is_completed_only_under_the_lease(place: PostgresStore) -> None:
    database = working(place)
    assert database.lease.holds()
    database.close()
    assert not database.lease.holds()
    now = [100.0]
    with place.connect() as connection:
        lease = Lease("photos", "studio", lambda: nullcontext(connection), Clock(), clock=lambda: now[0])
        lease.take(connection)
        assert not lease.holds()
        lease.renew(REQUEST_SECONDS)
        assert lease.holds()
        now[0] += LEASE_SECONDS - MARGIN_SECONDS
        assert not lease.holds()


def test_the_lease_is_counted_from_before_it_was_asked_for(place: PostgresStore) -> None:
    """The answer may have been on its way for long."""
    now = [100.0]
    with place.connect() as connection:

        @contextmanager
        def late() -> Iterator[psycopg.Connection[Row]]:
            now[0] += LEASE_SECONDS
            yield connection

        lease = Lease("photos", "studio", late, Clock(), clock=lambda: now[0])
        lease.take(connection)
        lease.renew(REQUEST_SECONDS)
    assert not lease.holds()


def test_the_heartbeat_goes_on_after_an_outage(place: PostgresStore) -> None:
    database = working(place)
    heartbeat = Heartbeat(database.lease, REQUEST_SECONDS, renew_seconds=0.01)
    heartbeat.start()
    ((pid,),) = database.read("SELECT pg_backend_pid()")
    place.ask("SELECT pg_terminate_backend(%s)", pid)
    place.ask("UPDATE worker SET seen_at = 0")
    wait_for(lambda: place.ask("SELECT 1 FROM worker WHERE seen_at > 0") == [(1,)], "it is renewed")
    heartbeat.stop()
    database.close()


def test_who_is_late_records_nothing_of_a_photo_that_another_sends(place: PostgresStore) -> None:
    shelf = Shelf(place)
    shelf.add(PHOTO, "A")
    photo = shelf.claim()
    shelf.db.change("UPDATE photo SET owner = 'another run'")
    with pytest.raises(RuntimeError):
        shelf.step(photo, State.QUEUED)
    assert shelf.again(photo).state is State.UPLOADING
    shelf.db.close()
