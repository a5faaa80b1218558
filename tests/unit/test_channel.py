"""What holds an account up, for how long, and what ends it. No request is made here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import parse_key
from folder_sync.rules.outcome import Pause, Policy, Scope
from folder_sync.rules.quota import Window
from folder_sync.sandbox.codes import make_id, make_key
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database

NOW = 1_800_000_000.0
URL = "http://127.0.0.1:9"
POLICY = Policy(retry_base_seconds=2.0, retry_max_seconds=60.0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "x.db", create=True)
    yield database
    database.close()


class Bench:
    """A lane whose clock stands still, without jitter."""

    def __init__(self, database: Database, organization_id: str | None) -> None:
        self.service_state = ServiceState(database)
        self.monotonic = 0.0
        self.channel = Channel(
            "main",
            URL,
            connect=lambda on_heard: Client(
                URL, parse_key(make_key()), connect_seconds=1.0, read_seconds=1.0, on_heard=on_heard
            ),
            rate_limiter=RateLimiter(
                "main", QuotaBook(database), (Window(300, 60),), wall=lambda: NOW, clock=lambda: self.monotonic
            ),
            fetcher=Fetcher(URL, connect_seconds=1.0, read_seconds=1.0),
            service_state=self.service_state,
            policy=POLICY,
            organization_id=organization_id,
            clock=lambda: NOW,
            jitter=lambda: 0.0,
        )

    def paused(self) -> bool:
        return self.channel.paused

    def pauses(self) -> dict[str, float | None]:
        return {note.scope: note.until for note in self.service_state.pauses()}

    def request(self) -> None:
        self.channel.begin()
        self.channel.end()


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    bench = Bench(database, make_id())
    yield bench
    bench.channel.close()


def test_an_account_that_nobody_named_yet_asks_first(database: Database) -> None:
    bench = Bench(database, None)
    channel = bench.channel
    assert channel.must_identify()
    assert not bench.paused()  # it is only new
    assert channel.delay(NOW) == 0
    channel.begin()
    assert channel.delay(NOW) == math.inf  # one whoami at a time
    organization_id = make_id()
    channel.identified(organization_id)
    channel.end()
    assert not channel.must_identify()
    assert channel.delay(NOW) == 0
    assert bench.pauses() == {}
    assert bench.service_state.organization("main", URL) == organization_id
    channel.close()


def test_a_refused_key_is_tried_at_growing_intervals(bench: Bench) -> None:
    waits = []
    for _ in range(8):
        bench.channel.obey(Pause(Scope.ACCOUNT, NOW, "refused"), NOW)
        waits.append(bench.channel.delay(NOW))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert bench.channel.must_identify()
    assert bench.channel.refused
    assert bench.paused()
    assert bench.pauses() == {"account:main": NOW + 60}
    assert bench.channel.organization_id is not None
    bench.channel.identified(bench.channel.organization_id)
    assert bench.pauses() == {}
    assert not bench.paused()
    bench.channel.obey(Pause(Scope.ACCOUNT, NOW, "refused"), NOW)
    assert bench.channel.delay(NOW) == 2  # a new row of failures


def test_a_host_that_is_down_is_tried_with_one_request(bench: Bench) -> None:
    bench.channel.obey(Pause(Scope.HOST, NOW, "down"), NOW)
    assert bench.channel.failures() == 1
    assert bench.channel.delay(NOW) == 2
    assert bench.channel.delay(NOW + 2) == 0
    bench.channel.begin()
    assert bench.channel.delay(NOW + 2) == math.inf
    bench.channel.end()
    assert bench.channel.delay(NOW + 2) == 0  # that try ended in something that says nothing of the host
    bench.channel.reached()
    assert bench.channel.failures() == 0
    assert bench.pauses() == {}
    assert not bench.channel.must_identify()


def test_lost_answers_count_only_in_a_row(bench: Bench) -> None:
    for _ in range(2):
        bench.channel.unanswered("lost", NOW)
    bench.channel.reached()
    for _ in range(2):
        bench.channel.unanswered("lost", NOW)
    assert not bench.paused()
    bench.channel.unanswered("lost", NOW)
    assert bench.paused()
    assert bench.pauses() == {"host:main": NOW + 2}
    bench.channel.unanswered("lost", NOW)  # the try was in vain
    assert bench.pauses() == {"host:main": NOW + 4}


def test_three_products_of_somebody_else_in_a_row(bench: Bench) -> None:
    for _ in range(2):
        bench.channel.forbidden(NOW)
    bench.channel.accepted()
    for _ in range(2):
        bench.channel.forbidden(NOW)
    assert not bench.paused()
    bench.channel.forbidden(NOW)
    assert bench.channel.refused


def test_a_429_is_over_with_the_next_request(bench: Bench) -> None:
    bench.channel.obey(Pause(Scope.KEY, NOW + 30, "too many"), NOW)
    assert bench.channel.delay(NOW) == pytest.approx(30)
    assert bench.pauses() == {"key:main": NOW + 30}
    assert not bench.paused()
    bench.monotonic += 30
    assert bench.channel.delay(NOW) == 0
    bench.request()
    assert bench.pauses() == {}


def test_an_absurd_retry_after_stops_nobody_for_years(bench: Bench) -> None:
    bench.channel.obey(Pause(Scope.KEY, NOW + 1e9, "too many"), NOW)
    assert bench.channel.delay(NOW) == pytest.approx(86_400)


def test_no_pause_becomes_longer_when_the_clock_is_set_back(bench: Bench) -> None:
    bench.channel.obey(Pause(Scope.HOST, NOW, "down"), NOW)
    bench.channel.obey(Pause(Scope.ACCOUNT, NOW, "refused"), NOW)
    assert bench.channel.may_test(NOW)
    earlier = NOW - 7200
    assert bench.channel.delay(earlier) == 7202
    bench.channel.clock_set_back(7200)
    assert bench.channel.delay(earlier) == 2
    assert not bench.channel.may_test(earlier)
    assert bench.channel.may_test(earlier + 61)


def test_what_is_heard_tells_the_servers_clock(bench: Bench) -> None:
    bench.channel._heard(Heard(200, (), None, None, None, None, NOW - 7200))
    assert bench.channel.skew == -7200
    bench.channel._heard(Heard(200, (), None, None, None, None, None))
    assert bench.channel.skew == -7200


def test_what_is_heard_while_the_database_is_away_is_not_worth_an_upload(bench: Bench, database: Database) -> None:
    """The windows can't be remembered, but the answer they came with must reach its photo."""
    with database.write() as connection:
        connection.execute("DROP TABLE quota_window")
    bench.channel._heard(Heard(201, (Window(5, 60),), 5, 4, 60.0, None, None))
