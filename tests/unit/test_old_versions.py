"""A version that was replaced comes back under another path: moved, copied, or wanted again."""

from __future__ import annotations

import pytest

from folder_sync.photo import Record, State
from folder_sync.rules.arrivals import Duplicate, New, OldVersion, Replace, Same
from tests.support.shelf import FOLDER, GTIN, Shelf, path

HERO, PHOTO = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Front.jpg"
MOVED, COPY = f"moved/{HERO}", f"backup/{HERO}"


def replaced(shelf: Shelf, name: str = HERO, *, deletes: bool = False) -> tuple[Record, Record]:
    """Two versions of a photo, of which the second one is shown."""
    shelf.add(name, "old")
    old = shelf.upload()
    shelf.add(name, "new")
    if deletes:
        with shelf.db.write() as connection:
            connection.execute("UPDATE photo SET deleting_at = 1.0 WHERE state = 'superseded'")
    new = shelf.upload()
    if deletes:
        with shelf.db.write() as connection:
            connection.execute("UPDATE photo SET deleting_at = 1.0 WHERE id = :id", {"id": old.id})
    assert (shelf.again(old).state, new.state) == (State.SUPERSEDED, State.UPLOADED)
    return shelf.again(old), new


def put_away(shelf: Shelf, photo: Record, to: str) -> None:
    """As the service does with uploaded photos where it is told to."""
    with shelf.db.write() as connection:
        connection.execute(
            "UPDATE photo SET place = :to, put_away = 1 WHERE id = :id", {"to": path(to), "id": photo.id}
        )


def nothing_to_send(shelf: Shelf) -> bool:
    return shelf.queue.claim("main", shelf.now) is None


@pytest.mark.parametrize("deletes", [False, True])
def test_the_folder_of_uploaded_photos_gets_another_name(shelf: Shelf, *, deletes: bool) -> None:
    old, new = replaced(shelf, PHOTO if deletes else HERO, deletes=deletes)
    put_away(shelf, old, "uploaded/a.jpg")
    put_away(shelf, new, "uploaded/again-2/a.jpg")
    name = PHOTO if deletes else HERO
    arrival, _ = shelf.put(f"uploaded-2026/{name}", "old")
    assert isinstance(arrival, OldVersion)
    shelf.put(f"uploaded-2026/again-2/{name}", "new")
    moved = shelf.at(f"uploaded-2026/{name}")
    assert moved is not None
    assert (moved.id, moved.state) == (old.id, State.SUPERSEDED)
    assert shelf.state(f"uploaded-2026/again-2/{name}") is State.UPLOADED
    assert nothing_to_send(shelf)
    assert len(list(shelf.photo_queries.photos())) == 2


def moved(shelf: Shelf) -> Record:
    """An old hero alone, moved out of the folder of uploaded photos."""
    old, _ = replaced(shelf)
    put_away(shelf, old, "uploaded/a.jpg")
    shelf.put(MOVED, "old")
    return shelf.again(old)


def test_what_has_been_moved_is_known_from_then_on(shelf: Shelf) -> None:
    old = moved(shelf)
    assert old.path == path(MOVED)
    known = shelf.expected.fingerprints(FOLDER + b"/moved")
    assert known == {HERO.encode(): shelf.disk.files[path(MOVED)].fingerprint}
    history = len(shelf.photo_queries.history(old.id))
    assert shelf.put(MOVED, "old")[0] == Same(old)  # touched
    assert len(shelf.photo_queries.history(old.id)) == history
    shelf.remove(MOVED)
    assert shelf.expected.fingerprints(FOLDER + b"/moved") == {}
    assert isinstance(shelf.put(f"elsewhere/{HERO}", "old")[0], OldVersion)
    assert shelf.again(old).path == path(f"elsewhere/{HERO}")


def test_a_new_photo_takes_its_place(shelf: Shelf) -> None:
    old = moved(shelf)
    assert shelf.put(MOVED, "another")[0] == New()
    assert shelf.state(MOVED) is State.QUEUED
    assert list(shelf.expected.fingerprints(FOLDER + b"/moved")) == [HERO.encode()]
    assert shelf.again(old).state is State.SUPERSEDED


