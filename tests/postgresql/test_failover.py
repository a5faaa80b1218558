"""Two servers, of which the second copies the first: one is killed in the middle of work, the other takes over."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from folder_sync.errors import StoreUnreachable
from folder_sync.photo import State
from folder_sync.report.checks.database import check
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.postgres import listening
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.whose import Whose
from tests.support.postgres import MACHINE, Server
from tests.support.proof import assert_exactly_once, gtin14, sent_again, take_up_work, wide_sandbox
from tests.support.studio import Place, Studio
from tests.support.waiting import wait_for
from tests.support.working import configure

SCHEMA = "photos"


@dataclass(frozen=True)
class Pair:
    """``hosts``: as they stand in an address, the first server's first."""

    first: Server
    second: Server
    hosts: str

    def fail_over(self) -> None:
        self.first.kill()
        self.promote()

    def promote(self) -> None:
        self.second.execute("SELECT pg_promote()")

    def fall_behind(self) -> None:
        """The second copies nothing any more, and the first does not wait for it."""
        self.first.execute("ALTER SYSTEM RESET synchronous_standby_names")
        self.second.execute("ALTER SYSTEM SET primary_conninfo = ''")
        for server in (self.first, self.second):
            server.execute("SELECT pg_reload_conf()")
        wait_for(lambda: copies_of(self.first) == [], "nothing is copied")


def addresses() -> tuple[str, str]:
    """Two of loopback's that no other test process has."""
    first = os.getpid() % 2**22 * 2
    found = [f"127.{number >> 16 & 127 | 128}.{number >> 8 & 255}.{number & 255}" for number in (first, first + 1)]
    return found[0], found[1]


def copies_of(first: Server) -> list[str]:
    with psycopg.connect(first.address) as connection:
        return [state for (state,) in connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()]


