"""What `status` prints for people."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from folder_sync.cli.status import sheet_of
from folder_sync.photo import Gtin14
from folder_sync.report.status import status
from folder_sync.rules.quota import Window
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState, WatchStatus
from tests.support.proof import gtin14
from tests.support.shelf import FOLDER, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """A service runs."""
    shelf = Shelf(tmp_path / "photos.db")
    lock = shelf.db.store.lock()
    yield shelf
    lock.release()
    shelf.db.close()


def said(shelf: Shelf, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(sheet_of(status(shelf.db, {"main": (Window(300, 60),)}, shelf.now)))
    return out.getvalue()


def test_of_a_paused_folder_only_the_pause_is_shown(shelf: Shelf) -> None:
    """Beside "is not there" it once said that the folder is watched."""
    state = ServiceState(shelf.db)
    for folder in (FOLDER, b"/other"):
        state.set_watch_status(WatchStatus(folder, "native", None))
    state.pause("folder:/studio", "It is not there.", None)
    lines = [line.rstrip() for line in said(shelf).splitlines()]
    assert [line for line in lines if "/studio" in line] == ["Paused, folder:/studio: It is not there."]
    assert "/other: watched; not proven yet." in lines
    state.resume("folder:/studio")
    assert "/studio: watched; not proven yet." in said(shelf)


def test_what_does_not_fit_stands_further_in(shelf: Shelf) -> None:
    ServiceState(shelf.db).pause("folder:/studio", "It is not there. Create it, or mount it.", None)
    assert "\nPaused, folder:/studio: It is not\n    there. Create it, or mount it.\n" in said(shelf, 40)


def test_little_room_is_said(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk nothing can be recorded, not even that: `status` said that all is well, with no photos yet."""
    assert "Make room" not in said(shelf)
    monkeypatch.setattr("folder_sync.report.status.LOW_BYTES", 1 << 62)
    assert " MB are free beside the records, and a full disk stops all." in said(shelf)


def test_how_many_of_the_products_are_still_to_be_looked_up(shelf: Shelf) -> None:
    assert "looked up" not in said(shelf)
    shelf.adoption.begin(shelf.now)
    for number in range(3):
        shelf.add(f"{gtin14(number)}__a.jpg", str(number))
    for looked_up, words in enumerate(["3 products are", "2 of 3 products are", "1 of 3 products is"]):
        assert f"already has: {words} still to be looked up." in said(shelf)
        SeenImages(shelf.db).keep_list("main", Gtin14(gtin14(looked_up)), [])
    assert "looked up" not in said(shelf)
