"""A photo that was replaced, and whose bytes stand somewhere again under its label: its image is used again."""

from __future__ import annotations

import os

import pytest

from folder_sync.errors import OutcomeUnknown, Refused
from folder_sync.photo import Record, State
from folder_sync.rules.arrivals import Duplicate, Follow, New
from folder_sync.store.retrying import Answer, Said
from tests.support.shelf import GTIN, Shelf, path

FRONT, SECOND, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Front__2.jpg", f"{GTIN}__Back.jpg"
COPY = f"copies/{FRONT}"


def copied_and_renamed(shelf: Shelf) -> Record:
    """An uploaded photo that was copied, and then got another label. Nobody has looked at either yet."""
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.disk.put(path(COPY), "A")
    shelf.disk.rename(path(FRONT), path(BACK))
    return old


def superseded(shelf: Shelf) -> Record:
    """That, and the new label is uploaded already."""
    old = copied_and_renamed(shelf)
    shelf.take_in(BACK)
    shelf.upload()
    assert shelf.again(old).state is State.SUPERSEDED
    return old


def nothing_to_send(shelf: Shelf) -> bool:
    return shelf.queue.claim("main", shelf.now) is None


@pytest.mark.parametrize("order", [(COPY, BACK), (BACK, COPY)])
def test_whichever_is_looked_at_first(shelf: Shelf, order: tuple[str, str]) -> None:
    old = copied_and_renamed(shelf)
    for name in order:
        shelf.take_in(name)
    shelf.upload()
    assert shelf.at(COPY) == shelf.again(old)
    assert [shelf.state(COPY), shelf.state(BACK)] == [State.UPLOADED, State.UPLOADED]
    assert nothing_to_send(shelf)


def test_the_new_label_is_uploaded_before_the_copy_is_looked_at(shelf: Shelf) -> None:
    old = superseded(shelf)
    shelf.take_in(COPY)
    assert shelf.at(COPY) == shelf.again(old)
    assert (shelf.again(old).state, shelf.again(old).successor) == (State.UPLOADED, None)
    assert shelf.state(BACK) is State.UPLOADED
    assert nothing_to_send(shelf)
    assert [event.event for event in shelf.photo_queries.history(old.id)][-3:] == ["superseded", "uploaded", "moved"]


def test_a_second_copy_is_a_duplicate_of_the_first(shelf: Shelf) -> None:
    superseded(shelf)
    shelf.take_in(COPY)
    assert isinstance(shelf.put(SECOND, "A")[0], Duplicate)


def test_another_photo_stands_at_the_old_path(shelf: Shelf) -> None:
    old = superseded(shelf)
    other = shelf.add(FRONT, "B")
    shelf.take_in(COPY)
    assert shelf.at(COPY) == shelf.again(old)
    assert shelf.at(FRONT) == shelf.again(other)


