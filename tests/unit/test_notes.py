"""What the service remembers about itself, across restarts and for `status`."""

from __future__ import annotations

import pytest

from folder_sync.store.notes import Hearing, Notes, PauseNote
from folder_sync.store.recording import Place
from tests.support.shelf import GTIN, Shelf, path
from tests.support.store_model import judged

URL = "https://www.closient.com"
FRONT, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg"


@pytest.fixture
def notes(shelf: Shelf) -> Notes:
    return Notes(shelf.db)


def test_an_organization_is_known_once_it_was_learned(notes: Notes) -> None:
    assert notes.organization("main", URL) is None
    notes.set_organization("main", URL, "one")
    notes.set_organization("main", URL, "two")
    assert notes.organization("main", URL) == "two"


def test_an_organization_of_another_host_is_another(notes: Notes) -> None:
    notes.set_organization("main", "https://www.closient.dev", "one")
    assert notes.organization("main", URL) is None


def test_what_was_taken_in_before_belongs_to_the_organization_too(shelf: Shelf, notes: Notes) -> None:
    shelf.disk.put(path(FRONT), "A")
    place = Place(path(FRONT), "main", None, shelf.disk.files[path(FRONT)].fingerprint)
    shelf.incoming.arrive(place, judged(path(FRONT), "A"), shelf.now, exists=shelf.disk.exists)
    known = shelf.add(BACK, "B")
    notes.set_organization("agency", URL, "theirs")
    notes.set_organization("main", URL, "ours")
    assert [photo.organization_id for photo in shelf.reading.photos()] == ["ours", known.organization_id]


def test_pauses_are_kept_by_scope(notes: Notes) -> None:
    notes.pause("key:main", "Slow down.", 10.0)
    notes.pause("folder:/studio", "The folder is away.", None)
    notes.pause("key:main", "Slow down more.", 20.0)
    assert notes.pauses() == [
        PauseNote("folder:/studio", "The folder is away.", None),
        PauseNote("key:main", "Slow down more.", 20.0),
    ]
    notes.resume("folder:/studio")
    notes.resume("folder:/other")
    assert [note.scope for note in notes.pauses()] == ["key:main"]


def test_a_new_run_starts_without_pauses(notes: Notes) -> None:
    assert notes.since() is None
    notes.pause("key:main", "Slow down.", 10.0)
    notes.hears(Hearing(b"/studio", "native", 1.0))
    notes.started(1, 5.0)
    notes.started(2, 6.0)
    assert (notes.pauses(), notes.hearings(), notes.since()) == ([], [], 6.0)


def test_how_folders_are_watched(notes: Notes) -> None:
    notes.hears(Hearing(b"/studio", "native", None))
    notes.hears(Hearing(b"/nas", "polling", 3.0, 5.0, "a network file system"))
    notes.hears(Hearing(b"/studio", "native", 2.0))
    assert notes.hearings() == [
        Hearing(b"/nas", "polling", 3.0, 5.0, "a network file system"),
        Hearing(b"/studio", "native", 2.0),
    ]


def test_a_folder_is_known_again_by_its_device_and_inode(notes: Notes) -> None:
    big = 2**64 - 1
    notes.identify(b"/studio", (1, 2))
    notes.identify(b"/studio", (big, 3))
    assert notes.identities() == {b"/studio": (big, 3)}


def test_a_database_is_new_until_a_photo_was_recorded(shelf: Shelf, notes: Notes) -> None:
    assert notes.is_new()
    shelf.add(FRONT, "A")
    assert not notes.is_new()


def test_adopting_lasts_until_it_is_done(shelf: Shelf, notes: Notes) -> None:
    shelf.add(FRONT, "A")
    assert not notes.adopting()
    notes.adopt(1.0)
    notes.adopt(2.0)
    assert notes.adopting()
    assert shelf.queue.claim("main", shelf.now) is None
    assert [photo.path for photo in shelf.queue.to_look_for("main", shelf.now, 5)] == [path(FRONT)]
    notes.adopted()
    assert not notes.adopting()
    shelf.queue.not_there(next(shelf.reading.photos()))
    assert shelf.claim().path == path(FRONT)


def test_what_is_mounted_where(notes: Notes) -> None:
    big = 2**64 - 1
    notes.remember_mounts(b"/studio", {b"/studio": (big, 3), b"/studio/nas": (1, 2)})
    notes.remember_mounts(b"/other", {b"/other": (4, 5)})
    assert notes.mounts(b"/studio") == {b"/studio": (big, 3), b"/studio/nas": (1, 2)}
    notes.remember_mounts(b"/studio", {b"/studio": (big, 4)})
    assert notes.mounts(b"/studio") == {b"/studio": (big, 4)}
    notes.forget_mounts_but([b"/studio", b"/third"])
    assert (notes.mounts(b"/other"), len(notes.mounts(b"/studio"))) == ({}, 1)
