"""One key's quota across restarts, 429s and what the server says. The clocks are the test's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.closient.headers import Heard
from folder_sync.rules.quota import Window
from folder_sync.service.delivery.rate_limiter import RateLimiter, load_meters
from folder_sync.store.quota import QuotaBook
from folder_sync.store.sqlite.database import Database

MINUTE, DAY = Window(10, 60), Window(1000, 86_400)


class Clocks:
    """Unix time and monotonic time, which run together until somebody sets the machine's clock."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.monotonic = 50.0

    def tick(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "x.db", create=True)
    yield database
    database.close()


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def rate_limiter(database: Database, clocks: Clocks, *windows: Window) -> RateLimiter:
    return RateLimiter(
        "main",
        QuotaBook(database),
        windows or (MINUTE, DAY),
        wall=lambda: clocks.wall,
        clock=lambda: clocks.monotonic,
    )


def use(rate_limiter: RateLimiter, clocks: Clocks, most: int) -> int:
    """Send at most so many requests as fast as allowed, within five seconds; how many went."""
    sent = 0
    for _ in range(500):
        if sent < most and rate_limiter.reserve() == 0:
            rate_limiter.record()
            rate_limiter.end()
            sent += 1
        clocks.tick(0.01)
    return sent


def heard(*policy: Window, limit: int | None = None, remaining: int | None = None, reset: float | None = None) -> Heard:
    return Heard(200, policy, limit, remaining, reset, None, None)


def test_windows_that_an_error_names_are_not_the_keys(database: Database, clocks: Clocks) -> None:
    """A gateway allowed one request a day: nothing went that would have heard of the right windows."""
    one = rate_limiter(database, clocks)
    assert use(one, clocks, 3) == 3
    for status in (429, 503):
        one.heard(Heard(status, (Window(1, 86_400),), 1, 0, 86_400.0, None, None))
        one.save()
    assert one.delay() < 60
    assert rate_limiter(database, clocks).delay() < 60


def test_a_window_is_never_overrun_and_comes_back(database: Database, clocks: Clocks) -> None:
    one = rate_limiter(database, clocks, Window(10, 4))
    began = clocks.monotonic
    times: list[float] = []
    while len(times) < 40:
        if one.reserve() == 0:
            times.append(clocks.monotonic)
            one.end()
        clocks.tick(0.01)
    assert all(later - earlier >= 4 for earlier, later in zip(times, times[10:], strict=False))
    assert clocks.monotonic - began < 4.2 * 4  # and used to the full


def test_a_request_holds_its_place_until_it_is_over(database: Database, clocks: Clocks) -> None:
    one = rate_limiter(database, clocks, Window(1, 5))
    assert one.reserve() == 0
    clocks.tick(100)
    assert one.reserve() > 0
    one.end()
    clocks.tick(4.9)
    assert one.delay() > 0
    clocks.tick(0.2)
    assert one.delay() == 0


def test_the_count_survives_a_restart_and_a_set_clock(database: Database, clocks: Clocks) -> None:
    first = rate_limiter(database, clocks, MINUTE)
    assert use(first, clocks, 4) == 4
    clocks.wall -= 3600  # somebody set the clock back
    again = rate_limiter(database, clocks, MINUTE)
    (standing,) = load_meters(QuotaBook(database), "main", (MINUTE,), wall=clocks.wall, now=clocks.monotonic).standings(
        clocks.monotonic
    )
    assert standing.remaining == 6
    clocks.tick(61)
    assert again.delay() == 0


def test_what_a_claim_recorded_is_not_counted_twice(database: Database, clocks: Clocks) -> None:
    QuotaBook(database).spend("main", clocks.wall)
    one = rate_limiter(database, clocks)
    one.reserve()
    assert QuotaBook(database).used("main", 0) == [(int(clocks.wall), 1)]
    one.record()
    assert QuotaBook(database).used("main", 0) == [(int(clocks.wall), 2)]


def test_accounts_do_not_share(database: Database, clocks: Clocks) -> None:
    QuotaBook(database).spend("other", clocks.wall)
    assert load_meters(QuotaBook(database), "main", (Window(1, 60),), wall=clocks.wall, now=0.0).delay(0.0) == 0


def test_the_last_request_of_a_window_is_given_once(database: Database, clocks: Clocks) -> None:
    """Two jobs that needed one more request each both found it free, and the window was overrun."""
    alone = rate_limiter(database, clocks, Window(400, 86_400))
    expected = [alone.reserve() for _ in range(500)].count(0.0)
    shared = rate_limiter(database, clocks, Window(400, 86_400))
    given: list[float] = []
    barrier = threading.Barrier(8)

    def reserve() -> None:
        barrier.wait()
        given.extend(shared.reserve() for _ in range(100))

    threads = [threading.Thread(target=reserve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given.count(0.0) == expected


def test_a_request_that_is_given_back_leaves_its_turn_to_the_next(database: Database, clocks: Clocks) -> None:
    one = rate_limiter(database, clocks, MINUTE)
    for _ in range(6):  # short: the rest goes at the sustainable pace
        assert one.reserve() == 0
        clocks.tick(7)
    one.refund()
    assert one.reserve() == 0


def test_being_held(database: Database, clocks: Clocks) -> None:
    one = rate_limiter(database, clocks)
    one.hold_until(clocks.monotonic + 30)
    one.hold_until(clocks.monotonic + 10)  # a later, shorter word does not shorten it
    assert one.delay() == pytest.approx(30)
    clocks.tick(30)
    assert one.delay() == 0


def test_the_servers_windows_replace_the_configured_ones_and_are_remembered(database: Database, clocks: Clocks) -> None:
    one = rate_limiter(database, clocks)
    one.reserve()
    one.record()
    one.heard(heard(Window(3, 60)))
    one.end()
    assert QuotaBook(database).windows("main") == ()  # not before what came with it was recorded
    one.save()
    assert QuotaBook(database).windows("main") == (Window(3, 60),)
    clocks.tick(0.01)
    sent = 1 + use(one, clocks, 10)  # the one that told it counts
    later = rate_limiter(database, clocks)  # configured with ten
    assert 1 < sent + use(later, clocks, 10) <= 3


def test_what_somebody_else_used_is_theirs(database: Database, clocks: Clocks) -> None:
    one = rate_limiter(database, clocks, MINUTE)
    one.reserve()
    one.heard(heard(MINUTE, limit=10, remaining=0, reset=20.0))
    one.end()
    assert one.delay() > 0
    clocks.tick(19.5)
    assert one.delay() > 0
    clocks.tick(60)
    assert one.delay() == 0


def test_what_was_never_asked_leaves_the_quota_as_it_was(database: Database, clocks: Clocks) -> None:
    ours = rate_limiter(database, clocks, MINUTE)
    for _ in range(3):
        ours.reserve()
    ours.heard(heard(MINUTE, limit=10, remaining=5, reset=20.0))
    for _ in range(2):
        ours.end()
    ours.refund()  # one of them was never made
    (standing,) = ours._meters.standings(clocks.monotonic)
    others, reserve = 2, 1
    assert standing.remaining == min(10 - others - 2, 5 - 1) - reserve
