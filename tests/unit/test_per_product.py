"""Whose turn it is among the files of one product."""

from __future__ import annotations

import os

import pytest

from folder_sync.files.ignoring import IgnoreRules
from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder
from folder_sync.service.intake.per_product import PerProductQueue, Turn

SHARE, DISK = b"/share", b"/disk"


def turn(root: bytes, name: str, gtin: str = "00012345678905") -> Turn:
    folder = Folder(root, "main", True, "auto", 5.0, IgnoreRules(root))  # noqa: FBT003 -- recursive
    return Turn(("main", gtin), folder, os.path.join(root, name.encode()), Fingerprint(1, 2, 3))


@pytest.fixture
def queue() -> PerProductQueue:
    return PerProductQueue()


def test_one_at_a_time_in_the_order_in_which_they_came(queue: PerProductQueue) -> None:
    first, second, third = (turn(DISK, name) for name in "abc")
    assert queue.take(first)
    assert not queue.take(second)
    assert not queue.take(third)
    assert queue.end(first) == [second]
    assert queue.end(second) == [third]
    assert queue.end(third) == []
    assert queue.take(first)


def test_products_do_not_wait_for_each_other(queue: PerProductQueue) -> None:
    assert queue.take(turn(DISK, "a"))
    assert queue.take(turn(DISK, "b", gtin="00040000000013"))


def test_a_folder_that_does_not_answer_holds_up_no_other(queue: PerProductQueue) -> None:
    hung, behind, other = turn(SHARE, "a"), turn(SHARE, "b"), turn(DISK, "c")
    assert queue.take(hung)
    assert not queue.take(behind)
    assert not queue.take(other)
    assert queue.leave_behind({SHARE}) == [other]
    assert queue.leave_behind({SHARE}) == []
    assert queue.end(hung) == []  # it is through after all, and late
    assert queue.end(other) == []  # what waits on the share comes when that answers
    assert queue.leave_behind(()) == [behind]
    assert queue.end(behind) == []


def test_what_comes_while_only_the_share_waits_is_not_kept_waiting(queue: PerProductQueue) -> None:
    hung, behind = turn(SHARE, "a"), turn(SHARE, "b")
    assert queue.take(hung)
    assert not queue.take(behind)
    assert queue.leave_behind({SHARE}) == []
    assert queue.take(turn(DISK, "c"))
