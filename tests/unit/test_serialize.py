"""The shapes that the contract names, for JSON and CSV."""

from __future__ import annotations

from dataclasses import replace

import pytest

from folder_sync.report import serialize
from folder_sync.store.photo_list import Listed, PhotoList
from folder_sync.store.photo_queries import Event
from folder_sync.text import path_text
from tests.support.shelf import GTIN, Shelf
from tests.support.store_model import CORRUPT, digest

HERO, FRONT = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Front.jpg"


def listed(shelf: Shelf, photo_id: int) -> Listed:
    (found,) = PhotoList(shelf.db).of([photo_id])
    return found


@pytest.fixture
def uploaded(shelf: Shelf) -> Listed:
    shelf.add(HERO, "A")
    return listed(shelf, shelf.upload().id)


def test_a_photo(uploaded: Listed) -> None:
    assert serialize.photo(uploaded) == {
        "id": 1,
        "path": f"/studio/{HERO}",
        "account": "main",
        "organization_id": "organization",
        "gtin": GTIN,
        "title": "Front",
        "is_primary": True,
        "state": "uploaded",
        "reason": None,
        "image_id": "image-1",
        "image_url": None,
        "sha256": digest("A"),
        "size": 1,
        "attempts": 1,
        "not_before": None,
        "first_seen": "1970-01-01T00:16:40.000Z",
        "uploaded_at": "1970-01-01T00:16:40.000Z",
        "superseded_at": None,
        "superseded_by": None,
        "duplicate_of": None,
        "image_deleted_at": None,
        "is_hero_now": True,
        "machine": None,
        "shot": None,
        "width": None,
        "height": None,
        "sent_sha256": None,
        "notes": [],
    }
    assert tuple(serialize.photo(uploaded)) == serialize.PHOTO_COLUMNS


def test_a_reason_is_an_object_and_flat_two_columns(shelf: Shelf, uploaded: Listed) -> None:
    rejected = listed(shelf, shelf.add(FRONT, CORRUPT).id)
    assert serialize.photo(rejected)["reason"] == {"code": "corrupt", "message": "The picture is damaged."}
    flat = serialize.flat(rejected)
    assert (flat["reason_code"], flat["reason_message"]) == ("corrupt", "The picture is damaged.")
    assert "reason" not in flat
    assert serialize.flat(uploaded)["reason_code"] is None
    assert tuple(flat) == serialize.FLAT_COLUMNS
    names = [name for name in flat if not name.startswith("reason")]
    assert names == [name for name in serialize.PHOTO_COLUMNS if name != "reason"]
    assert list(flat).index("reason_code") == serialize.PHOTO_COLUMNS.index("reason")


def test_a_replaced_photo_says_by_what_and_when(shelf: Shelf, uploaded: Listed) -> None:
    shelf.now += 60.0
    new = shelf.add(HERO, "B")
    assert serialize.photo(listed(shelf, 1))["superseded_by"] is None, "not yet"
    shelf.upload()
    old = serialize.photo(listed(shelf, 1))
    assert (old["superseded_by"], old["superseded_at"]) == (new.id, "1970-01-01T00:17:40.000Z")
    assert (old["is_hero_now"], serialize.photo(listed(shelf, new.id))["is_hero_now"]) == (False, True)


def test_a_copy_says_of_what(shelf: Shelf, uploaded: Listed) -> None:
    copy = shelf.add(f"a/{HERO}", "A")
    assert serialize.photo(listed(shelf, copy.id))["duplicate_of"] == uploaded.record.id


def titled(photo: Listed, title: str) -> Listed:
    return replace(photo, record=replace(photo.record, title=title))


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_spreadsheet_runs_no_title(uploaded: Listed, title: str) -> None:
    assert serialize.flat(titled(uploaded, title))["title"] == f"'{title}"
    assert serialize.photo(titled(uploaded, title))["title"] == title


@pytest.mark.parametrize("control", ["\t", "\r", "\x1b"])
def test_a_terminal_obeys_no_title(uploaded: Listed, control: str) -> None:
    assert serialize.flat(titled(uploaded, f"{control}=1"))["title"].endswith("\ufffd=1")


def test_what_is_no_formula_stays_what_it_is(uploaded: Listed) -> None:
    flat = serialize.flat(titled(uploaded, "1-2"))
    assert (flat["title"], flat["size"], flat["is_primary"], flat["image_url"]) == ("1-2", 1, "true", None)


def test_bytes_that_are_not_utf_8_are_shown_as_such() -> None:
    assert path_text(b"/studio/caf\xe9.jpg") == "/studio/caf\ufffd.jpg"


def test_an_event() -> None:
    assert serialize.event(Event(0.25, "queued", "why")) == {
        "at": "1970-01-01T00:00:00.250Z",
        "event": "queued",
        "detail": "why",
    }
