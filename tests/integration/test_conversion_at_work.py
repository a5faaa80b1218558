"""Another file goes in place of a photo, and the photo is still known by its own bytes."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from folder_sync.app import preview_pass
from folder_sync.closient.body import open_file
from folder_sync.errors import FileChanged
from folder_sync.files.pictures.conversion_process import Converter
from folder_sync.files.pictures.converted_files import REST_SECONDS, ConvertedFiles, Kept
from folder_sync.photo import Format, Reason, State
from folder_sync.rules.conversion import Recipe
from folder_sync.service.delivery.uploading import Uploader
from folder_sync.service.intake.dry_run import Fate
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.shelf import Shelf
from tests.support.studio import GTIN, Studio
from tests.support.tiffs import tiff
from tests.support.waiting import wait_for

RECIPE = Recipe(Format.JPEG, 300)


def photo(size: tuple[int, int] = (700, 500)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def kept_files(studio: Studio) -> list[Path]:
    folder = studio.database.with_name(f"{studio.database.name}.converted")
    return sorted(folder.iterdir()) if folder.exists() else []


def test_what_is_made_goes_and_the_photo_is_known_by_its_bytes(studio: Studio) -> None:
    """Also where the answer is lost: the catalogue is asked for the bytes that went."""
    studio.configure(convert={"max_pixels": 300}, quality={"small": "note"})
    data = photo()
    studio.sandbox.faults.add("drop_after_store", route="upload")
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.jpg", data)
        sent = studio.wait_for_state(path, State.UPLOADED)
        copy = studio.folder / "copy" / path.name
        copy.parent.mkdir()
        shutil.copy(path, copy)
        studio.wait_for_state(copy, State.DUPLICATE)
        small = studio.export(f"{GTIN}__Back.jpg", photo((290, 200)))
        as_it_is = studio.wait_for_state(small, State.UPLOADED)
    first, second = studio.sandbox.ledger.arrivals
    assert path.read_bytes() == data, "the file is never changed"
    assert sent.sha256 == hashlib.sha256(data).hexdigest()
    assert sent.sent_sha256 == first.sha256 != sent.sha256
    assert (sent.size, sent.sent_size) == (len(data), first.size)
    assert (sent.details.width, sent.details.height) == (300, 214)
    assert [note.code for note in sent.details.notes] == ["small"]
    assert second.sha256 == as_it_is.sha256
    assert as_it_is.details.recipe is None


def test_what_was_kept_is_made_again_where_it_is_lost(studio: Studio) -> None:
    studio.configure(convert={"max_pixels": 300})
    studio.sandbox.faults.add("drop_before_body", route="upload", count=None)
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.jpg", photo())
        wait_for(lambda: studio.records() != [], "it is taken in")
    (kept,) = kept_files(studio)
    kept.unlink()
    studio.sandbox.faults.clear()
    with running_service(studio):
        sent = studio.wait_for_state(path, State.UPLOADED)
    (arrival,) = studio.sandbox.ledger.arrivals
    assert sent.sent_sha256 == arrival.sha256
    assert kept_files(studio) == [kept], "the same, for no library has changed"


def test_a_photo_that_changes_before_it_goes_is_not_sent_as_it_was(studio: Studio) -> None:
    """The file that was made of it is there, and it is not: whatever is noticed first, only the new one goes."""
    studio.configure(convert={"max_pixels": 300})
    other = photo()
    studio.sandbox.faults.add("drop_before_body", route="upload", count=None)
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.jpg", photo())
        wait_for(lambda: studio.records() != [], "it is taken in")
    path.write_bytes(other)
    studio.sandbox.faults.clear()
    digest = hashlib.sha256(other).hexdigest()

    def went() -> list[str | None]:
        return [one.sent_sha256 for one in studio.records() if (one.sha256, one.state) == (digest, State.UPLOADED)]

    with running_service(studio):
        wait_for(lambda: went() != [], "the new one is uploaded")
    assert [arrival.sha256 for arrival in studio.sandbox.ledger.arrivals] == went()


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ConvertedFiles]:
    files = ConvertedFiles(os.fsencode(tmp_path / "converted"), Converter(), 5_000_000)
    yield files
    files.close()


def made(files: ConvertedFiles, path: Path) -> Kept | Reason:
    with path.open("rb") as file:
        return files.make(file, hashlib.sha256(path.read_bytes()).hexdigest(), RECIPE)


def test_what_is_made_again_is_made_of_the_photo_and_of_nothing_else(files: ConvertedFiles, tmp_path: Path) -> None:
    """Another picture at its path, converted and kept as this one's, would have gone in its place once it was back."""
    path, data = tmp_path / "photo.jpg", photo()
    path.write_bytes(data)
    shelf = Shelf(tmp_path / "photos.db")
    record = shelf.add(f"{GTIN}__Front.jpg", "any")
    details = replace(record.details, recipe=RECIPE.key)
    record = replace(record, path=bytes(path), sha256=hashlib.sha256(data).hexdigest(), details=details)
    unused = cast("Any", None)
    uploader = Uploader(unused, unused, unused, unused, converted=files, conversions=unused, open_file=open_file)
    path.write_bytes(photo())
    assert isinstance(uploader._kept(record), FileChanged)
    assert files.holds_any() is False
    path.write_bytes(data)
    kept = uploader._kept(record)
    assert isinstance(kept, Kept)
    assert kept == made(files, path)
    shelf.db.close()


