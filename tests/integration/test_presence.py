"""Which emptiness is believed: real folders, and counts of what should stand in them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from folder_sync.errors import WatchUnavailable
from folder_sync.service import presence as module
from folder_sync.service.presence import MANY, Presence


class Remembered:
    """What the database keeps over a restart."""

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[int, int]] = {}

    def identities(self) -> Mapping[bytes, tuple[int, int]]:
        return self.known

    def identify(self, folder: bytes, identity: tuple[int, int]) -> None:
        self.known[folder] = identity


class Case:
    def __init__(self, home: Path) -> None:
        self.path = home / "export"
        self.path.mkdir()
        self.root = os.fsencode(self.path)
        self.photo = os.path.join(self.root, b"a.jpg")
        self.should_stand = 0
        self.memory = Remembered()
        self.restart()

    def restart(self) -> None:
        self.presence = Presence(lambda _: self.should_stand, self.memory)

    def shows_something(self) -> None:
        (self.path / "b.jpg").touch()
        assert not self.presence.is_suspiciously_empty(self.root)
        (self.path / "b.jpg").unlink()

    def exchange(self) -> None:
        self.path.rename(self.path.with_name("away"))
        self.path.mkdir()

    def believed(self) -> bool:
        return self.presence.is_there(self.root, self.photo)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_nothing_is_believed_of_a_folder_that_never_came(case: Case) -> None:
    (case.path / "b.jpg").touch()
    assert not case.believed()
    case.presence.came(case.root)
    assert case.believed()


def test_a_folder_that_is_not_there_does_not_come(case: Case) -> None:
    case.path.rmdir()
    with pytest.raises(WatchUnavailable, match="is not there"):
        case.presence.came(case.root)
    assert not case.believed()


def test_an_empty_folder_in_which_nothing_should_stand_is_just_empty(case: Case) -> None:
    case.presence.came(case.root)
    assert not case.presence.is_suspiciously_empty(case.root)
    assert case.believed()


def test_a_folder_that_never_showed_anything_is_doubted_for_one_photo(case: Case) -> None:
    case.presence.came(case.root)
    (case.path / ".DS_Store").touch()
    case.should_stand = 1
    assert case.presence.is_suspiciously_empty(case.root)
    assert not case.believed()


@pytest.mark.parametrize(("should_stand", "doubted"), [(MANY - 1, False), (MANY, True)])
def test_a_folder_that_showed_photos_may_be_cleared_up_unless_they_were_many(
    case: Case, should_stand: int, *, doubted: bool
) -> None:
    case.presence.came(case.root)
    case.shows_something()
    case.should_stand = should_stand
    assert case.presence.is_suspiciously_empty(case.root) is doubted
    assert case.believed() is not doubted


def test_an_empty_folder_in_which_nothing_should_stand_is_trusted_from_then_on(case: Case) -> None:
    case.presence.came(case.root)
    assert not case.presence.is_suspiciously_empty(case.root)
    case.should_stand = 1  # came and went between two looks
    assert case.believed()


def test_over_a_restart_the_same_folder_is_known(case: Case) -> None:
    case.presence.came(case.root)
    case.shows_something()
    case.restart()
    case.presence.came(case.root)
    case.should_stand = 1
    assert case.believed()


@pytest.mark.parametrize("restart", [False, True])
def test_another_folder_in_its_place_is_not(case: Case, *, restart: bool) -> None:
    case.presence.came(case.root)
    case.shows_something()
    case.exchange()
    assert not case.believed()
    if restart:
        case.restart()
    case.presence.came(case.root)
    case.should_stand = 1
    assert case.presence.is_suspiciously_empty(case.root)


def test_what_cannot_be_listed_is_not_believed(case: Case) -> None:
    case.presence.came(case.root)
    case.path.rmdir()
    with pytest.raises(FileNotFoundError):
        case.presence.is_suspiciously_empty(case.root)


def test_who_is_away(case: Case) -> None:
    case.presence.left(case.root)
    assert case.presence.away == {case.root}
    case.presence.came(case.root)
    assert case.presence.away == frozenset()


def test_a_place_unmounted_inside_the_folder(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    nas, mounted = case.root + b"/nas", {case.root + b"/nas"}
    monkeypatch.setattr(module, "mounted_below", lambda _: frozenset(mounted))
    (case.path / "nas").mkdir()
    case.presence.came(case.root)
    assert not case.presence.mounts_changed(case.root)  # nothing to compare with yet
    assert not case.presence.mounts_changed(case.root)
    mounted.clear()
    # In the moment before anybody noticed, too:
    assert not case.presence.is_there(case.root, nas + b"/a.jpg")
    assert case.presence.is_there(case.root, nas + b"2.jpg")
    assert case.presence.mounts_changed(case.root)
    assert case.presence.away == {nas}
    assert not case.presence.is_there(case.root, nas + b"/a.jpg")
    mounted.add(nas)
    assert case.presence.mounts_changed(case.root)
    assert case.presence.away == frozenset()
