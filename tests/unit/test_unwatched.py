"""Folders that are no longer watched; tests/property/test_leaving_many.py holds it against one photo at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.errors import Refused
from folder_sync.photo import State
from folder_sync.store.unwatched import Unwatched
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf, path

FRONT, BACK = f"old/{GTIN}__Front.jpg", f"old/{GTIN}__Back.jpg"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "photos.db")
    yield shelf
    shelf.db.close()


def leave(shelf: Shelf, *roots: str) -> None:
    for _ in Unwatched(shelf.db, shelf.incoming).leave([path(root) for root in roots], shelf.now):
        pass


def test_what_was_not_sent_is_missing_and_back_when_it_is_watched_again(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    leave(shelf, "new")
    assert shelf.state(FRONT) is State.MISSING
    assert "no longer watched" in [event.detail for event in shelf.photo_queries.history(1)][-1]
    shelf.take_in(FRONT)
    assert shelf.state(FRONT) is State.QUEUED


def test_a_copy_in_a_watched_folder_takes_over(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    sent = shelf.upload()
    copy = f"new/{GTIN}__Front.jpg"
    shelf.put(copy, "A")
    leave(shelf, "new")
    assert (shelf.at(copy), shelf.state(copy)) == (shelf.again(sent), State.UPLOADED)


def test_a_refused_version_lets_go_of_what_it_was_to_replace(shelf: Shelf) -> None:
    """Another photo stands by now where the replaced one stood: a path has one current record."""
    shelf.add(FRONT, "A")
    sent = shelf.upload()
    shelf.rename(FRONT, BACK)
    shelf.add(FRONT, "B")
    shelf.end(shelf.claim(), Refused("No.", status=400, code="api_no"))
    leave(shelf, "new")
    assert shelf.again(sent).state is State.UPLOADED
    assert (shelf.state(BACK), shelf.state(FRONT)) == (None, State.MISSING)


@pytest.mark.parametrize("root", ["", "old", "old/"])
def test_what_is_watched_stays(shelf: Shelf, root: str) -> None:
    shelf.add(FRONT, "A")
    shelf.add(f"old/deep/{OTHER_GTIN}__Front.jpg", "B")
    leave(shelf, root, "new")
    assert len(shelf.expected.paths_below(path("old"))) == 2


def test_everything_is_below_the_root_of_the_file_system(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    for _ in Unwatched(shelf.db, shelf.incoming).leave([b"/"], shelf.now):
        pass
    assert shelf.state(FRONT) is State.QUEUED
