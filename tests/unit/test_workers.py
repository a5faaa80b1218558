"""Whose turn it is: heroes first while the quota is short, but not so that the rest never goes; a product's question
is one worker's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from folder_sync.errors import OutcomeUnknown
from folder_sync.photo import Record
from folder_sync.rules.outcome import Policy
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.jobs import JobRunner
from folder_sync.service.delivery.workers import EVERYBODYS_TURN, Delivery
from tests.support.proof import gtin14
from tests.support.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Ten photos, then ten heroes, each of a product of its own."""
    shelf = Shelf(tmp_path / "photos.db")
    for number in range(20):
        shelf.add(f"{gtin14(number)}__Front{'__primary' if number >= 10 else ''}.jpg", str(number))
    yield shelf
    shelf.db.close()


@dataclass
class RateLimiter:
    is_short: bool

    def short(self) -> bool:
        return self.is_short


def claimed(shelf: Shelf, *, short: bool) -> list[tuple[bool, int]]:
    """(hero?, arrival) of everything, in the order in which it is claimed."""
    delivery = Delivery([], shelf.queue, cast("JobRunner", None), concurrency=1)
    channel = cast("Channel", SimpleNamespace(account="main", rate_limiter=RateLimiter(short)))
    photos = [delivery._claim(channel, shelf.now) for _ in range(20)]
    assert delivery._claim(channel, shelf.now) is None
    return [(photo.is_primary, photo.arrival) for photo in photos if photo is not None]


def test_while_there_is_plenty_everybody_goes_in_the_order_of_arrival(shelf: Shelf) -> None:
    arrivals = [arrival for _, arrival in claimed(shelf, short=False)]
    assert arrivals == sorted(arrivals)
    assert len(arrivals) == 20


def test_while_it_is_short_heroes_go_first_and_every_fifth_turn_is_everybodys(shelf: Shelf) -> None:
    order = claimed(shelf, short=True)
    per_product = [hero for hero, _ in order]
    assert per_product[:10] == [True, True, True, True, False] * 2
    assert per_product.index(False) == EVERYBODYS_TURN - 1
    for kind in (True, False):
        arrivals = [arrival for hero, arrival in order if hero is kind]
        assert arrivals == sorted(arrivals)
        assert len(arrivals) == 10


def test_a_question_that_ends_while_the_next_is_looked_for_is_not_asked_twice(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = shelf.claim()
    shelf.end(photo, OutcomeUnknown("The answer was lost."))
    later = shelf.now + Policy().confirm_after_seconds
    delivery = Delivery([], shelf.queue, cast("JobRunner", None), concurrency=1)
    channel = cast("Channel", SimpleNamespace(account="main"))
    assert delivery._to_ask(channel, later) == shelf.again(photo)
    delivery._asked.add((photo.account, photo.gtin))

    def found_just_before_it_ended(*arguments: Any) -> list[Record]:
        found = due(*arguments)
        delivery._asked.clear()
        return found

    due = shelf.queue.due
    monkeypatch.setattr(shelf.queue, "due", found_just_before_it_ended)
    assert delivery._to_ask(channel, later) is None
