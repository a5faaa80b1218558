"""`retry` of a photo of which there was a copy."""

from __future__ import annotations

import time

import pytest

from folder_sync.photo import State
from folder_sync.store.retrying import Retrying
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio, photo_data


def test_a_copy_that_went_away_does_not_stand_in_the_way(studio: Studio) -> None:
    """The photo is refused, a copy of it waits and is deleted: nothing of it is there, so the photo may be retried."""
    studio.sandbox.faults.add("status", status=422, route="upload")
    data = photo_data("twin")
    with running_service(studio):
        refused = studio.export(f"{GTIN}__a__1.jpg", data)
        record = studio.wait_for_state(refused, State.REJECTED)
        studio.sandbox.unknown_product(GTIN)
        copy = studio.export(f"{GTIN}__a__2.jpg", data)
        studio.wait_for_state(copy, State.WAITING)
        copy.unlink()
        studio.wait_for_state(copy, State.MISSING)
        studio.sandbox.known_product(GTIN)
        database = Database(studio.database, create=False)
        try:
            answer = Retrying(database).retry(record, time.time())
        finally:
            database.close()
        assert answer.accepted, answer.sentence
        studio.wait_for_state(refused, State.UPLOADED)
    assert len(studio.sandbox.ledger.stored) == 1
    assert studio.record(copy) is None


@pytest.mark.parametrize("held_up", [False, True], ids=["uploaded", "still queued"])
def test_a_refused_photo_whose_copy_went_is_its_duplicate(studio: Studio, *, held_up: bool) -> None:
    studio.sandbox.faults.add("status", status=422, route="upload")
    data = photo_data("twin")
    with running_service(studio):
        refused = studio.export(f"{GTIN}__a__1.jpg", data)
        studio.wait_for_state(refused, State.REJECTED)
        if held_up:
            studio.sandbox.revoke_key()
        copy = studio.export(f"{GTIN}__a__2.jpg", data)
        studio.wait_for_state(copy, State.QUEUED if held_up else State.UPLOADED)
        assert studio.command("retry", str(refused)).returncode == 0
        duplicate = studio.wait_for_state(refused, State.DUPLICATE)
        studio.sandbox.restore_key()
        original = studio.wait_for_state(copy, State.UPLOADED)
    assert duplicate.duplicate_of == original.id
    assert duplicate.reason is None
    assert len(studio.sandbox.ledger.stored) == 1
