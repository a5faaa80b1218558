"""What a start clears up before anything else begins."""

from __future__ import annotations

import os
from pathlib import Path

from folder_sync.photo import State
from folder_sync.service.recovery import Recovery
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.store.provenance import Provenance
from folder_sync.store.queue import Queue
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.service_state import ServiceState
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf

FRONT, OTHER = f"{GTIN}__Front.jpg", f"{OTHER_GTIN}__Front.jpg"
CONFIRM_SECONDS = 10.0


def start(shelf: Shelf, tmp_path: Path, run: str) -> Queue:
    queue = Queue(shelf.db, run=run)
    recovery = Recovery(
        queue,
        ServiceState(shelf.db),
        shelf.adoption,
        OwnerMark(os.fsencode(tmp_path / "mark"), Provenance(shelf.db), run),
        [],
        request_tallies=RequestTallies(shelf.db),
        lease=shelf.db.lease,
        machine="studio",
        confirm_after_seconds=CONFIRM_SECONDS,
        clock=lambda: shelf.now,
    )
    recovery.begin(adopt=False)
    return queue


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
