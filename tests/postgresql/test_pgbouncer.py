"""Through a pooler, whichever way it hands out sessions: nothing that is relied upon belongs to one.

Each transaction may have another session, and other clients are given this one meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest

from folder_sync.errors import AlreadyRunning, StoreLapsed, StoreTaken, StoreUnavailable
from folder_sync.photo import State
from folder_sync.store import moving
from folder_sync.store.opening import store_at
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.postgres import listening
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.store import PostgresStore
from tests.support.pgbouncer import pooled
from tests.support.postgres import on_machine
from tests.support.shelf import GTIN, Shelf, claimed_by_many
from tests.support.studio import Studio
from tests.support.waiting import wait_for

ONE = f"{GTIN}__One.jpg"


@pytest.fixture(params=["transaction", "session"])
def place(request: pytest.FixtureRequest) -> Iterator[PostgresStore]:
    with pooled(request.param) as store:
        yield store


@pytest.fixture
def by_transaction() -> Iterator[PostgresStore]:
    with pooled("transaction") as store:
        yield store


def test_sessions_are_handed_out_by_the_transaction(by_transaction: PostgresStore) -> None:
    """What all of this is about."""
    with by_transaction.connect() as connection:
        sessions = {connection.execute("SELECT pg_backend_pid()").fetchall()[0] for _ in range(20)}
    with by_transaction.connect() as one, by_transaction.connect() as two:
        one.execute("BEGIN")
        two.execute("BEGIN")
        sessions |= {each.execute("SELECT pg_backend_pid()").fetchall()[0] for each in (one, two)}
    assert len(sessions) > 1


def test_many_claim_what_there_is_once(place: PostgresStore) -> None:
    shelf = Shelf(place)
    assert claimed_by_many(shelf, 60) == list(range(1, 61))
    assert shelf.photo_queries.counts()[State.UPLOADING] == 60
    shelf.db.close()


def test_one_service_of_a_name(place: PostgresStore) -> None:
    first = place.open(create=True)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        place.open(create=True)
    assert place.holder() == os.getpid()
    first.close()
    assert place.holder() is None
    both = Barrier(4)

    def begin(_number: int) -> Database | None:
        both.wait(30)
        with suppress(AlreadyRunning):
            return place.open(create=True)
        return None

    with ThreadPoolExecutor(4) as pool:
        (only,) = [found for found in pool.map(begin, range(4)) if found is not None]
    only.close()


def test_who_was_killed_is_followed_at_once(place: PostgresStore) -> None:
    place.open(create=True).close()
    program = (
        "import sys; from pathlib import Path; from folder_sync.store.postgres.store import PostgresStore;"
        "from folder_sync.store.whose import Whose;"
        "store = PostgresStore(sys.argv[1], Path(sys.argv[2]), Whose(sys.argv[3]));"
        "database = store.open(create=True); print('works', flush=True); input()"
    )
    command = [sys.executable, "-c", program, place.where, str(place.path), place.watcher]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"works\n"
        with pytest.raises(AlreadyRunning, match=f"process {first.pid}"):
            place.open(create=True)
        first.kill()
    place.open(create=True).close()


def test_who_was_declared_over_writes_nothing(place: PostgresStore) -> None:
    shelf = Shelf(place)
    place.ask("UPDATE worker SET is_over = 1")
    with pytest.raises(StoreLapsed):
        shelf.add(ONE, "A")
    place.ask("UPDATE worker SET token = 'another', is_over = 0")
    with pytest.raises(StoreTaken):
        shelf.add(ONE, "A")
    assert shelf.db.read("SELECT id FROM photo") == []
    shelf.db.close()


def test_a_connection_that_is_lost_is_made_anew(place: PostgresStore) -> None:
    shelf = Shelf(place)
    shelf.add(ONE, "A")
    place.ask(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE usename = current_user AND pid <> pg_backend_pid()"
    )

    def counted() -> bool:
        with suppress(StoreUnavailable):
            return shelf.photo_queries.counts()[State.QUEUED] == 1
        return False

    wait_for(counted, "it is there again")
    shelf.db.close()


def test_the_same_statements_again_and_again(place: PostgresStore) -> None:
    """A prepared one would be another session's."""
    shelf, reader = Shelf(place), place.open(read_only=True)
    for number in range(12):
        shelf.add(f"{GTIN}__{number}.jpg", str(number))
        assert PhotoQueries(reader).counts()[State.QUEUED] == number + 1
    reader.close()
    shelf.db.close()


def test_news_is_heard_through_a_session_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE_SECONDS", 30.0)
    with pooled("session") as place:
        shelf = Shelf(place)
        with place.news() as news:
            assert news.descriptor is not None
            shelf.add(ONE, "A")
            wait_for(news.heard, "it is heard")
        shelf.db.close()


def test_a_pooler_that_hands_out_transactions_lets_nothing_be_heard(
    by_transaction: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "PATIENCE_SECONDS", 0.5)
    by_transaction.open(create=True).close()
    with by_transaction.news() as news:
        assert news.descriptor is None
        assert not news.heard()


def test_records_are_moved(place: PostgresStore, tmp_path: Path) -> None:
    here = Shelf(tmp_path / "here.db")
    for number in range(3):
        here.add(f"{GTIN}__{number}.jpg", str(number))
    lock = place.lock(alone=True)
    moving.copy(here.db, place)
    with pytest.raises(AlreadyRunning):
        place.open(create=True)
    lock.release()
    here.db.close()
    service = place.open(create=True)
    with pytest.raises(AlreadyRunning):
        on_machine("office", place).lock(alone=True)
    assert PhotoQueries(service).counts()[State.QUEUED] == 3
    service.close()
    there = place.open(read_only=True)
    moving.copy(there, store_at(tmp_path / "back.db"))
    there.close()


def test_what_a_pooler_does_not_take_is_said(by_transaction: PostgresStore) -> None:
    wrong = PostgresStore(
        f"{by_transaction.where} options=-csearch_path=photos", by_transaction.path, by_transaction.whose
    )
    with pytest.raises(StoreUnavailable, match=r"A pooler .* does not accept all of store\.url"):
        wrong.open()


def test_a_service_is_killed_and_goes_on(studio: Studio, by_transaction: PostgresStore) -> None:
    """Once: nothing is sent twice."""
    written = studio.config.read_text()
    folder = by_transaction.path.parent
    ((role,),) = by_transaction.ask("SELECT current_user")
    url = f"postgresql://{role}@/postgres?host={folder}"
    studio.config.write_text(written.replace(f"sqlite:///{studio.database}", url))
    machine = {"FOLDER_SYNC_STORE__MACHINE": by_transaction.watcher, "STATE_DIRECTORY": str(studio.home / "state")}
    with studio.start("run", env=machine) as process:
        studio.export(f"{GTIN}__One.jpg")
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 1, "the first is there")
        process.kill()
    with studio.start("run", env=machine) as process:
        studio.export(f"{GTIN}__Two.jpg")
        wait_for(
            lambda: by_transaction.ask("SELECT count(*) FROM photo WHERE state = 'uploaded'") == [(2,)], "both are"
        )
        with studio.start("run", env=machine) as second:
            assert second.wait(60) == 75
        assert process.end(signal.SIGTERM) == 0
    assert len(studio.sandbox.ledger.stored) == 2
    assert "store_unavailable" not in studio.told()
