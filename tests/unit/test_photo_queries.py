"""What people ask of the store."""

from __future__ import annotations

from folder_sync.errors import OutcomeUnknown
from folder_sync.photo import State
from folder_sync.store.photo_queries import PhotoQueries
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf, path
from tests.support.store_model import CORRUPT

FRONT, BACK, OTHER = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg", f"{OTHER_GTIN}__Front.jpg"


def test_photos_by_state_and_product_in_order_of_arrival(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(OTHER, "B")
    shelf.add(BACK, CORRUPT)
    photo_queries = shelf.photo_queries
    assert [photo.path for photo in photo_queries.photos()] == [path(FRONT), path(OTHER), path(BACK)]
    assert [photo.path for photo in photo_queries.photos([State.REJECTED, State.MISSING])] == [path(BACK)]
    assert [photo.path for photo in photo_queries.photos(gtin=GTIN)] == [path(FRONT), path(BACK)]
    assert [photo.path for photo in photo_queries.photos([State.QUEUED], GTIN)] == [path(FRONT)]


def test_one_photo_by_id(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    assert shelf.photo_queries.by_id(photo.id) == photo
    assert shelf.photo_queries.by_id(99) is None


def test_a_path_means_the_version_that_stands_there(shelf: Shelf) -> None:
    assert shelf.at(FRONT) is None
    shelf.add(FRONT, "A")
    shelf.upload()
    new = shelf.add(FRONT, "B")
    assert shelf.at(FRONT) == new


def test_a_path_that_was_left_means_the_last_version_that_stood_there(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.rename(FRONT, BACK)
    shelf.upload()
    found = shelf.at(FRONT)
    assert found is not None
    assert (found.id, found.state) == (old.id, State.SUPERSEDED)


def test_every_state_is_counted(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    counts = shelf.photo_queries.counts()
    assert set(counts) == set(State)
    assert (counts[State.QUEUED], counts[State.UPLOADED]) == (1, 0)


def test_moments(shelf: Shelf) -> None:
    assert (shelf.photo_queries.oldest_queued_at(), shelf.photo_queries.last_uploaded_at()) == (None, None)
    shelf.add(FRONT, "A")
    shelf.now += 10.0
    shelf.add(BACK, "B")
    assert shelf.photo_queries.oldest_queued_at() == shelf.now - 10.0
    shelf.upload()
    assert (shelf.photo_queries.oldest_queued_at(), shelf.photo_queries.last_uploaded_at()) == (shelf.now, shelf.now)


def test_the_backlog_is_what_still_needs_requests(shelf: Shelf) -> None:
    assert shelf.photo_queries.left_over() == 0
    for name, data in ((FRONT, "A"), (OTHER, "B"), (BACK, "C")):
        shelf.add(name, data)
    shelf.end(shelf.claim(), OutcomeUnknown("The answer was lost."))
    shelf.claim()
    assert shelf.photo_queries.backlog() == {"main": 3}
    assert shelf.photo_queries.left_over() == 3


def test_another_writer_is_noticed_and_we_are_not(shelf: Shelf) -> None:
    before = shelf.photo_queries.version()
    shelf.add(FRONT, "A")
    assert shelf.photo_queries.version() == before
    other = shelf.db.store.open()
    with other.write() as connection:
        connection.execute("DELETE FROM photo")
    assert PhotoQueries(other).counts()[State.QUEUED] == 0
    other.close()
    assert shelf.photo_queries.version() != before


def test_a_history_tells_when_and_what(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.now += 5.0
    shelf.upload()
    assert [(event.at, event.event) for event in shelf.photo_queries.history(photo.id)] == [
        (1_000.0, "queued"),
        (1_005.0, "uploading"),
        (1_005.0, "uploaded"),
    ]


def test_a_history_names_both_sides_of_a_replacement(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.now += 5.0
    new = shelf.add(FRONT, "B")
    assert shelf.photo_queries.history(new.id)[0].detail == f"It stands in place of photo {old.id}."
    shelf.upload()
    last = shelf.photo_queries.history(old.id)[-1]
    assert (last.event, last.detail) == ("superseded", f"replaced by photo {new.id}")
    replaced = shelf.again(old)
    assert (replaced.superseded_at, replaced.successor, replaced.image_deleted_at) == (shelf.now, new.id, None)


def test_what_is_used_again_is_superseded_no_longer(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    shelf.upload()
    shelf.add(BACK.replace("Back", "Front__2"), "A")
    again = shelf.again(old)
    assert (again.state, again.superseded_at) == (State.UPLOADED, None)


def test_a_history_says_where_a_file_went(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.rename(FRONT, f"a/{FRONT}")
    moved = shelf.photo_queries.history(photo.id)[-1]
    assert (moved.event, moved.detail) == ("moved", f'renamed from "/studio/{FRONT}" to "/studio/a/{FRONT}"')
