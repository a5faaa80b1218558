"""The time in which what is taken in may be in the catalogue already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.store.adoption import Adoption
from tests.support.shelf import Shelf, path

FRONT = "00012345678905__Front.jpg"
BACK = "00012345678905__Back.jpg"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "photos.db")
    yield shelf
    shelf.db.close()


def test_it_lasts_until_it_is_ended_over_restarts(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    assert not shelf.adoption.is_open
    shelf.adoption.begin(1.0)
    shelf.adoption.begin(2.0)
    assert (shelf.adoption.is_open, Adoption(shelf.db).is_open) == (True, True)
    shelf.adoption.end()
    assert (shelf.adoption.is_open, Adoption(shelf.db).is_open) == (False, False)


def test_what_is_queued_and_what_comes_is_looked_for_first(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.adoption.begin(1.0)
    shelf.add(BACK, "B")
    assert shelf.queue.claim("main", shelf.now) is None
    looked_for = shelf.look_first.to_look_for("main", shelf.now, 5)
    assert [photo.path for photo in looked_for] == [path(FRONT), path(BACK)]
    for photo in looked_for:
        shelf.look_first.not_there(photo)
    shelf.adoption.end()
    assert shelf.claim().path == path(FRONT)
