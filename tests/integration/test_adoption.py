"""The first start on an empty database: nothing that the catalogue has is sent again, and nothing is mixed up."""

from __future__ import annotations

from folder_sync.photo import State
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for


def test_what_is_being_sent_is_not_taken_for_another_photo_of_the_same_title(studio: Studio) -> None:
    """The answer to the first photo is lost, and nobody can compare bytes; the second comes while the first start
    still looks for what the catalogue has. It must not adopt the first one's image: then it would never be sent."""
    studio.configure(intake={"incomplete_seconds": 60.0}, delivery={"confirm_after_seconds": 6.5})
    studio.sandbox.set_image_urls("null")
    studio.sandbox.faults.add("drop_after_store", route="upload")
    studio.export(f"{GTIN}__unfinished.jpg", photo_data("unfinished")[:-100])  # the first pass takes as long as this
    with running_service(studio):
        first = studio.export(f"{GTIN}__a__1.jpg")
        studio.wait_for_state(first, State.UNCONFIRMED)
        second = studio.export(f"{GTIN}__a__2.jpg")
        wait_for(
            lambda: all(record.state is State.UPLOADED for record in studio.records()) and len(studio.records()) == 2,
            "both are uploaded",
        )
        records = [studio.record(path) for path in (first, second)]
    stored = {arrival.sha256: arrival.image_id for arrival in studio.sandbox.ledger.arrivals}
    assert len(studio.sandbox.ledger.arrivals) == 2
    assert {record.sha256: record.image_id for record in records if record} == stored


def test_what_the_catalogue_has_is_adopted_and_not_sent(studio: Studio) -> None:
    data = photo_data("there")
    image = studio.sandbox.put_image(GTIN, data, "a")
    with running_service(studio):
        record = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg", data), State.UPLOADED)
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)
    assert record.image_id == image.id
    assert [arrival.title for arrival in studio.sandbox.ledger.arrivals] == ["b"]


def test_somebody_elses_product_holds_up_nobody(studio: Studio) -> None:
    studio.configure(delivery={"recheck_seconds": 3600.0})
    studio.sandbox.faults.add("forbidden", gtin=GTIN, count=None)
    theirs = studio.export(f"{GTIN}__a.jpg")
    ours = studio.export(f"{OTHER}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(ours, State.UPLOADED)
        record = studio.wait_for_state(theirs, State.WAITING)
    assert record.reason is not None
    assert record.reason.code == "api_forbidden"
