"""Machines on one PostgreSQL database share each key: no two of them take the same request of its quota."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from folder_sync.closient.headers import Heard
from folder_sync.errors import FileChanged, OutcomeUnknown
from folder_sync.photo import State
from folder_sync.rules.outcome import Transition
from folder_sync.rules.quota import Window
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.ports import Database
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.quota import KEEP_SECONDS, QuotaBook
from tests.support.postgres import MACHINE, on_machine
from tests.support.shelf import GTIN, Shelf

MINUTE = Window(10, 60)


class Time:
    """One clock for all, which starts with the shelf's."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Machine:
    database: Database
    limiter: RateLimiter
    time: Time

    @property
    def book(self) -> QuotaBook:
        return QuotaBook(self.database)

    def ask(self) -> bool:
        """A question, if it may be asked now."""
        self.limiter.look()
        known = self.limiter.known
        if self.limiter.reserve() > 0:
            return False
        assert self.limiter.record(known)
        self.limiter.end()
        return True

    def remaining(self) -> int:
        self.limiter.look()
        (standing,) = self.limiter._meters.standings(self.time.now)
        return standing.remaining


@pytest.fixture
def shelf(place: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(place)
    yield shelf
    shelf.db.close()


@pytest.fixture
def time() -> Time:
    return Time()


def machine(database: Database, time: Time) -> Machine:
    return Machine(database, RateLimiter("main", QuotaBook(database), [MINUTE], wall=time, clock=time), time)


@pytest.fixture
def one(shelf: Shelf, time: Time) -> Machine:
    return machine(shelf.db, time)


@pytest.fixture
def two(place: PostgresStore, time: Time) -> Iterator[Machine]:
    database = on_machine("other", place).open()
    yield machine(database, time)
    database.close()


def test_what_one_has_spent_the_other_has_not(one: Machine, two: Machine, time: Time) -> None:
    assert [one.ask() for _ in range(4)] == [True] * 4
    assert two.remaining() == 6
    time.now += 61.5
    assert two.remaining() == 10


def test_whoever_does_not_know_of_it_is_refused(one: Machine, two: Machine) -> None:
    known = two.limiter.known
    assert one.ask()
    assert two.limiter.reserve() == 0
    assert not two.limiter.record(known)
    two.limiter.refund()
    assert two.book.used("main", 0) == [(1_000, 1)]
    assert two.limiter.is_behind(known)
    assert two.ask()
    assert one.limiter.is_behind(0)
    assert not one.limiter.is_behind(one.limiter.known)


def test_what_is_refused_is_no_news(one: Machine, two: Machine) -> None:
    one.ask()
    before = one.database.version()
    assert not two.limiter.record(0)
    assert one.database.version() == before


def test_a_photo_is_not_claimed_in_ignorance(shelf: Shelf, one: Machine, two: Machine) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    known = one.limiter.known
    assert two.ask()
    assert shelf.queue.claim("main", shelf.now, known=known) is None
    one.limiter.look()
    assert shelf.queue.claim("main", shelf.now, known=one.limiter.known) is not None


def test_what_is_under_way_takes_its_place_until_a_window_after_its_end(
    shelf: Shelf, one: Machine, two: Machine, time: Time
) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    one.limiter.reserve()
    photo = shelf.claim()
    assert two.remaining() == 9
    for _ in range(2):
        time.now += 500.0
        assert two.remaining() == 9
    shelf.now = time.now
    shelf.end(photo, OutcomeUnknown("The answer was lost."))
    one.limiter.end()
    time.now += 55.0
    assert two.remaining() == 9
    time.now += 7.0
    assert two.remaining() == 10


def test_what_another_service_begins_with_counts_the_same(shelf: Shelf, one: Machine, place: PostgresStore) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    one.ask()
    shelf.claim()
    later = on_machine("later", place).open()
    again = machine(later, one.time)
    assert again.remaining() == 8
    one.time.now += 100.0
    assert again.remaining() == 9
    later.close()


def test_what_was_under_way_when_a_service_ended_had_ended_by_its_next_start(shelf: Shelf, one: Machine) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.claim()
    one.time.now += 1_000.0
    again = machine(shelf.db, one.time)
    assert again.remaining() == 9
    one.time.now += 61.0
    assert again.remaining() == 10


def test_what_was_not_sent_was_not_used(shelf: Shelf, one: Machine, two: Machine) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    photo = shelf.claim()
    assert two.remaining() == 9
    shelf.end(photo, FileChanged("The file changed.", asked=False))
    assert [requests for _, requests in one.book.used("main", 0.0)] in ([], [0])


def test_a_429_holds_all(one: Machine, two: Machine, time: Time) -> None:
    one.limiter.hold_until(time.now + 30)
    one.limiter.save()
    two.limiter.look()
    assert two.limiter.delay() == pytest.approx(30)
    one.limiter.save()  # once is enough
    time.now += 30
    assert two.ask()


def test_the_windows_that_one_is_told_are_everybodys(one: Machine, two: Machine, time: Time) -> None:
    two.ask()
    one.limiter.reserve()
    one.limiter.heard(Heard(200, (Window(4, 60),), None, None, None, None, None))
    one.limiter.end()
    two.limiter.look()
    assert two.remaining() == 9
    one.limiter.save()
    assert two.remaining() == 3
    assert two.limiter._meters.windows == (Window(4, 60),)


def test_what_other_machines_used_is_no_strangers(one: Machine, two: Machine) -> None:
    """Of that a part would be kept free for them."""
    assert one.limiter.reserve() == 0
    assert [two.ask() for _ in range(3)] == [True] * 3
    one.limiter.heard(Heard(200, (MINUTE,), MINUTE.limit, 6, 60.0, None, None))
    one.limiter.end()
    assert one.remaining() == 6


def test_who_has_used_nothing_for_days_is_forgotten(one: Machine, two: Machine, time: Time) -> None:
    """Or records of a machine that was only tried would keep the others' from being moved into a file."""
    assert one.ask()
    time.now += KEEP_SECONDS + 2
    assert two.ask()
    two.book.trim(time.now)
    assert two.database.read("SELECT watcher FROM quota_spender") == [("other",)]
    assert one.ask()
    assert (one.remaining(), two.remaining()) == (8, 8)


def test_they_take_what_there_is_and_no_more(place: PostgresStore, shelf: Shelf, time: Time) -> None:
    """At once, from three machines with two threads each."""
    machines = [shelf.db, *(on_machine(name, place).open() for name in ("b", "c"))]
    window = Window(100, 60)

    def spend(limiter: RateLimiter) -> int:
        taken = 0
        while True:
            limiter.look()
            known = limiter.known
            if limiter.reserve() > 0:
                return taken
            if limiter.record(known):
                taken += 1
            else:
                limiter.refund()

    limiters = [RateLimiter("main", QuotaBook(each), [window], wall=time, clock=time) for each in machines]
    with ThreadPoolExecutor(6) as pool:
        taken = sum(pool.map(spend, limiters * 2))
    # The second half goes at its pace, of which each machine may have one at once.
    assert 50 <= taken <= 53
    assert QuotaBook(shelf.db).used("main", 0) == [(1_000, taken)]
    for database in machines[1:]:
        database.close()


def test_a_run_that_is_declared_over_has_used_what_it_sent(shelf: Shelf, one: Machine, two: Machine) -> None:
    """By another machine, which is not the one that spent."""
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.claim()
    assert two.remaining() == 9
    two.database.change("UPDATE photo SET state = 'unconfirmed', not_before = 1, changed_at = 1000, owner = 'other|x'")
    ((machine_,),) = two.database.read("SELECT watcher FROM quota_use")
    assert machine_ == MACHINE
    assert two.remaining() == 9


def test_an_owner_of_a_machine_with_a_bar_in_its_name(place: PostgresStore, time: Time) -> None:
    shelf = Shelf(on_machine("a|b", place))
    shelf.add(f"{GTIN}__Front.jpg", "A")
    photo = shelf.claim()
    limiter = RateLimiter("main", QuotaBook(shelf.db), [MINUTE], wall=time, clock=time)
    assert limiter.known == 0
    shelf.queue.apply(photo, Transition(State.UNCONFIRMED, 1.0), shelf.now)
    assert shelf.db.read("SELECT watcher FROM quota_use") == [("a|b",)]
    shelf.db.close()
