"""Which emptiness is believed: real folders, and counts of what should stand in them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from folder_sync.errors import WatchUnavailable
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch import availability as module
from folder_sync.service.watch.availability import MANY, FolderAvailability


class Remembered:
    """What the database keeps over a restart."""

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[int, int]] = {}
        self.mounted: Mapping[bytes, tuple[int, int]] = {}

    def identities(self) -> Mapping[bytes, tuple[int, int]]:
        return self.known

    def identify(self, folder: bytes, identity: tuple[int, int]) -> None:
        self.known[folder] = identity

    def mounts(self, folder: bytes) -> Mapping[bytes, tuple[int, int]]:
        return self.mounted

    def remember_mounts(self, folder: bytes, mounts: Mapping[bytes, tuple[int, int]]) -> None:
        self.mounted = mounts


class Case:
    def __init__(self, home: Path) -> None:
        self.path = home / "export"
        self.path.mkdir()
        self.root = os.fsencode(self.path)
        self.photo = os.path.join(self.root, b"a.jpg")
        self.should_stand = 0
        self.standing: list[bytes] = []
        self.memory = Remembered()
        self.restart()

    def restart(self) -> None:
        self.availability = FolderAvailability(self, self.memory, Wakeup())

    def some_below(self, folder: bytes, most: int) -> list[bytes]:
        gone = [b"%s/gone-%d.jpg" % (folder, number) for number in range(self.should_stand)]
        return [*(path for path in self.standing if path.startswith(folder)), *gone][:most]

    def shows_something(self) -> None:
        (self.path / "b.jpg").touch()
        assert not self.availability.is_suspiciously_empty(self.root)
        self.availability.trust_what_it_shows(self.root)
        (self.path / "b.jpg").unlink()

    def exchange(self) -> None:
        self.path.rename(self.path.with_name("away"))
        self.path.mkdir()

    def believed(self) -> bool:
        return self.availability.absence_is_conclusive(self.root, self.photo)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_nothing_is_believed_of_a_folder_that_never_came(case: Case) -> None:
    (case.path / "b.jpg").touch()
    assert not case.believed()
    case.availability.mark_available(case.root)
    assert case.believed()


def test_a_folder_that_is_not_there_does_not_come(case: Case) -> None:
    case.path.rmdir()
    with pytest.raises(WatchUnavailable, match="is not there"):
        case.availability.mark_available(case.root)
    assert not case.believed()


def test_an_empty_folder_in_which_nothing_should_stand_is_just_empty(case: Case) -> None:
    case.availability.mark_available(case.root)
    assert not case.availability.is_suspiciously_empty(case.root)
    assert case.believed()


def test_a_folder_that_never_showed_anything_is_doubted_for_one_photo(case: Case) -> None:
    case.availability.mark_available(case.root)
    (case.path / ".DS_Store").touch()
    case.should_stand = 1
    assert case.availability.is_suspiciously_empty(case.root)
    assert not case.believed()


@pytest.mark.parametrize(("should_stand", "doubted"), [(MANY - 1, False), (MANY, True)])
def test_a_folder_that_showed_photos_may_be_cleared_up_unless_they_were_many(
    case: Case, should_stand: int, *, doubted: bool
) -> None:
    case.availability.mark_available(case.root)
    case.shows_something()
    case.should_stand = should_stand
    assert case.availability.is_suspiciously_empty(case.root) is doubted
    assert case.believed() is not doubted


def test_an_empty_folder_in_which_nothing_should_stand_is_trusted_from_then_on(case: Case) -> None:
    case.availability.mark_available(case.root)
    assert not case.availability.is_suspiciously_empty(case.root)
    case.availability.trust_what_it_shows(case.root)
    case.should_stand = 1  # came and went between two looks
    assert case.believed()


def test_asking_trusts_nothing(case: Case) -> None:
    case.availability.mark_available(case.root)
    assert not case.availability.is_suspiciously_empty(case.root)
    assert case.believed()
    assert case.memory.known == {}
    case.should_stand = 1
    assert case.availability.is_suspiciously_empty(case.root)


def test_over_a_restart_the_same_folder_is_known(case: Case) -> None:
    case.availability.mark_available(case.root)
    case.shows_something()
    case.restart()
    case.availability.mark_available(case.root)
    case.should_stand = 1
    assert case.believed()


@pytest.mark.parametrize("restart", [False, True])
def test_another_folder_in_its_place_is_not(case: Case, *, restart: bool) -> None:
    case.availability.mark_available(case.root)
    case.shows_something()
    case.exchange()
    assert not case.believed()
    if restart:
        case.restart()
    case.availability.mark_available(case.root)
    case.should_stand = 1
    assert case.availability.is_suspiciously_empty(case.root)


def test_what_cannot_be_listed_is_not_believed(case: Case) -> None:
    case.availability.mark_available(case.root)
    case.path.rmdir()
    with pytest.raises(FileNotFoundError):
        case.availability.is_suspiciously_empty(case.root)


def test_it_rings_whenever_who_is_away_changes(case: Case) -> None:
    wakeup = Wakeup()
    availability = FolderAvailability(case, case.memory, wakeup)
    availability.mark_away(case.root)
    assert wakeup.rings == 1
    availability.mark_silent(case.root)  # which changes nothing more
    availability.mark_answering(case.root)
    assert wakeup.rings == 1
    availability.mark_available(case.root)
    assert wakeup.rings == 2


def test_who_is_away(case: Case) -> None:
    case.availability.mark_away(case.root)
    assert case.availability.away == {case.root}
    case.availability.mark_available(case.root)
    assert case.availability.away == frozenset()


@pytest.fixture
def mounted(case: Case, monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """Where something is mounted, as far as the kernel tells."""
    places: set[bytes] = set()
    monkeypatch.setattr(module, "mounts_of", lambda _: dict.fromkeys(places, "nfs4"))
    case.availability.mark_available(case.root)
    return places


def unmount(case: Case, mounted: set[bytes], place: bytes) -> None:
    """It shows another folder from then on."""
    mounted.remove(place)
    path = case.path.parent / os.fsdecode(os.path.relpath(place, os.path.dirname(case.root)))
    path.rename(path.with_name("mounted"))
    path.mkdir()


def test_a_place_unmounted_inside_the_folder(case: Case, mounted: set[bytes]) -> None:
    nas = case.root + b"/nas"
    (case.path / "nas").mkdir()
    mounted.add(nas)
    case.standing = [nas + b"/a.jpg"]
    assert not case.availability.mounts_changed(case.root)  # nothing to compare with yet
    assert not case.availability.mounts_changed(case.root)
    unmount(case, mounted, nas)
    # In the moment before anybody noticed, too:
    assert not case.availability.absence_is_conclusive(case.root, nas + b"/a.jpg")
    assert case.availability.absence_is_conclusive(case.root, nas + b"2.jpg")
    assert case.availability.mounts_changed(case.root)
    assert case.availability.away == {nas}
    assert case.availability.unmounted(case.root) == {nas}
    assert case.availability.lost_mount(case.root) is None
    assert case.availability.is_away(nas + b"/a.jpg")
    assert not case.availability.absence_is_conclusive(case.root, nas + b"/a.jpg")
    mounted.add(nas)
    assert case.availability.mounts_changed(case.root)
    assert case.availability.away == frozenset()


def test_a_mount_of_an_earlier_run_is_missed_from_the_start(case: Case, mounted: set[bytes]) -> None:
    mounted.add(case.root)
    case.standing = [case.photo]
    assert not case.availability.mounts_changed(case.root)
    unmount(case, mounted, case.root)
    (case.path / "stray.txt").touch()
    case.restart()
    for _ in range(2):
        assert not case.availability.mounts_changed(case.root)
        case.availability.mark_available(case.root)
        assert not case.availability.is_suspiciously_empty(case.root)
        assert case.availability.lost_mount(case.root) == case.root
        assert not case.believed()
    assert case.memory.known == {}  # nor is it trusted later on


def test_photos_that_were_copied_to_where_the_mount_was_are_believed(case: Case, mounted: set[bytes]) -> None:
    mounted.add(case.root)
    case.standing = [case.photo, case.root + b"/b.jpg", case.root + b"/c.jpg"]
    case.availability.mounts_changed(case.root)
    unmount(case, mounted, case.root)
    (case.path / "a.jpg").touch()
    assert case.availability.mounts_changed(case.root)
    assert case.availability.lost_mount(case.root) == case.root  # one of three
    (case.path / "b.jpg").touch()
    assert not case.availability.mounts_changed(case.root)
    assert case.availability.lost_mount(case.root) is None
    assert case.memory.mounted == {}


def test_a_mount_under_which_no_photo_stood_is_not_missed(case: Case, mounted: set[bytes]) -> None:
    mounted.add(case.root)
    case.availability.mounts_changed(case.root)
    unmount(case, mounted, case.root)
    assert case.availability.mounts_changed(case.root)
    assert case.availability.away == frozenset()


def test_a_folder_mounted_on_itself_is_the_same_without(case: Case, mounted: set[bytes]) -> None:
    mounted.add(case.root)
    case.standing = [case.photo]
    case.availability.mounts_changed(case.root)
    mounted.clear()
    assert case.availability.mounts_changed(case.root)
    assert case.availability.away == frozenset()
