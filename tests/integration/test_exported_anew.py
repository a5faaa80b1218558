"""A photo that is exported anew while it is queued: it is not claimed again and again, nor counted as sent."""

from __future__ import annotations

from pathlib import Path

from folder_sync.photo import State
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.quota import QuotaBook
from folder_sync.store.sqlite.database import Database
from tests.support.proof import assert_exactly_once, take_up_work
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio, photo_data
from tests.support.waiting import wait_for


def history(studio: Studio, path: Path) -> list[str]:
    photo = studio.record(path)
    database = Database(studio.database, create=False)
    try:
        return [event.event for event in PhotoQueries(database).history(photo.id)] if photo else []
    finally:
        database.close()


def quota_used(studio: Studio) -> int:
    database = Database(studio.database, create=False)
    try:
        return sum(requests for _, requests in QuotaBook(database).used("main", 0.0))
    finally:
        database.close()


def test_it_is_claimed_once_in_vain_and_that_costs_nothing(studio: Studio) -> None:
    studio.configure(intake={"settle_seconds": 0.3})  # and so it is watched for three seconds
    take_up_work(studio)
    studio.sandbox.faults.add("status", route="upload", status=429, seconds=1)
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.jpg")
        wait_for(lambda: history(studio, path)[-2:] == ["uploading", "queued"], "the key has to wait")
        studio.export(path.name, photo_data("retouched", 12_000))
        photo = studio.wait_for_state(path, State.UPLOADED)
        assert photo.size == 12_000
        assert_exactly_once(studio.sandbox, photo)
    assert history(studio, path).count("uploading") == 3  # refused, in vain, and at last
    assert quota_used(studio) == sum("/api/" in call.path for call in studio.sandbox.ledger.calls)