def test_a_file_in_its_place_that_can_not_go_is_rejected_there(shelf: Shelf) -> None:
    moved(shelf)
    shelf.put(MOVED, "corrupt")
    assert shelf.state(MOVED) is State.REJECTED


def test_a_copy_is_rejected_and_goes_after_all_when_somebody_wants_it(shelf: Shelf) -> None:
    replaced(shelf)
    shelf.put(COPY, "old")
    copy = shelf.at(COPY)
    assert copy is not None
    assert copy.reason is not None
    assert (copy.state, copy.reason.code) == (State.REJECTED, "old_version")
    assert copy.reason.message == (
        f'This is an older version of "{HERO}", which was replaced since. `folder-sync retry` delivers it after all.'
    )
    assert nothing_to_send(shelf)
    assert isinstance(shelf.put(COPY, "old")[0], Same)
    assert list(shelf.retrying.candidates()) == []
    assert shelf.retrying.retry(shelf.again(copy), shelf.now).accepted
    sent = shelf.upload()
    assert (sent.id, sent.path, sent.state) == (copy.id, path(COPY), State.UPLOADED)


def test_the_copy_of_one_whose_file_is_gone_since_is_that_file(shelf: Shelf) -> None:
    old, _ = replaced(shelf)
    put_away(shelf, old, "uploaded/a.jpg")
    shelf.disk.put(path("uploaded/a.jpg"), "old")
    shelf.put(COPY, "old")
    assert shelf.state(COPY) is State.REJECTED
    del shelf.disk.files[path("uploaded/a.jpg")]
    shelf.put(COPY, "old")
    here = shelf.at(COPY)
    assert here is not None
    assert (here.id, here.state) == (old.id, State.SUPERSEDED)


def test_over_its_newer_version_it_is_delivered_on_purpose(shelf: Shelf) -> None:
    _, new = replaced(shelf)
    assert shelf.put(HERO, "old")[0] == New(new)
    shelf.upload()
    assert shelf.again(new).state is State.SUPERSEDED


def test_over_another_photo_that_was_sent_too(shelf: Shelf) -> None:
    replaced(shelf)
    other = f"{GTIN}__Front__primary__2.jpg"
    shelf.add(other, "another hero")
    sent = shelf.upload()
    assert shelf.put(other, "old")[0] == New(sent)


def test_over_a_rejected_one_it_is_a_copy(shelf: Shelf) -> None:
    replaced(shelf)
    shelf.put(COPY, "corrupt")
    here = shelf.at(COPY)
    shelf.put(COPY, "old")
    copy = shelf.at(COPY)
    assert here is not None
    assert copy is not None
    assert copy.reason is not None
    assert (copy.id, copy.reason.code) == (here.id, "old_version")


def test_a_hero_that_gets_its_old_title_back_is_a_new_upload(shelf: Shelf) -> None:
    """It was renamed just now, so it is the photo that is shown, not an old one."""
    back, again = f"{GTIN}__Back__primary.jpg", f"{GTIN}__Front__primary__2.jpg"
    shelf.add(HERO, "A")
    shelf.upload()
    shelf.rename(HERO, back)
    shown = shelf.upload()
    assert shelf.rename(back, again) == New(shown)


def test_a_copy_of_the_version_that_is_shown_is_its_duplicate(shelf: Shelf) -> None:
    _, new = replaced(shelf)
    assert shelf.put(COPY, "new")[0] == Duplicate(new)


def test_a_copy_that_was_a_duplicate_before_is_not_sent_for_want_of_its_original(shelf: Shelf) -> None:
    old, _ = replaced(shelf)
    shelf.put(COPY, "old")
    with shelf.db.write() as connection:
        connection.execute(
            "UPDATE photo SET state = 'duplicate', reason_code = NULL, reason_message = NULL WHERE state = 'rejected'"
        )
    shelf.put(COPY, "old")
    assert shelf.state(COPY) is State.REJECTED
    assert not isinstance(shelf.look(COPY)[0], Replace)
    assert shelf.again(old).state is State.SUPERSEDED