def test_a_label_there_and_back_again_costs_one_upload(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    front = shelf.upload()
    shelf.rename(FRONT, BACK)
    back = shelf.upload()
    for old, new, stands, replaced in ((BACK, FRONT, front, back), (FRONT, BACK, back, front)):
        shelf.rename(old, new)
        shelf.incoming.gone(path(old), shelf.now)
        assert nothing_to_send(shelf)
        assert shelf.at(new) == shelf.again(stands)
        assert [shelf.again(photo).state for photo in (stands, replaced)] == [State.UPLOADED, State.SUPERSEDED]


def test_a_label_there_and_back_again_while_a_copy_stands_under_the_new_one(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.rename(FRONT, BACK)
    back = shelf.upload()
    assert isinstance(shelf.put(f"copies/{BACK}", "A")[0], Duplicate)
    shelf.rename(BACK, FRONT)
    assert shelf.at(f"copies/{BACK}") == shelf.again(back)
    assert [shelf.state(f"copies/{BACK}"), shelf.state(FRONT)] == [State.UPLOADED, State.UPLOADED]


def test_over_a_version_that_was_never_sent_that_one_goes(shelf: Shelf) -> None:
    old = superseded(shelf)
    assert isinstance(shelf.put(SECOND, "B")[0], New)
    assert isinstance(shelf.put(SECOND, "A")[0], Follow)
    assert shelf.at(SECOND) == shelf.again(old)
    assert nothing_to_send(shelf)


def test_over_a_version_in_doubt_that_one_is_superseded_when_it_is_found(shelf: Shelf) -> None:
    old = superseded(shelf)
    shelf.add(SECOND, "B")
    doubtful = shelf.claim()
    shelf.end(doubtful, OutcomeUnknown("The answer was lost."))
    shelf.put(SECOND, "A")
    shelf.end(shelf.again(doubtful), shelf.image(doubtful))
    assert shelf.at(SECOND) == shelf.again(old)
    assert shelf.again(doubtful).state is State.SUPERSEDED


def test_a_hero_is_uploaded_again(shelf: Shelf) -> None:
    hero, later = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Back__primary.jpg"
    shelf.add(hero, "A")
    shelf.upload()
    shelf.rename(hero, later)
    shelf.upload()
    assert isinstance(shelf.put(f"copies/{hero}", "A")[0], New)


def test_refused_once_and_retried_it_is_not_sent_beside_the_image_of_its_copy(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "lexists", shelf.disk.exists)
    shelf.add(SECOND, "A")
    shelf.end(shelf.claim(), Refused("The title is rude.", status=422, code="api_validation_error"))
    refused = shelf.at(SECOND)
    assert refused is not None
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.add(FRONT, "B")
    shelf.upload()
    answer = Answer(Said.LOOKED_AT)
    assert shelf.retrying.retry(refused, shelf.now) == answer
    assert nothing_to_send(shelf)
    shelf.take_in(SECOND)
    assert shelf.state(SECOND) is State.UPLOADED
    assert nothing_to_send(shelf)


# `after.superseded = "delete"`


@pytest.fixture
def deleting(shelf: Shelf) -> Shelf:
    shelf.wish(deletes_superseded=True)
    return shelf


def unwanted(shelf: Shelf) -> list[Record]:
    return shelf.queue.deletions.due("main", shelf.now, 5)


def test_a_deletion_that_is_not_begun_is_called_off(deleting: Shelf) -> None:
    old = superseded(deleting)
    (picked,) = unwanted(deleting)
    deleting.take_in(COPY)
    assert unwanted(deleting) == []
    assert not deleting.queue.deletions.begin(picked, deleting.now), "a worker had picked it already"
    assert (deleting.at(COPY), deleting.state(COPY)) == (deleting.again(old), State.UPLOADED)
    assert nothing_to_send(deleting)


def test_once_a_deletion_is_begun_the_image_is_not_relied_on(deleting: Shelf) -> None:
    old = superseded(deleting)
    (picked,) = unwanted(deleting)
    assert deleting.queue.deletions.begin(picked, deleting.now)
    assert isinstance(deleting.take_in(COPY)[0], New)
    new = deleting.upload()
    assert new.id != old.id
    deleting.queue.postpone(picked, deleting.now)  # its answer was lost
    assert unwanted(deleting) == [deleting.again(old)]
    assert deleting.queue.deletions.begin(picked, deleting.now)
    deleting.queue.deletions.end(picked, deleting.now, "deleted", is_gone=True)
    assert (deleting.at(COPY), deleting.state(COPY)) == (deleting.again(new), State.UPLOADED)


@pytest.mark.parametrize("note", ["deleted", "its image was not deleted"])
def test_nor_when_it_is_over(deleting: Shelf, note: str) -> None:
    """Refused or not: an earlier request, whose answer was lost, may have done it."""
    superseded(deleting)
    (picked,) = unwanted(deleting)
    deleting.queue.deletions.begin(picked, deleting.now)
    deleting.queue.deletions.end(picked, deleting.now, note, is_gone=note == "deleted")
    assert (deleting.again(picked).image_deleted_at is None) == (note != "deleted")
    assert isinstance(deleting.take_in(COPY)[0], New)


def test_what_is_used_again_is_deleted_when_it_is_replaced_again(deleting: Shelf) -> None:
    old = superseded(deleting)
    deleting.take_in(COPY)
    deleting.add(COPY, "B")
    deleting.upload()
    assert unwanted(deleting) == [deleting.again(old)]
    assert deleting.queue.deletions.begin(old, deleting.now)


def test_a_label_given_up_for_an_old_one_is_deleted(deleting: Shelf) -> None:
    """The old one was kept, for nobody wanted it deleted then."""
    deleting.wish(deletes_superseded=False)
    deleting.add(FRONT, "A")
    deleting.upload()
    deleting.rename(FRONT, BACK)
    back = deleting.upload()
    deleting.wish(deletes_superseded=True)
    deleting.rename(BACK, FRONT)
    assert unwanted(deleting) == [deleting.again(back)]
