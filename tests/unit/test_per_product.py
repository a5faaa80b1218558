"""Whose turn it is among the files of one product."""

from __future__ import annotations

import os

import pytest

from folder_sync.files.ignoring import IgnoreRules
from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder
from folder_sync.service.intake.per_product import PerProductQueue, Turn

SHARE, DISK = b"/share", b"/disk"


def turn(root: bytes, name: str, gtin: str = "00012345678905", *, hero_of: int = 0) -> Turn:
    """``hero_of``: the time at which a hero was finished; else it is none."""
    folder = Folder(root, "main", True, "auto", 5.0, IgnoreRules(root))  # noqa: FBT003 -- recursive
    path = os.path.join(root, name.encode())
    return Turn(("main", gtin), hero_of > 0, folder, path, Fingerprint(1, 2, hero_of))


@pytest.fixture
def queue() -> PerProductQueue:
    return PerProductQueue()


def test_one_at_a_time_in_the_order_in_which_they_came(queue: PerProductQueue) -> None:
    first, second, third = (turn(DISK, name) for name in "abc")
    assert queue.take(first) == [first]
    assert queue.take(second) == []
    assert queue.take(third) == []
    assert queue.end(first) == [second]
    assert queue.end(second) == [third]
    assert queue.end(third) == []
    assert queue.take(first) == [first]


def test_products_do_not_wait_for_each_other(queue: PerProductQueue) -> None:
    assert len(queue.take(turn(DISK, "a"))) == 1
    assert len(queue.take(turn(DISK, "b", gtin="00040000000013"))) == 1


def test_a_folder_that_does_not_answer_holds_up_no_other(queue: PerProductQueue) -> None:
    hung, behind, other = turn(SHARE, "a"), turn(SHARE, "b"), turn(DISK, "c")
    assert queue.take(hung) == [hung]
    assert queue.take(behind) == []
    assert queue.take(other) == []
    assert queue.leave_behind({SHARE}) == [other]
    assert queue.leave_behind({SHARE}) == []
    assert queue.end(hung) == []  # it is through after all, and late
    assert queue.end(other) == []  # what waits on the share comes when that answers
    assert queue.leave_behind(()) == [behind]
    assert queue.end(behind) == []


def test_what_comes_while_only_the_share_waits_is_not_kept_waiting(queue: PerProductQueue) -> None:
    hung, behind = turn(SHARE, "a"), turn(SHARE, "b")
    assert queue.take(hung) == [hung]
    assert queue.take(behind) == []
    assert queue.leave_behind({SHARE}) == []
    assert len(queue.take(turn(DISK, "c"))) == 1


# Heroes


def test_a_later_hero_waits_for_an_earlier_one_that_is_not_settled_yet(queue: PerProductQueue) -> None:
    old, new = turn(DISK, "old", hero_of=1), turn(SHARE, "new", hero_of=2)
    assert queue.announce(old) == []
    assert queue.announce(new) == []
    assert queue.take(new) == []
    other = turn(DISK, "other")
    assert queue.take(other) == [other]  # what is no hero waits for none
    assert queue.take(old) == []
    assert queue.end(other) == [old]
    assert queue.end(old) == [new]
    assert queue.end(new) == []


def test_an_earlier_hero_does_not_wait_for_a_later_one(queue: PerProductQueue) -> None:
    old, new = turn(DISK, "old", hero_of=1), turn(SHARE, "new", hero_of=2)
    assert queue.announce(new) == []
    assert queue.announce(old) == []
    assert queue.take(old) == [old]
    assert queue.end(old) == []
    assert queue.take(new) == [new]


def test_one_that_is_seen_to_change_comes_later(queue: PerProductQueue) -> None:
    old, new, newest = (turn(DISK, name, hero_of=time) for name, time in (("a", 1), ("b", 2), ("a", 3)))
    assert queue.announce(old) == []
    assert queue.announce(new) == []
    assert queue.take(new) == []
    assert queue.announce(newest) == [new]


def test_one_that_goes_away_is_not_waited_for(queue: PerProductQueue) -> None:
    old, new = turn(DISK, "old", hero_of=1), turn(SHARE, "new", hero_of=2)
    queue.announce(old)
    assert queue.take(new) == []
    assert queue.withdraw(old.product, old.path) == [new]
    assert queue.withdraw(old.product, old.path) == []
    assert queue.end(new) == []
    assert queue.withdraw(old.product, old.path) == []


def test_one_in_a_folder_that_does_not_answer_is_not_waited_for(queue: PerProductQueue) -> None:
    old, new = turn(SHARE, "old", hero_of=1), turn(DISK, "new", hero_of=2)
    queue.announce(old)
    assert queue.take(new) == []
    assert queue.leave_behind({SHARE}) == [new]


def test_one_that_has_to_be_still_for_longer_stays_before_the_others(queue: PerProductQueue) -> None:
    old, new = turn(DISK, "old", hero_of=1), turn(DISK, "new", hero_of=2)
    queue.announce(old)
    assert queue.take(old) == [old]
    assert queue.take(new) == []
    assert queue.end(old, stays_announced=True) == []
    assert queue.take(old) == [old]
    assert queue.end(old) == [new]


def test_at_the_start_heroes_wait_until_all_folders_have_been_looked_through() -> None:
    queue = PerProductQueue([DISK, SHARE])
    old, new, other = turn(SHARE, "old", hero_of=1), turn(DISK, "new", hero_of=2), turn(DISK, "other")
    queue.announce(new)
    assert queue.take(new) == []
    assert queue.take(other) == [other]
    assert queue.end(other) == []
    assert queue.looked_through(DISK) == []
    queue.announce(old)
    assert queue.looked_through(SHARE) == []  # the old one is not settled yet
    assert queue.take(old) == [old]
    assert queue.end(old) == [new]


def test_or_are_away() -> None:
    queue = PerProductQueue([DISK, SHARE])
    new = turn(DISK, "new", hero_of=2)
    assert queue.take(new) == []
    assert queue.looked_through(DISK) == []
    assert queue.leave_behind((), ()) == []
    assert queue.leave_behind((), {b"/share"}) == [new]
