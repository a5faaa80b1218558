"""`after.superseded = "delete"`: the image that was replaced goes, it alone, and only once the new one is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from folder_sync.photo import Record, State
from folder_sync.rules.outcome import DELETIONS_REFUSED
from folder_sync.store.adoption import Adoption
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio, photo_data
from tests.support.waiting import wait_for

NAME = f"{GTIN}__a.jpg"
DELETED = "deleted on the server"


def uploaded(studio: Studio, name: str = NAME) -> tuple[Path, Record]:
    """A photo that an earlier run has uploaded, with the wish to delete what is replaced from now on."""
    studio.configure(after={"superseded": "delete"})
    with running_service(studio):
        path = studio.export(name)
        return path, studio.wait_for_state(path, State.UPLOADED)


def adopting(studio: Studio) -> bool:
    database = Database(studio.database, create=False)
    try:
        return Adoption(database).is_open
    finally:
        database.close()


def service_state(studio: Studio, photo: Record) -> list[str]:
    database = Database(studio.database, create=False)
    try:
        return [event.detail for event in PhotoQueries(database).history(photo.id)]
    finally:
        database.close()


def wait_for_note(studio: Studio, photo: Record, words: str) -> None:
    wait_for(lambda: words in service_state(studio, photo)[-1], f'the history says "{words}"')


def ids(studio: Studio) -> set[str]:
    return {image.id for image in studio.sandbox.images(GTIN)}


def deletions(studio: Studio) -> int:
    return sum(call.method == "DELETE" for call in studio.sandbox.ledger.calls)


def test_only_the_image_that_was_replaced_goes(studio: Studio) -> None:
    _, old = uploaded(studio)
    stranger = studio.sandbox.put_image(GTIN, photo_data(repr(NAME)), "a")  # the same in all but its id
    with running_service(studio):
        wait_for(lambda: not adopting(studio), "what comes now is known to be new to the catalogue")
        studio.export(NAME, photo_data("retouched"))
        wait_for_note(studio, old, DELETED)
    assert ids(studio) == {stranger.id, studio.sandbox.ledger.stored[-1].image_id}
    assert len(studio.sandbox.ledger.stored) == 2
    assert deletions(studio) == 1


def test_by_default_it_is_kept(studio: Studio) -> None:
    _, old = uploaded(studio)
    studio.configure()
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for(lambda: State.SUPERSEDED in {record.state for record in studio.records()}, "it is replaced")
    assert old.image_id in ids(studio)
    assert deletions(studio) == 0


def test_nothing_goes_before_the_new_one_is_there(studio: Studio) -> None:
    """The new version is refused: the old image stays, and no deletion is even tried."""
    _, old = uploaded(studio)
    studio.sandbox.faults.add("status", route="upload", status=422)
    with running_service(studio):
        path = studio.export(NAME, photo_data("rude"))
        studio.wait_for_state(path, State.REJECTED)
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)
    assert old.image_id in ids(studio)
    assert deletions(studio) == 0


def test_an_image_of_a_product_that_is_unknown_for_a_while_is_deleted_later(studio: Studio) -> None:
    """404 was taken for an image that is gone: it came back with its product, and stayed beside the new one."""
    _, old = uploaded(studio)
    for route in ("delete", "trade_item"):
        studio.sandbox.faults.add("status", route=route, status=404, count=DELETIONS_REFUSED - 1)
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for_note(studio, old, DELETED)
    assert ids(studio) == {studio.sandbox.ledger.stored[-1].image_id}


def test_the_order_of_requests(studio: Studio) -> None:
    _, old = uploaded(studio)
    studio.sandbox.faults.add("drop_after_store", route="upload")
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for_note(studio, old, DELETED)
    methods = [call.method for call in studio.sandbox.ledger.calls if "/images" in call.path]
    assert methods.index("DELETE") > max(index for index, method in enumerate(methods) if method == "POST")
    assert methods[-2:] == ["GET", "DELETE"]  # the answer was lost, so it was looked for first


def test_nothing_that_is_to_be_seen_waits_for_a_deletion(studio: Studio) -> None:
    _, old = uploaded(studio)
    studio.configure(after={"superseded": "delete"}, delivery={"concurrency": 1})
    studio.sandbox.faults.add("status", route="upload", status=429, seconds=0.1, count=None)  # until all are taken in
    with running_service(studio):
        wait_for(lambda: not adopting(studio), "what comes now is known to be new to the catalogue")
        studio.export(NAME, photo_data("retouched"))
        for number in range(3):
            studio.export(f"{GTIN}__b-{number}.jpg")
        wait_for(lambda: len(studio.records()) == 5, "all are taken in")
        studio.sandbox.faults.clear()
        wait_for_note(studio, old, DELETED)
    calls = [call for call in studio.sandbox.ledger.calls if "/images" in call.path and call.status != 429]
    assert [call.method for call in calls][-5:] == ["POST", "POST", "POST", "POST", "DELETE"]


def test_a_rename_to_another_title_takes_the_old_image_with_it(studio: Studio) -> None:
    path, old = uploaded(studio)
    with running_service(studio):
        renamed = path.rename(path.with_name(f"{GTIN}__Front.jpg"))
        wait_for_note(studio, old, DELETED)
        new = studio.record(renamed)
    assert new is not None
    assert ids(studio) == {new.image_id}


def test_an_image_that_somebody_deleted_already_is_no_trouble(studio: Studio) -> None:
    _, old = uploaded(studio)
    assert old.image_id is not None
    assert studio.sandbox.catalogue.delete(studio.sandbox.organization_id, GTIN, old.image_id)
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for_note(studio, old, DELETED)
    assert deletions(studio) == 1


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        ("status", {"status": 401}),
        ("status", {"status": 403}),
        ("status", {"status": 429, "seconds": 1}),
        ("status", {"status": 503}),
        ("error_html", {"status": 404}),
        ("error_html", {"status": 502, "stored": True}),
        ("drop_before_body", {}),
        ("drop_after_store", {}),
    ],
    ids=str,
)
def test_a_deletion_that_fails_is_tried_again(studio: Studio, fault: str, parameters: dict[str, object]) -> None:
    _, old = uploaded(studio)
    studio.sandbox.faults.add(fault, route="delete", **parameters)
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for_note(studio, old, DELETED)
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)  # no pause stays
    assert old.image_id not in ids(studio)
    assert deletions(studio) == 2


def test_a_deletion_that_fails_for_good_holds_nothing_up(studio: Studio) -> None:
    _, old = uploaded(studio)
    studio.sandbox.faults.add("status", route="delete", status=503, count=None)
    with running_service(studio), structlog.testing.capture_logs() as lines:
        studio.export(NAME, photo_data("retouched"))
        wait_for(lambda: deletions(studio) > 4, "it is tried again and again")
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)
    assert [line for line in lines if line["event"] == "service_paused"] == []
    told = next(line for line in lines if line["event"] == "asked_in_vain")
    assert (told["photo"], told["state"]) == (old.id, State.SUPERSEDED)
    assert "503" in told["reason"]
    assert old.image_id in ids(studio)


def test_a_deletion_that_is_refused_is_noted_and_left_at_that(studio: Studio) -> None:
    _, old = uploaded(studio)
    studio.sandbox.faults.add("status", route="delete", status=409, message="It is on the cover.", count=None)
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for_note(studio, old, "its image was not deleted")
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)
    assert "It is on the cover." in service_state(studio, old)[-1]
    assert old.image_id in ids(studio)
    assert deletions(studio) == DELETIONS_REFUSED


def test_what_a_stop_left_undone_is_done_by_the_next_start(studio: Studio) -> None:
    _, old = uploaded(studio)
    studio.sandbox.faults.add("status", route="delete", status=503, count=None)
    with running_service(studio):
        studio.export(NAME, photo_data("retouched"))
        wait_for(lambda: deletions(studio) > 0, "it is tried")
    assert old.image_id in ids(studio)
    studio.sandbox.faults.clear()
    with running_service(studio):
        wait_for_note(studio, old, DELETED)
    assert old.image_id not in ids(studio)


def test_an_image_whose_photo_still_stands_elsewhere_is_not_replaced(studio: Studio) -> None:
    path, old = uploaded(studio)
    with running_service(studio):
        copy = studio.export(f"copies/{NAME}", path.read_bytes())
        studio.wait_for_state(copy, State.DUPLICATE)
        studio.export(NAME, photo_data("retouched"))
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 2, "the new version is uploaded")
        new = studio.wait_for_state(path, State.UPLOADED)
        kept = studio.wait_for_state(copy, State.UPLOADED)
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)
    assert kept.id == old.id
    assert {old.image_id, new.image_id} <= ids(studio)
    assert deletions(studio) == 0
