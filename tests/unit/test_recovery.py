"""What a start clears up before anything else begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import State
from folder_sync.service.watch.owner_mark import Claim
from folder_sync.store.adoption import Adoption
from folder_sync.store.opening import store_at
from folder_sync.store.queue import Queue
from folder_sync.store.sqlite.database import Database as File
from folder_sync.store.sqlite.opening import Opener
from tests.support.recovering import CONFIRM_SECONDS, mark_of, recovery_of
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf

FRONT, OTHER = f"{GTIN}__Front.jpg", f"{OTHER_GTIN}__Front.jpg"


def start(shelf: Shelf, tmp_path: Path, run: str) -> Queue:
    recovery_of(shelf.db, tmp_path, run, shelf.now).begin(adopt=False)
    return Queue(shelf.db, run=run)


def test_what_an_earlier_run_left_in_doubt_waits_no_longer_for_a_clock_that_was_set_back(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Killed right after it, the service had not noticed: two photos waited for two hours, and their products, too."""
    asked, sending = shelf.add(FRONT, "A"), shelf.add(OTHER, "B")
    shelf.step(shelf.claim(), State.UNCONFIRMED, shelf.now + 3.0)
    shelf.claim()
    shelf.now -= 7200.0
    queue = start(shelf, tmp_path, "next run")
    assert [shelf.again(photo).not_before for photo in (asked, sending)] == [
        shelf.now + 3.0,
        shelf.now + CONFIRM_SECONDS,
    ]
    due = queue.due("main", State.UNCONFIRMED, shelf.now + CONFIRM_SECONDS, 5)
    assert [photo.id for photo in due] == [asked.id, sending.id]


def test_a_start_changes_nothing_of_the_waits_of_a_clock_that_went_on(shelf: Shelf, tmp_path: Path) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.step(shelf.claim(), State.UNCONFIRMED, shelf.now + 30.0)
    for run in ("second", "third"):
        shelf.now += 1.0
        start(shelf, tmp_path, run)
        assert shelf.again(photo).not_before == 1_030.0


def test_that_the_records_are_behind_is_not_forgotten_where_they_go_away_right_then(tmp_path: Path) -> None:
    """What stood beside them said so, and was written over before the records had it."""
    file, in_the_way = tmp_path / "ours.db", Shelf(tmp_path / "ours.db")
    in_the_way.add(FRONT, "A")  # they are not new
    other = store_at(tmp_path / "other.db").open(create=True)
    mark_of(other, tmp_path, "other").claim()
    other.close()
    database = File(file, create=False, opener=Opener(busy_seconds=0.01))
    with in_the_way.db.write(), pytest.raises(StoreUnavailable):
        recovery_of(database, tmp_path, "first", in_the_way.now).begin(adopt=False)
    assert not Adoption(database).is_open
    recovery_of(database, tmp_path, "second", in_the_way.now).begin(adopt=False)
    assert Adoption(database).is_open
    assert mark_of(database, tmp_path, "third").claim() == Claim()
    database.close()
    in_the_way.db.close()
