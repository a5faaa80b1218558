"""What the service remembers about itself, across restarts and for `status`."""

from __future__ import annotations

import pytest

from folder_sync.store.recording import Place
from folder_sync.store.service_state import PauseNote, ServiceState, WatchStatus
from tests.support.shelf import GTIN, Shelf, path
from tests.support.store_model import judged

URL = "https://www.closient.com"
FRONT, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg"


@pytest.fixture
def service_state(shelf: Shelf) -> ServiceState:
    return ServiceState(shelf.db)


def test_an_organization_is_known_once_it_was_learned(service_state: ServiceState) -> None:
    assert service_state.organization("main", URL) is None
    service_state.set_organization("main", URL, "one")
    service_state.set_organization("main", URL, "two")
    assert service_state.organization("main", URL) == "two"


def test_an_organization_of_another_host_is_another(service_state: ServiceState) -> None:
    service_state.set_organization("main", "https://www.closient.dev", "one")
    assert service_state.organization("main", URL) is None


def test_what_was_taken_in_before_belongs_to_the_organization_too(shelf: Shelf, service_state: ServiceState) -> None:
    shelf.disk.put(path(FRONT), "A")
    place = Place(path(FRONT), "main", None, shelf.disk.files[path(FRONT)].fingerprint)
    shelf.incoming.arrive(place, judged(path(FRONT), "A"), shelf.now, {})
    known = shelf.add(BACK, "B")
    service_state.set_organization("agency", URL, "theirs")
    service_state.set_organization("main", URL, "ours")
    assert [photo.organization_id for photo in shelf.photo_queries.photos()] == ["ours", known.organization_id]


def test_pauses_are_kept_by_scope(service_state: ServiceState) -> None:
    service_state.pause("key:main", "Slow down.", 10.0)
    service_state.pause("folder:/studio", "The folder is away.", None)
    service_state.pause("key:main", "Slow down more.", 20.0)
    assert service_state.pauses() == [
        PauseNote("folder:/studio", "The folder is away.", None),
        PauseNote("key:main", "Slow down more.", 20.0),
    ]
    service_state.resume("folder:/studio")
    service_state.resume("folder:/other")
    assert [note.scope for note in service_state.pauses()] == ["key:main"]


def test_a_new_run_starts_without_pauses(service_state: ServiceState) -> None:
    assert service_state.since() is None
    service_state.pause("key:main", "Slow down.", 10.0)
    service_state.set_watch_status(WatchStatus(b"/studio", "native", 1.0))
    service_state.started(1, 5.0, "studio1")
    service_state.started(2, 6.0, "studio1")
    assert (service_state.pauses(), service_state.watch_statuses(), service_state.since()) == ([], [], 6.0)


def test_each_photo_knows_which_machine_took_it_in(shelf: Shelf) -> None:
    service_state = ServiceState(shelf.db)
    service_state.started(1, 5.0, "studio1")
    first = shelf.add(f"{GTIN}__Front.jpg", "A")
    service_state.started(2, 6.0, "studio2")
    second = shelf.add(f"{GTIN}__Back.jpg", "B")
    assert [shelf.again(photo).machine for photo in (first, second)] == ["studio1", "studio2"]


def test_how_folders_are_watched(service_state: ServiceState) -> None:
    service_state.set_watch_status(WatchStatus(b"/studio", "native", None))
    service_state.set_watch_status(WatchStatus(b"/nas", "polling", 3.0, 5.0, "a network file system"))
    service_state.set_watch_status(WatchStatus(b"/studio", "native", 2.0))
    assert service_state.watch_statuses() == [
        WatchStatus(b"/nas", "polling", 3.0, 5.0, "a network file system"),
        WatchStatus(b"/studio", "native", 2.0),
    ]


def test_a_folder_is_known_again_by_its_device_and_inode(service_state: ServiceState) -> None:
    big = 2**64 - 1
    service_state.identify(b"/studio", (1, 2))
    service_state.identify(b"/studio", (big, 3))
    assert service_state.identities() == {b"/studio": (big, 3)}


def test_a_database_is_new_until_a_photo_was_recorded(shelf: Shelf, service_state: ServiceState) -> None:
    assert service_state.is_new()
    shelf.add(FRONT, "A")
    assert not service_state.is_new()


def test_what_is_mounted_where(service_state: ServiceState) -> None:
    big = 2**64 - 1
    service_state.remember_mounts(b"/studio", {b"/studio": (big, 3), b"/studio/nas": (1, 2)})
    service_state.remember_mounts(b"/other", {b"/other": (4, 5)})
    assert service_state.mounts(b"/studio") == {b"/studio": (big, 3), b"/studio/nas": (1, 2)}
    service_state.remember_mounts(b"/studio", {b"/studio": (big, 4)})
    assert service_state.mounts(b"/studio") == {b"/studio": (big, 4)}
    service_state.forget_mounts_but([b"/studio", b"/third"])
    assert (service_state.mounts(b"/other"), len(service_state.mounts(b"/studio"))) == ({}, 1)
