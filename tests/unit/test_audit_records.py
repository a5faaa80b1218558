"""What is kept of audits, of the catalogue's images and of the requests that were made."""

from __future__ import annotations

import pytest

from folder_sync.photo import Image, State
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.rules.requests import Call, Ending
from folder_sync.store.audit import Audits
from folder_sync.store.glances import Glances
from folder_sync.store.mending import Mending
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.seen_images import SeenImages, Served
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf

FRONT, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg"


def test_a_pass_asks_for_each_product_once_and_keeps_what_differs(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(f"{OTHER_GTIN}__Front.jpg", "B")
    one, _ = shelf.upload(), shelf.upload()
    audits = Audits(shelf.db)
    assert audits.is_due("main", shelf.now, 60.0)
    since = audits.begin("main", shelf.now)
    assert sorted(audits.to_ask("main", since)) == [GTIN, OTHER_GTIN]
    assert [held.record.id for held in audits.held("main", GTIN)] == [one.id]
    missing = Difference(Kind.MISSING, one.id, one.image_id, "It is gone.")
    foreign = Difference(Kind.FOREIGN, None, "x", "Nobody sent it.")
    for _ in range(2):  # what still differs is not noted twice
        audits.conclude("main", GTIN, since, [missing, foreign])
    assert [found.difference for found in audits.differences([GTIN])] == [missing, foreign]
    assert audits.found() == {("main", "foreign"): 1, ("main", "missing"): 1}
    audits.conclude("main", GTIN, since, [missing])
    assert [found.difference for found in audits.differences()] == [missing]
    assert audits.left("main", since) == 1
    audits.forget("main", OTHER_GTIN)
    audits.finish("main", shelf.now)
    assert audits.finished() == {"main": shelf.now}
    assert not audits.is_due("main", shelf.now, 60.0)
    audits.spend("main", shelf.now)
    audits.spend("main", shelf.now)
    assert audits.used("main", 0.0) == [(int(shelf.now), 2)]


def test_an_image_that_is_there_twice_is_deleted_once(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.upload()
    audits = Audits(shelf.db)
    audits.begin("main", shelf.now)
    audits.conclude("main", GTIN, shelf.now, [Difference(Kind.TWICE, photo.id, "second", "It is there twice.")])
    (found,) = audits.differences()
    assert Mending(shelf.db).take_on(found, shelf.now)
    assert audits.differences() == []
    (doomed,) = shelf.queue.deletions.due("main", shelf.now, 9)
    assert doomed.image_id == "second"


def test_images_that_were_seen_are_known(shelf: Shelf) -> None:
    seen = SeenImages(shelf.db)
    images = [
        Image("b", "Front", is_primary=True, created=1.5, image_url="https://example.com/b"),
        Image("a", "Back", is_primary=False, created=1.0, image_url=None),
    ]
    assert seen.listed("main", GTIN) is None
    seen.keep_list("main", GTIN, images)
    seen.keep_list("main", GTIN, images[:1])
    assert seen.listed("main", GTIN) == images[:1]
    assert seen.known("main", GTIN) == {"a", "b"}
    assert seen.served("main", "a") is None
    seen.remember("main", "a", Served("0" * 64, 3))
    seen.remember("main", "a", Served(None, 5_000_000_000))
    assert seen.served("main", "a") == Served(None, 5_000_000_000)


def test_requests_are_counted_by_how_long_they_took(shelf: Shelf) -> None:
    tallies = RequestTallies(shelf.db)
    for seconds in (0.5, 0.5, 1e6):
        tallies.add("main", Call.UPLOAD, Ending.OK, seconds)
    tallies.save()
    tallies.save()  # which has nothing to add
    assert sorted(found.number for found in tallies.requests()) == [1, 2]
    tallies.add("main", Call.UPLOAD, Ending.OK, 0.4)
    tallies.save()
    assert sorted((found.number, found.seconds) for found in tallies.requests()) == [(1, 1e6), (3, 1.4)]


def test_what_could_not_be_recorded_of_requests_is_recorded_later(shelf: Shelf) -> None:
    """A full disk, or a server that is away for a moment, takes nothing off a counter: any error will do."""
    tallies = RequestTallies(shelf.db)
    tallies.add("main", Call.UPLOAD, Ending.OK, 0.5)
    with shelf.db.write(), pytest.raises(RuntimeError, match="within a transaction"):
        tallies.save()
    tallies.add("main", Call.UPLOAD, Ending.OK, 0.5)
    tallies.save()
    assert [found.number for found in tallies.requests()] == [2]


def test_what_the_page_shows_at_a_glance(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    uploaded = shelf.upload()
    shelf.add(BACK, "B")
    glances = Glances(shelf.db)
    assert [photo.id for photo in glances.newest_uploaded(9)] == [uploaded.id]
    assert glances.uploaded_since(0.0, 9) == 1
    assert glances.newest_rejected(9) == glances.undecidable(9) == []
    assert [step.event for step in glances.steps(None, 2)] == [State.QUEUED, State.UPLOADED]
    assert len(glances.of_product(GTIN, 9)) == 2
    assert [photo.id for photo in glances.versions(uploaded, 9)] in ([], [uploaded.id])
