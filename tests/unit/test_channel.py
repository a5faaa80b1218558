"""What holds an account up, for how long, and what ends it. No request is made here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.closient.headers import Heard
from folder_sync.errors import (
    FileChanged,
    FolderSyncError,
    OutcomeUnknown,
    OutOfTurn,
    Refused,
    StoreUnavailable,
    UnknownProduct,
)
from folder_sync.photo import Image
from folder_sync.rules.outcome import Pause, Policy, Scope, decide
from folder_sync.rules.quota import Window
from folder_sync.sandbox.codes import make_id
from folder_sync.service.delivery.channel import Permit
from folder_sync.service.delivery.uploading import tell_channel
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.bench import NOW, NOWHERE, bench_channel

POLICY = Policy(retry_base_seconds=2.0, retry_max_seconds=60.0)
DOWN = Pause(Scope.HOST, "down")
REFUSED = Pause(Scope.ACCOUNT, "refused")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "x.db", create=True)
    yield database
    database.close()


class Bench:
    """A channel whose clock stands still, without jitter."""

    def __init__(self, database: Database, organization_id: str | None, *windows: Window) -> None:
        self.service_state = ServiceState(database)
        self.monotonic = 0.0
        self.channel = bench_channel(
            database, *windows, policy=POLICY, organization_id=organization_id, monotonic=lambda: self.monotonic
        )

    def begin(self) -> Permit:
        permit = self.channel.begin()
        assert permit is not None
        return permit

    def try_in_vain(self, pause: Pause) -> float:
        """As soon as something may be tried. How long nothing is, after that."""
        self.monotonic += self.channel.delay()
        permit = self.begin()
        self.channel.obey(permit, pause)
        self.channel.end(permit)
        return self.channel.delay()

    def pauses(self) -> dict[str, float | None]:
        """As `status` shows them, as seconds from now."""
        self.channel.publish()
        return {note.scope: note.until and note.until - NOW for note in self.service_state.pauses()}


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    bench = Bench(database, make_id())
    yield bench
    bench.channel.close()


def test_an_account_that_nobody_named_yet_asks_first(database: Database) -> None:
    bench = Bench(database, None)
    channel = bench.channel
    assert channel.must_identify()
    assert not channel.paused  # it is only new
    permit = bench.begin()
    assert channel.delay() == math.inf  # one whoami at a time
    assert channel.begin() is None
    organization_id = make_id()
    channel.identified(permit, organization_id)
    channel.end(permit)
    assert not channel.must_identify()
    assert channel.delay() == 0
    assert bench.pauses() == {}
    assert bench.service_state.organization("main", NOWHERE) == organization_id
    channel.close()


def test_a_refused_key_is_tried_at_growing_intervals(bench: Bench) -> None:
    assert [bench.try_in_vain(REFUSED) for _ in range(8)] == [2, 4, 8, 16, 32, 60, 60, 60]
    channel = bench.channel
    assert channel.must_identify()
    assert channel.refused
    assert bench.pauses() == {"account:main": 60}
    bench.monotonic += 60
    permit = bench.begin()
    channel.identified(permit, channel.organization_id or "")
    channel.end(permit)
    assert bench.pauses() == {}
    assert not channel.paused


def test_a_key_that_whoami_accepts_and_uploads_do_not_is_tried_ever_less_often(bench: Bench) -> None:
    waits = []
    for _ in range(4):
        waits.append(bench.try_in_vain(REFUSED))
        bench.monotonic += waits[-1]
        whoami = bench.begin()
        bench.channel.identified(whoami, bench.channel.organization_id or "")
        bench.channel.end(whoami)
    assert waits == [2, 4, 8, 16]
    upload = bench.begin()
    bench.channel.accepted(upload)
    bench.channel.end(upload)
    assert bench.try_in_vain(REFUSED) == 2  # a new row of failures


def test_four_requests_that_are_refused_in_one_instant_are_one_failure(bench: Bench) -> None:
    """A blip of the network stood for 16 s instead of 2, and with it `sync` gave up."""
    permits = [bench.begin() for _ in range(4)]
    for permit in permits:
        bench.channel.obey(permit, DOWN)
        bench.channel.end(permit)
    assert bench.channel.failures() == 1
    assert bench.channel.delay() == 2


def test_an_old_request_that_ends_lets_nobody_through_beside_the_probe(bench: Bench) -> None:
    first, old = bench.begin(), bench.begin()
    bench.channel.obey(first, DOWN)
    bench.channel.end(first)
    bench.monotonic += 2
    probe = bench.begin()
    bench.channel.reached(old)
    bench.channel.end(old)
    assert bench.channel.delay() == math.inf
    bench.channel.end(probe)
    assert bench.channel.delay() == 0  # that probe ended in something that says nothing of the host


def test_a_host_that_is_down_is_tried_with_one_request(bench: Bench) -> None:
    assert [bench.try_in_vain(DOWN) for _ in range(4)] == [2, 4, 8, 16]
    assert bench.channel.failures() == 4
    bench.monotonic += 16
    probe = bench.begin()
    assert bench.channel.delay() == math.inf
    bench.channel.reached(probe)
    bench.channel.end(probe)
    assert bench.channel.failures() == 0
    assert bench.pauses() == {}
    assert not bench.channel.must_identify()


def test_lost_answers_count_only_in_a_row(bench: Bench) -> None:
    def lost() -> None:
        permit = bench.begin()
        bench.channel.unanswered(permit, "lost")
        bench.channel.end(permit)

    for _ in range(2):
        lost()
    permit = bench.begin()
    bench.channel.reached(permit)
    bench.channel.end(permit)
    for _ in range(2):
        lost()
    assert bench.pauses() == {}
    lost()
    assert bench.pauses() == {"host:main": 2}
    bench.monotonic += 2
    lost()  # the try was in vain
    assert bench.pauses() == {"host:main": 4}


def test_what_an_upload_that_ended_says_of_the_host(bench: Bench) -> None:
    """A lost answer counts against it, whatever answers the photo ends the row, and a changed file says nothing."""

    def ended(result: Image | FolderSyncError) -> None:
        permit = bench.begin()
        tell_channel(permit, result, decide(result, attempts=1, now=NOW, u=0.0, policy=POLICY))
        bench.channel.end(permit)

    lost, image = OutcomeUnknown("503."), Image(make_id(), "", is_primary=False, created=NOW, image_url=None)
    answers: list[Image | FolderSyncError] = [
        image,
        Refused("It is not valid.", code="api_validation_error", status=422),
        UnknownProduct("404."),
    ]
    for answer in answers:
        for result in (lost, lost, answer):
            ended(result)
    assert bench.pauses() == {}
    for result in (lost, FileChanged("It has changed."), lost, FileChanged("It has changed."), lost):
        ended(result)
    assert bench.pauses() == {"host:main": 2}


def test_questions_answered_between_do_not_hide_that_uploads_are_forbidden_and_whoami_says_nothing(
    bench: Bench,
) -> None:
    """Of a host that lists images, refuses uploads and has no whoami, photo after photo was tried at a first start."""

    def forbidden() -> float:
        permit = bench.begin()
        bench.channel.unjudged(permit, "forbidden")
        bench.channel.end(permit)
        return bench.channel.delay()

    def listed() -> None:
        permit = bench.begin()
        bench.channel.answered(permit)
        bench.channel.end(permit)

    for wait in (0, 0, 2, 4, 8):
        listed()
        assert forbidden() == wait
        bench.monotonic += wait
    assert bench.channel.failures() == 3
    permit = bench.begin()
    bench.channel.identified(permit, make_id())
    bench.channel.reached(permit)
    bench.channel.end(permit)
    assert bench.pauses() == {}
    assert bench.channel.failures() == 0
    assert [forbidden() for _ in range(2)] == [0, 0]


def test_three_products_of_somebody_else_in_a_row(bench: Bench) -> None:
    def forbidden() -> None:
        permit = bench.begin()
        bench.channel.reached(permit)
        bench.channel.forbidden(permit)
        bench.channel.end(permit)

    for _ in range(2):
        forbidden()
    permit = bench.begin()
    bench.channel.accepted(permit)
    bench.channel.end(permit)
    for _ in range(2):
        forbidden()
    assert bench.pauses() == {}
    forbidden()
    assert bench.pauses() == {"account:main": 2}


def test_a_429_is_over_when_the_next_request_is_answered(bench: Bench) -> None:
    assert bench.try_in_vain(Pause(Scope.KEY, "too many", 30.0)) == 30
    assert bench.pauses() == {"key:main": 30}
    assert not bench.channel.paused
    bench.monotonic += 30
    permit = bench.begin()
    bench.channel.reached(permit)
    bench.channel.end(permit)
    assert bench.pauses() == {}


def test_429s_in_a_row_that_name_no_time_grow_all_the_same(bench: Bench) -> None:
    at_once = Pause(Scope.KEY, "too many", 0.0)
    assert [bench.try_in_vain(at_once) for _ in range(5)] == [2, 4, 8, 16, 32]
    assert bench.try_in_vain(Pause(Scope.KEY, "too many", 100.0)) == 100


def test_an_absurd_retry_after_stops_nobody_for_years(bench: Bench) -> None:
    assert bench.try_in_vain(Pause(Scope.KEY, "too many", 1e9)) == 86_400


def test_a_job_that_needs_more_requests_waits_for_no_day(database: Database) -> None:
    bench = Bench(database, make_id(), Window(1, 86_400))
    permit = bench.begin()
    with pytest.raises(OutOfTurn):
        bench.channel.again(permit)
    bench.channel.end(permit)
    assert QuotaBook(database).used("main", 0) == []
    bench.channel.close()


def test_a_further_request_of_a_job_is_counted_too(bench: Bench, database: Database) -> None:
    permit = bench.begin()
    bench.channel.again(permit)
    bench.channel.end(permit)
    assert QuotaBook(database).used("main", 0) == [(int(NOW), 1)]  # the first is counted by whoever makes it


def test_what_could_not_be_written_down_is_written_later(bench: Bench, database: Database) -> None:
    bench.try_in_vain(DOWN)
    with database.write() as connection:
        connection.execute("ALTER TABLE pause RENAME TO away")
    with pytest.raises(StoreUnavailable):
        bench.channel.publish()
    with database.write() as connection:
        connection.execute("ALTER TABLE away RENAME TO pause")
    assert bench.pauses() == {"host:main": 2}


def test_what_is_heard_tells_the_servers_clock(bench: Bench) -> None:
    bench.channel._heard(Heard(200, (), None, None, None, None, NOW - 7200))
    assert bench.channel.skew == -7200
    bench.channel._heard(Heard(200, (), None, None, None, None, None))
    assert bench.channel.skew == -7200


def test_what_is_heard_while_the_database_is_away_is_not_worth_an_upload(bench: Bench, database: Database) -> None:
    """The windows can't be counted, but the answer they came with must reach its photo."""
    with database.write() as connection:
        connection.execute("DROP TABLE quota_use")
    bench.channel._heard(Heard(201, (Window(5, 60),), 5, 4, 60.0, None, None))
