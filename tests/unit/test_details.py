"""What is kept of a photo beside its label: the shot, its measures, and remarks that keep nothing from going."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from folder_sync.cli.tables import PhotoTable
from folder_sync.files.opening import look
from folder_sync.photo import Details, Format, Reason, Record, State
from folder_sync.report import products as report
from folder_sync.report import serialize
from folder_sync.report.status import as_json, status
from folder_sync.rules.arrivals import New, Same, Seen
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.products import parse
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.rules.quality import Mode
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.service.intake.judging import judge
from folder_sync.service.names import Names
from folder_sync.settings import Settings
from folder_sync.settings.tables import Account, Watch
from folder_sync.settings.tables import Shot as ShotTable
from folder_sync.store.incoming import Incoming
from folder_sync.store.photo_list import PhotoList, Selection
from folder_sync.store.products import Products
from tests.support.shelf import FOLDER, GTIN, OTHER_GTIN, Shelf, path
from tests.support.store_model import arrive, judged

SMALL = Details("Back", 800, 600, (Reason("small", "It is small."), Reason("rotated", "It lies on its side.")))
FRONT = f"{GTIN}__Front.jpg"


def add(shelf: Shelf, name: str, data: str, details: Details) -> Record:
    shelf.disk.put(path(name), data)
    seen = replace(judged(path(name), data), details=details)
    record = arrive(shelf.incoming, shelf.place(name), seen, shelf.now, shelf.disk.exists)[1]
    assert record is not None
    return record


def noted(shelf: Shelf) -> list[int]:
    return [listed.record.id for listed in PhotoList(shelf.db).photos(Selection(notes=True))]


def test_they_are_kept_shown_and_found(shelf: Shelf) -> None:
    photo = add(shelf, FRONT, "A", SMALL)
    add(shelf, f"{GTIN}__Other.jpg", "B", Details())
    assert photo.details == SMALL
    (listed,) = PhotoList(shelf.db).photos(Selection(notes=True))
    shown = serialize.photo(listed)
    assert (shown["shot"], shown["width"], shown["height"]) == ("Back", 800, 600)
    assert shown["notes"] == [
        {"code": "small", "message": "It is small."},
        {"code": "rotated", "message": "It lies on its side."},
    ]
    assert serialize.flat(listed)["notes"] == "small: It is small.; rotated: It lies on its side."


def test_uploaded_photos_with_notes_are_counted_and_the_next_good_version_has_none(shelf: Shelf) -> None:
    add(shelf, FRONT, "A", SMALL)
    assert status(shelf.db, {}, shelf.now).remarks == 0
    shelf.upload()
    assert as_json(status(shelf.db, {}, shelf.now))["remarks"] == 1
    add(shelf, FRONT, "B", Details("Back", 2000, 1500))
    shelf.upload()
    assert status(shelf.db, {}, shelf.now).remarks == 0
    assert noted(shelf) == [1], "the old version had them"


def test_a_version_that_was_never_sent_leaves_no_notes_behind(shelf: Shelf) -> None:
    add(shelf, FRONT, "A", SMALL)
    assert add(shelf, FRONT, "B", Details()).details == Details()
    assert noted(shelf) == []


def test_a_renamed_photo_is_of_the_shot_that_its_name_says_now(shelf: Shelf) -> None:
    photo = add(shelf, FRONT, "A", SMALL)
    shelf.disk.rename(path(FRONT), path(f"new/{FRONT}"))
    moved = add(shelf, f"new/{FRONT}", "A", replace(SMALL, shot="Front of package"))
    assert moved.id == photo.id
    assert moved.details.shot == "Front of package"


def test_the_list_names_notes_by_their_codes_and_says_them_where_asked_for(shelf: Shelf) -> None:
    add(shelf, FRONT, "A", SMALL)
    shelf.upload()
    photos = PhotoList(shelf.db)
    brief = list(PhotoTable([FOLDER], shelf.now, width=None).lines(photos.photos()))
    assert brief[1].endswith("  uploaded  image-1 (small; rotated)")
    full = list(PhotoTable([FOLDER], shelf.now, width=None, notes_in_full=True).lines(photos.photos()))
    assert full[1].endswith("  uploaded  image-1; small: It is small.; rotated: It lies on its side.")


def test_a_photo_of_a_shot_counts_for_it_whatever_its_title(shelf: Shelf) -> None:
    add(shelf, f"{GTIN}__A_title_of_its_own.jpg", "A", Details("Back"))
    add(shelf, f"{GTIN}__Side.jpg", "B", Details("Renamed since"))
    settings = Settings(
        accounts={"main": Account()},
        watch=(Watch(path=Path("/studio")),),
        shots=(ShotTable(name="Back", required=True), ShotTable(name="Side")),
    )
    (product,) = report.ProductReport(shelf.db, settings).all()
    assert [(taken.shot.name, taken.photo and taken.photo.id) for taken in product.shots] == [("Back", 1), ("Side", 2)]
    assert [photo.shot for photo in Products(shelf.db).photos([GTIN])] == ["Back", "Renamed since"]


def test_intake_keeps_what_the_name_says(tmp_path: Path) -> None:
    shots = Shots([Shot("Front of package", ("MAIN",))])
    naming = Naming(["house", "{sku}_{shot}[_{title}]"], shots, parse(f"gtin,sku\n{GTIN},AB\n"))
    root = os.fsencode(tmp_path)
    names = Names(root, naming)

    def details(name: str) -> Details:
        photo = os.fsencode(tmp_path / name)
        (tmp_path / name).write_bytes(photo_bytes(Format.JPEG, width=48))
        fingerprint = look(photo)
        assert fingerprint is not None
        judgement, _ = judge(photo, root, fingerprint, 1_000_000, names)
        assert isinstance(judgement, Seen)
        return judgement.details

    assert details("AB_MAIN_Box.jpg").shot == "Front of package"
    found = details(f"{GTIN}__Primary_packaging.jpg")
    assert (found.shot, [note.code for note in found.notes]) == (None, ["says_primary"])


class TestTheSamePictureForTwoProducts:
    """A photographer copied a photo and changed the number, or the wrong number."""

    def watched(self, shelf: Shelf, mode: Mode) -> None:
        shelf.incoming = Incoming(shelf.db, shelf.adoption, other_product=mode)

    def test_the_later_one_is_noted(self, shelf: Shelf) -> None:
        self.watched(shelf, Mode.NOTE)
        first = shelf.add(FRONT, "A")
        second = shelf.add(f"{OTHER_GTIN}__Front.jpg", "A")
        assert first.details.notes == ()
        (note,) = second.details.notes
        assert note.code == "other_product"
        assert f'for {GTIN}, as "{FRONT}"' in note.message
        assert second.state is State.QUEUED

    def test_or_refused_as_a_dry_run_says_too(self, shelf: Shelf) -> None:
        self.watched(shelf, Mode.REJECT)
        shelf.add(FRONT, "A")
        other = f"{OTHER_GTIN}__Front.jpg"
        shelf.disk.put(path(other), "A")
        seen = judged(path(other), "A")
        arrival, compared = shelf.incoming.preview(shelf.place(other), seen, shelf.now, {path(FRONT): True})
        assert compared.reason is not None
        assert arrival == New()
        second = shelf.take_in(other)[1]
        assert second is not None
        assert second.reason is not None
        assert (second.state, second.reason.code) == (State.REJECTED, "other_product")
        assert shelf.expected.refused_for(["other_product"]) == [(path(other), "other_product")]
        assert shelf.take_in(other)[0] == Same(second), "asked again, it stays so"
        shelf.remove(FRONT)
        self.watched(shelf, Mode.NOTE)
        assert shelf.add(other, "A").state is State.QUEUED

    def test_a_corrected_number_is_no_second_product(self, shelf: Shelf) -> None:
        self.watched(shelf, Mode.REJECT)
        shelf.add(FRONT, "A")
        shelf.upload()
        shelf.rename(FRONT, f"{OTHER_GTIN}__Front.jpg")
        corrected = shelf.photo_queries.by_path(path(f"{OTHER_GTIN}__Front.jpg"))
        assert corrected is not None
        assert (corrected.state, corrected.details.notes) == (State.QUEUED, ())

    def test_two_photos_of_one_product_are_none_either(self, shelf: Shelf) -> None:
        self.watched(shelf, Mode.REJECT)
        shelf.add(FRONT, "A")
        assert shelf.add(f"{GTIN}__Back.jpg", "A").state is State.QUEUED
