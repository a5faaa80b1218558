"""The thread that does what nobody waits for: one thing's trouble is not another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog.testing

from folder_sync.errors import StoreTaken, StoreUnavailable
from folder_sync.photo import State
from folder_sync.service.awaited_chores import Leftovers
from folder_sync.service.housekeeping import Chore, Every, GivenUp, Housekeeping
from folder_sync.store.unwatched import Unwatched
from tests.support.shelf import GTIN, Shelf
from tests.support.waiting import wait_for


class Counting:
    """``trouble``: what it raises, once it is done."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.times = 0
        self.trouble = trouble

    @property
    def due(self) -> bool:
        return self.times == 0

    def do(self, _given_up: GivenUp) -> None:
        self.times += 1
        if self.trouble is not None:
            raise self.trouble


class Endless:
    def __init__(self) -> None:
        self.begun = False

    def do(self, given_up: GivenUp) -> None:
        self.begun = True
        wait_for(given_up, "it is given up")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def at_work(awaited: list[Counting], *chores: Chore) -> Iterator[Housekeeping]:
    housekeeping = Housekeeping(awaited, chores, tick_seconds=0.01)
    housekeeping.start()
    yield housekeeping
    housekeeping.stop()


def test_what_is_done_now_and_then_is_done_at_once_and_once_in_its_time_even_where_it_fails() -> None:
    clock, chore = Clock(), Counting()
    every = Every(5.0, chore, monotonic=clock)
    every.do(lambda: False)
    assert chore.times == 1
    clock.now, chore.trouble = 5.0, ValueError("a bug")
    with pytest.raises(ValueError, match="a bug"):
        every.do(lambda: False)
    clock.now, chore.trouble = 9.9, None
    every.do(lambda: False)
    assert chore.times == 2
    clock.now = 10.0
    every.do(lambda: False)
    assert chore.times == 3


@pytest.mark.parametrize("trouble", [StoreUnavailable("The disk is full."), ValueError("a bug")])
def test_one_that_fails_is_tried_again_and_stops_no_other(trouble: Exception) -> None:
    failing, other = Counting(trouble), Counting()
    with structlog.testing.capture_logs() as logs, at_work([], failing, other) as housekeeping:
        wait_for(lambda: min(failing.times, other.times) >= 2, "both are done again")
        assert housekeeping.settled()
    assert logs[0]["event"] == ("store_unavailable" if isinstance(trouble, StoreUnavailable) else "housekeeping_failed")


def test_records_that_another_took_over_end_the_service() -> None:
    taken = StoreTaken("Another took them.")
    with at_work([], Counting(taken)) as housekeeping:
        wait_for(lambda: housekeeping.damage is taken, "it is known")
        with pytest.raises(StoreTaken):
            housekeeping.settled()


def test_a_pass_waits_for_what_is_due() -> None:
    awaited = Counting()
    assert not Housekeeping([awaited]).settled()
    with at_work([awaited]) as housekeeping:
        wait_for(housekeeping.settled, "it is done")


def test_a_pass_is_told_of_what_cant_be_done() -> None:
    awaited = Counting(StoreUnavailable("The disk is full."))
    with structlog.testing.capture_logs(), at_work([awaited]) as housekeeping:
        wait_for(lambda: awaited.times > 1, "it is tried")
        with pytest.raises(StoreUnavailable, match="full"):
            housekeeping.settled()


def test_what_takes_long_is_given_up_at_the_end() -> None:
    endless = Endless()
    with at_work([], endless) as housekeeping:
        wait_for(lambda: endless.begun, "it has begun")
        housekeeping.leave()


def test_it_may_be_stopped_without_a_start() -> None:
    Housekeeping([]).stop()


def test_records_of_a_removed_folder_leave_bit_by_bit_and_the_next_start_goes_on(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "photos.db")
    names = [f"old/{GTIN}__photo__{number}.jpg" for number in range(5)]
    for name in names:
        shelf.add(name, name)

    def leftovers() -> Leftovers:
        return Leftovers(Unwatched(shelf.db, shelf.incoming, batch=2), [b"/new"])

    def missing() -> int:
        return sum(shelf.state(name) is State.MISSING for name in names)

    interrupted = leftovers()
    interrupted.do(lambda: missing() > 0)
    assert (missing(), interrupted.due) == (2, True)
    resumed = leftovers()
    resumed.do(lambda: False)
    assert (missing(), resumed.due) == (5, False)
    shelf.db.close()
