"""A server under the records that is killed, cut off, or whose answers are lost: nothing is forgotten or repeated."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.postgres.store import PostgresStore
from tests.support.postgres import Server, new_schema, place_of
from tests.support.postgres_proxy import PostgresProxy, postgres_proxy
from tests.support.processes import hears_hup
from tests.support.proof import assert_exactly_once, gtin14, sent_again, take_up_work, wide_sandbox
from tests.support.studio import Process, Studio
from tests.support.waiting import wait_for
from tests.support.working import configure


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that may be killed: all others share theirs."""
    server = Server(flushes=True)
    yield server
    server.stop()


@dataclass(frozen=True, slots=True)
class Site:
    """``way``: from the service to the database; the tests have one of their own."""

    studio: Studio
    store: PostgresStore
    way: PostgresProxy

    @property
    def sandbox(self) -> Sandbox:
        return self.studio.sandbox

    @property
    def outages(self) -> int:
        return self.studio.told().count('"store_unavailable"')

    def deliver(self, first: int, count: int) -> list[Path]:
        return [self.studio.export(f"{gtin14(number)}__a.jpg") for number in range(first, first + count)]

    def wait_until_uploaded(self, paths: list[Path]) -> None:
        for path in paths:
            assert_exactly_once(self.sandbox, self.studio.wait_for_state(path, State.UPLOADED))

    def wait_for_posts(self, count: int) -> None:
        """That have ended."""

        def ended() -> int:
            return sum(call.method == "POST" for call in self.sandbox.ledger.calls)

        wait_for(lambda: ended() == count, f"{count} posts have ended")


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Iterator[Site]:
    with wide_sandbox() as sandbox, new_schema(server) as store, postgres_proxy(server.folder) as way:
        studio = Studio(tmp_path, sandbox, place_of(store, through=way.folder))
        configure(studio, concurrency=3)
        take_up_work(studio)
        yield Site(studio, store, way)
        assert sent_again(sandbox) == []


@contextmanager
def at_work(site: Site) -> Iterator[Process]:
    with site.studio.start("run") as process:
        wait_for(lambda: f'"pid": {process.pid}' in site.studio.told(), "the service has started")
        yield process
        assert process.end(signal.SIGTERM) == 0


def test_the_server_is_killed_while_photos_are_sent(site: Site, server: Server) -> None:
    """How they ended can't be recorded, and new ones can't be taken in; nothing leaves that nobody could record."""
    with at_work(site) as process:
        site.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
        under_way = site.deliver(0, 3)
        wait_for(lambda: len(site.sandbox.ledger.stored) == 3, "three are stored, and not answered")
        server.kill()
        late = site.deliver(3, 3)
        wait_for(lambda: site.outages == 1, "the log tells of the database")
        site.wait_for_posts(3)
        assert process.poll() is None
        server.start()
        site.wait_until_uploaded([*under_way, *late])
    assert len(site.sandbox.ledger.arrivals) == 6
    assert site.outages == 1


def test_killed_with_the_server_and_started_before_it(site: Site, server: Server) -> None:
    """What ended meanwhile is known to nobody but the catalogue."""
    site.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=2)
    with site.studio.start("run") as process:
        paths = site.deliver(0, 2)
        wait_for(lambda: len(site.sandbox.ledger.stored) == 2, "two are stored, and not answered")
        server.kill()
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
    told = len(site.studio.told())
    with site.studio.start("run") as process:
        wait_for(lambda: "can't be reached" in site.studio.told()[told:], "it says that the database is away")
        assert process.poll() is None
        server.start()
        site.wait_until_uploaded(paths)
        assert process.end(signal.SIGTERM) == 0
    assert len(site.sandbox.ledger.arrivals) == 2


def test_reloaded_while_the_server_is_away(site: Site, server: Server) -> None:
    """It waits with that, and goes on when the server is back."""
    with at_work(site) as process:
        wait_for(lambda: hears_hup(process.pid), "it hears signals")
        server.kill()
        wait_for(lambda: site.outages > 0, "it says that the database is away")
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: '"service_stopped"' in site.studio.told(), "it is stopped for the reload")
        paths = site.deliver(0, 2)
        server.start()
        site.wait_until_uploaded(paths)
    assert len(site.sandbox.ledger.arrivals) == 2
    assert site.outages in (1, 2)  # by the run that ends, and by the one that waits if it finds the server away still


CLAIM: Final = b"UPDATE photo SET state = 'uploading'"
COMPLETION: Final = b"\0\0\0\x08uploaded"
"""As the protocol has this value."""


def test_nobody_hears_whether_a_step_was_recorded(site: Site) -> None:
    """The answer to COMMIT is lost, after it was done or before, of a claim and of a completion."""
    with at_work(site):
        for number, (said, is_done) in enumerate(product((CLAIM, COMPLETION), (True, False))):
            site.way.lose_commit(said, is_done=is_done)
            site.wait_until_uploaded(site.deliver(3 * number, 3))
            assert site.way.losses == number + 1
    assert len(site.sandbox.ledger.arrivals) == 12


def test_all_connections_end_again_and_again(site: Site) -> None:
    with at_work(site):
        for round_ in range(1, 4):
            paths = site.deliver(3 * round_, 3)
            wait_for(lambda: len(site.sandbox.ledger.arrivals) > 3 * round_ - 3, "one has arrived")  # noqa: B023
            site.store.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'folder-sync %' AND pid <> pg_backend_pid()"
            )
            site.wait_until_uploaded(paths)
    assert len(site.sandbox.ledger.arrivals) == 9