@pytest.fixture(params=["sockets", "addresses"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    ours = addresses() if request.param == "addresses" else ("", "")
    first = Server(flushes=True, listens=ours[0])
    try:
        first.execute("CREATE SCHEMA photos")
        second = Server(flushes=True, listens=ours[1], standby_of=first)
        try:
            # What the first says is recorded is with the second by then.
            first.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            first.execute("SELECT pg_reload_conf()")
            wait_for(lambda: copies_of(first) == ["sync"], "the first waits for the second")
            where = f"?host={first.folder},{second.folder}"
            yield Pair(first, second, f"{ours[0]}:5432,{ours[1]}:5432/postgres?" if ours[0] else f"/postgres{where}&")
        finally:
            second.stop()
    finally:
        first.stop()


@pytest.fixture
def place(pair: Pair, tmp_path: Path) -> Place:
    url = f"postgresql://postgres@{pair.hosts}options=-csearch_path%3D{SCHEMA}"
    return Place(PostgresStore.at(url, tmp_path / "beside.db", None, Whose(MACHINE)), url)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with wide_sandbox() as sandbox:
        yield sandbox


def test_the_first_server_is_killed_while_photos_are_sent(
    tmp_path: Path, sandbox: Sandbox, pair: Pair, place: Place
) -> None:
    """With what follows the records: the page, and a program that wants to hear of each step."""
    studio = Studio(tmp_path, sandbox, place)
    configure(studio, concurrency=3)
    take_up_work(studio)
    heard = tmp_path / "heard"
    with heard.open("w") as output, studio.start("run") as service:
        wait_for(lambda: f'"pid": {service.pid}' in studio.told(), "the service has started")
        with studio.start("changes", "--follow", output=output) as follower:
            wait_for(lambda: "readme" in heard.read_text(), "it follows")
            sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
            under_way = [studio.export(f"{gtin14(number)}__a.jpg") for number in range(3)]
            wait_for(lambda: len(sandbox.ledger.stored) == 3, "three are stored, and not answered")
            pair.fail_over()
            late = [studio.export(f"{gtin14(number)}__a.jpg") for number in range(3, 6)]
            for path in (*under_way, *late):
                assert_exactly_once(sandbox, studio.wait_for_state(path, State.UPLOADED))
            wait_for(lambda: heard.read_text().count('"uploaded"') >= 6, "each step is heard of")
            assert follower.end(signal.SIGTERM) == 0
        told = studio.told()
        status = studio.command("status")
        assert service.end(signal.SIGTERM) == 0
    assert "The service is running" in status.stdout
    # On a busy machine it may also have said that a commit takes long, which waits for the second server.
    outages = [line for line in told.splitlines() if '"store_unavailable"' in line and "in time" not in line]
    assert len(outages) == 1, outages
    assert sent_again(sandbox) == []
    assert len(sandbox.ledger.arrivals) == 6


@pytest.mark.parametrize("pair", ["sockets"], indirect=True)
def test_a_second_server_that_lagged_takes_over(tmp_path: Path, sandbox: Sandbox, pair: Pair, place: Place) -> None:
    """What was recorded last is gone. It is looked up in the catalogue, once nothing of it can arrive any more."""
    studio = Studio(tmp_path, sandbox, place)
    configure(studio, concurrency=3)
    take_up_work(studio)
    with studio.start("run") as service:
        known = studio.export(f"{gtin14(0)}__a.jpg")
        studio.wait_for_state(known, State.UPLOADED)
        pair.fall_behind()
        forgotten = [studio.export(f"{gtin14(number)}__a.jpg") for number in (1, 2)]
        for path in forgotten:
            studio.wait_for_state(path, State.UPLOADED)
        sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True)
        under_way = studio.export(f"{gtin14(3)}__a.jpg")
        wait_for(lambda: len(sandbox.ledger.stored) == 4, "it is stored, and not answered")
        pair.fail_over()
        late = studio.export(f"{gtin14(4)}__a.jpg")
        for path in (known, *forgotten, under_way, late):
            assert_exactly_once(sandbox, studio.wait_for_state(path, State.UPLOADED))
        told = studio.told()
        assert service.end(signal.SIGTERM) == 0
    assert '"service_starts_anew"' in told
    assert '"records_behind"' in told
    assert sent_again(sandbox) == []
    assert len(sandbox.ledger.arrivals) == 5


def test_who_listens_hears_the_second_server(pair: Pair, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PROOF_SECONDS", 0.0)
    monkeypatch.setattr(listening, "PATIENCE_SECONDS", 30.0)
    place.store.open(create=True).close()
    with place.store.news() as news:
        assert news.descriptor is not None
        pair.fail_over()
        wait_for(lambda: news.heard() and news.descriptor is not None, "it hears again")
        database = place.store.open()
        monkeypatch.setattr(listening, "PROOF_SECONDS", 1e6)
        database.change("UPDATE provenance SET records = records")
        wait_for(news.heard, "it is heard")
        database.close()


def test_a_standby_is_read_and_not_worked_on(pair: Pair, place: Place, tmp_path: Path) -> None:
    """Where an address leads to it alone, it says so; among several servers it is passed over until it is promoted."""
    place.store.open(create=True).close()
    url = f"postgresql://postgres@/postgres?host={pair.second.folder}&options=-csearch_path%3D{SCHEMA}"
    standby = PostgresStore.at(url, tmp_path / "beside.db", None, Whose(MACHINE))
    wait_for(lambda: not standby.is_missing(), "the tables are there too")
    for create in (True, False):
        with pytest.raises(StoreUnreachable, match="is on a standby server, which can't be written to"):
            standby.open(create=create)
    (found,) = check(standby)
    assert (found.ok, found.detail) == (
        False,
        f"The database postgres on {pair.second.folder} is on a standby server, which can't be written to.",
    )
    with closing(standby.open(read_only=True)) as reader:
        assert PhotoQueries(reader).counts()[State.QUEUED] == 0
    with standby.news() as news:
        assert (news.descriptor, news.heard()) == (None, False)
    pair.first.kill()
    with pytest.raises(StoreUnreachable, match="can't be written: none of its servers that answer is the primary"):
        place.store.open()
    pair.promote()
    for store in (standby, place.store):
        store.open().close()