def test_each_is_converted_once_and_what_is_damaged_again(files: ConvertedFiles, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo())
    first = made(files, path)
    assert isinstance(first, Kept)
    began = os.stat(first.path).st_ino
    assert made(files, path) == first
    assert os.stat(first.path).st_ino == began
    with open(first.path, "r+b") as kept:
        kept.write(b"\0")
    assert made(files, path) == first
    assert os.stat(first.path).st_ino != began
    path.write_bytes(b"no picture")
    refused = made(files, path)
    assert isinstance(refused, Reason)
    assert len(os.listdir(tmp_path / "converted")) == 1, "nothing is left of what could not be made"
    files.close()


def test_those_that_nobody_waits_for_go_after_a_while(files: ConvertedFiles, tmp_path: Path) -> None:
    files.drop_all_but(set())
    assert not files.holds_any()
    for name in ("used.jpg", "new.jpg", "old.jpg"):
        path = tmp_path / name
        path.write_bytes(photo((310, 310)))
        kept = made(files, path)
        assert isinstance(kept, Kept)
        if name != "new.jpg":
            long_ago = time.time() - REST_SECONDS - 60
            os.utime(kept.path, (long_ago, long_ago))
    used, new = (hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("used.jpg", "new.jpg"))
    assert files.holds_any()
    left = tmp_path / "converted" / ".converting-left"
    left.touch()
    os.utime(left, (0, 0))
    files.drop_all_but({(used, RECIPE.key)})
    assert {name.split(".")[0] for name in os.listdir(tmp_path / "converted")} == {used, new}
    files.close()


def test_a_tiff_goes_as_a_jpeg(studio: Studio) -> None:
    studio.configure(convert={"formats": ["tiff"], "max_pixels": 300})
    pages = tiff((60, 40), lambda x, y: (700 * x, 900 * y, 9000), bits=16, subfiles=(0, 0))
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.tif", pages)
        sent = studio.wait_for_state(path, State.UPLOADED)
        copy = studio.export("copy-" + path.name, pages)
        studio.wait_for_state(copy, State.REJECTED)
    (arrival,) = studio.sandbox.ledger.arrivals
    assert path.read_bytes() == pages
    assert sent.sha256 == hashlib.sha256(pages).hexdigest()
    assert sent.sent_sha256 == arrival.sha256
    assert (sent.sent_format, sent.details.width, sent.details.height) == (Format.JPEG, 60, 40)
    assert [note.code for note in sent.details.notes] == ["first_page"]


def test_a_dry_run_converts_too_and_leaves_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = studio.home / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    studio.configure(convert={"formats": ["tiff"]})
    for name in ("Front", "Back"):
        studio.export(f"{GTIN}__{name}.tif", tiff((60, 40), lambda x, y: (2 * x, 3 * y, 90)))
    studio.export(f"{GTIN}__Inks.tif", tiff((20, 20), lambda _x, _y: (0, 9, 9, 0), photometric=5))
    database = Database(studio.database, create=True)
    try:
        fates = {os.path.basename(one.path).decode(): one.fate for one in preview_pass(studio.settings(), database)}
    finally:
        database.close()
    assert fates == {
        f"{GTIN}__Front.tif": Fate.UPLOAD,
        f"{GTIN}__Back.tif": Fate.UPLOAD,
        f"{GTIN}__Inks.tif": Fate.REJECT,
    }
    assert list(temporary.iterdir()) == kept_files(studio) == []


def test_what_was_converted_is_converted_no_more(studio: Studio) -> None:
    """A folder of large files that is renamed keeps no processor busy."""
    studio.configure(convert={"formats": ["tiff"]})
    pages = tiff((60, 40), lambda x, y: (2 * x, 3 * y, 90), subfiles=(0, 0))
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.tif", pages)
        sent = studio.wait_for_state(path, State.UPLOADED)
        (kept,) = kept_files(studio)
        kept.unlink()
        moved = studio.folder / "moved" / path.name
        moved.parent.mkdir()
        path.rename(moved)
        assert studio.wait_for_state(moved, State.UPLOADED).id == sent.id, "its record follows"
        copy = studio.export(f"copy/{path.name}", pages)
        studio.wait_for_state(copy, State.DUPLICATE)
        assert kept_files(studio) == [], "nothing was converted for these"
        other = studio.export(f"{GTIN}__Other_title.tif", pages)
        again = studio.wait_for_state(other, State.UPLOADED)
    assert [note.code for note in again.details.notes] == ["first_page"]
    assert [arrival.sha256 for arrival in studio.sandbox.ledger.arrivals] == [sent.sent_sha256, again.sent_sha256]


def test_what_is_no_tiff_or_not_whole_is_refused_and_a_whole_one_goes(studio: Studio) -> None:
    whole = tiff((60, 40), lambda x, y: (2 * x, 3 * y, 90))
    studio.configure(convert={"formats": ["tiff"]}, intake={"settle_seconds": 0.1, "incomplete_seconds": 0.5})
    with running_service(studio):
        other = studio.export(f"{GTIN}__Other.tiff", photo())
        cut = studio.export(f"{GTIN}__Cut.tiff", whole[:-200])
        empty = studio.export(f"{GTIN}__Empty.tif", b"")
        inks = studio.export(f"{GTIN}__Inks.tif", tiff((20, 20), lambda _x, _y: (0, 9, 9, 0), photometric=5))
        reasons = [studio.wait_for_state(path, State.REJECTED).reason for path in (other, cut, empty, inks)]
        cut.write_bytes(whole)
        studio.wait_for_state(cut, State.UPLOADED)
    assert [reason and reason.code for reason in reasons] == ["wrong_format", "corrupt", "empty", "unsupported_format"]
    assert reasons[0] is not None
    assert reasons[0].message == (
        "This is a JPEG, but it is named as a TIFF (.tiff). Rename it to end in .jpg, or export it again as a TIFF."
    )
