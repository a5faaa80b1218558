"""Small pictures are kept by the digest of their photo, never more than is allowed; and what is wrong is a page."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from folder_sync.photo import Format, Record
from folder_sync.records import store_of
from folder_sync.settings import load
from folder_sync.settings.credentials import Passwords
from folder_sync.store.whose import shared_name
from folder_sync.web.context import Site
from folder_sync.web.sessions import Sessions
from folder_sync.web.thumbnails import Thumbnails
from tests.support.page import running_page
from tests.support.shelf import Shelf
from tests.support.studio import GTIN, Studio, photo_data


@pytest.fixture
def record(tmp_path: Path) -> Record:
    shelf = Shelf(tmp_path / "photos.db")
    added = shelf.add(f"{GTIN}__Front.jpg", "data")
    shelf.db.close()
    return added


@pytest.fixture
def thumbnails(tmp_path: Path) -> Iterator[Thumbnails]:
    (tmp_path / "export").mkdir()
    thumbnails = Thumbnails(tmp_path / "kept", [os.fsencode(tmp_path / "export")], 0.012, [""])
    yield thumbnails
    thumbnails.close()


def delivered(record: Record, tmp_path: Path, number: int) -> Record:
    data = photo_data(f"photo {number}")
    path = tmp_path / "export" / f"{number}.jpg"
    path.write_bytes(data)
    folder = os.fsencode(path.parent)
    return replace(record, path=os.path.join(folder, os.fsencode(path.name)), sha256=hashlib.sha256(data).hexdigest())


def test_the_longest_unseen_make_room(thumbnails: Thumbnails, record: Record, tmp_path: Path) -> None:
    for number in range(24):
        assert thumbnails.of(delivered(record, tmp_path, number)) is not None
    kept = [path.stat().st_size for path in (tmp_path / "kept").glob("??/*.webp")]
    assert 0 < sum(kept) <= 12_000
    assert len(kept) < 24


def test_what_has_no_small_picture(thumbnails: Thumbnails, record: Record, tmp_path: Path) -> None:
    photo = delivered(record, tmp_path, 1)
    assert thumbnails.of(replace(photo, format=Format.SVG)) is None
    assert thumbnails.of(replace(photo, sha256="0" * 64)) is None  # another version stands there by now
    assert thumbnails.of(replace(photo, path=b"/etc/passwd", sha256=None)) is None
    assert thumbnails.of(replace(photo, watcher="another", sha256=None)) is None  # a file of the same path is another
    (tmp_path / "export" / "1.jpg").write_bytes(b"no picture")
    assert thumbnails.of(replace(photo, sha256=None)) is None
    assert not (tmp_path / "kept").exists()


def test_photos_of_a_shared_folder_have_small_pictures(record: Record, tmp_path: Path) -> None:
    """Their files are here, whichever machine takes them in."""
    root = tmp_path / "export"
    root.mkdir()
    config = tmp_path / "config.toml"
    config.write_text(
        f"[accounts.main]\nkey_file = 'main.key'\n[[watch]]\npath = '{root}'\nshared = true\n"
        "[store]\nurl = 'postgresql://nobody@/nothing'\nmachine = 'set1'\n"
    )
    environ = {"HOME": str(tmp_path), "STATE_DIRECTORY": str(tmp_path)}
    settings = load(config, environ)
    thumbnails = Site.build(settings, store_of(settings, environ), Sessions(Passwords(act=None, look=None))).thumbnails
    photo = delivered(record, tmp_path, 1)
    assert thumbnails.of(replace(photo, watcher="set2")) is None
    for watcher in (shared_name(os.fsencode(root)), "set1"):
        assert thumbnails.of(replace(photo, watcher=watcher)) is not None
    thumbnails.close()


def test_where_nothing_can_be_kept_it_is_made_again(thumbnails: Thumbnails, record: Record, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file stands in its place")
    photo = delivered(record, tmp_path, 1)
    assert thumbnails.of(photo) == thumbnails.of(photo) is not None


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("POST", "/photos", 405, "That does not work here."),
        ("GET", "/nothing", 404, "There is nothing here."),
        ("GET", "/photos?state=lost", 400, "There is no such state of a photo."),
        ("GET", "/photos.json?since=never", 400, '"error":"This time is not understood."'),
        ("GET", "/photos.json", 503, '"error":"There is no database at '),
    ],
)
def test_what_is_wrong_is_said_to_people_and_to_programs(
    studio: Studio, method: str, path: str, status: int, said: str
) -> None:
    with running_page(studio) as page:
        answer = page.http.request(method, path)
    assert (answer.status_code, said in answer.text) == (status, True)


def test_a_defect_is_a_page_and_no_traceback(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("folder_sync.web.pages.names._namings", broken)
    with running_page(studio) as page:
        answer = page.get("/names")
    assert answer.status_code == 500
    assert "That did not work." in answer.text
    assert "ZeroDivision" not in answer.text
