"""Names of other houses, in the whole service: read as the folder is configured, and judged anew when that changes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from folder_sync.app import preview_pass
from folder_sync.errors import ProductsUnreadable
from folder_sync.files import products
from folder_sync.photo import State
from folder_sync.service.catalogue import Catalogue
from folder_sync.service.folders import folders
from folder_sync.service.intake.dry_run import Fate
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for

FRONT = '\n[[shots]]\nname = "Front of package"\ncodes = ["MAIN"]\nprimary = true\n'
BACK = '\n[[shots]]\nname = "Back"\ncodes = ["BACK"]\n'


@pytest.fixture(autouse=True)
def _impatient(studio: Studio) -> None:
    studio.timings = replace(studio.timings, products_looked_at=0.05)


def by_sku(studio: Studio, shots: str = FRONT + BACK) -> Path:
    """The products file, which lists no product yet."""
    listed = studio.home / "products.csv"
    if not listed.exists():
        listed.write_text("gtin,sku\n")
    studio.configure(watch='names = ["{sku}_{shot}[_{number}]", "house"]', catalogue={"products_file": str(listed)})
    with studio.config.open("a") as file:
        file.write(shots)
    return listed


def sent(studio: Studio) -> list[tuple[str, str, bool]]:
    return [(upload.gtin, upload.title, upload.is_primary) for upload in studio.sandbox.ledger.arrivals]


def code(studio: Studio, path: Path) -> str:
    reason = studio.wait_for_state(path, State.REJECTED).reason
    assert reason is not None
    return reason.code


def test_each_entry_reads_its_names(studio: Studio) -> None:
    studio.configure(watch='names = ["house", "gs1", "folder"]')
    with running_service(studio):
        for name in (f"{GTIN}__House.jpg", f"{GTIN}_A7N1_s02.jpg", f"{GTIN} Tee/IMG_0001__primary.jpg"):
            studio.wait_for_state(studio.export(name), State.UPLOADED)
        assert code(studio, studio.export(f"{GTIN}/{OTHER}__Front.jpg")) == "bad_name"
        assert code(studio, studio.export("00012345678904/Front.jpg")) == "bad_gtin"
    assert sorted(sent(studio)) == [(GTIN, "", True), (GTIN, "Back", False), (GTIN, "House", False)]


def test_a_photo_goes_when_its_sku_is_listed(studio: Studio) -> None:
    listed = by_sku(studio)
    with running_service(studio):
        waiting = studio.export("AB-1_MAIN.jpg")
        other = studio.export("ZZ_MAIN.jpg")
        assert code(studio, waiting) == code(studio, other) == "unknown_sku"
        listed.write_text(f"gtin,sku\n{GTIN},AB-1\n")
        studio.wait_for_state(waiting, State.UPLOADED)
        assert code(studio, other) == "unknown_sku"
    assert sent(studio) == [(GTIN, "Front of package", True)]


def test_what_is_uploaded_stays_when_the_products_change(studio: Studio) -> None:
    listed = by_sku(studio)
    listed.write_text(f"gtin,sku\n{GTIN},AB-1\n")
    with running_service(studio):
        first = studio.wait_for_state(studio.export("AB-1_MAIN.jpg"), State.UPLOADED)
        listed.write_text(f"gtin,sku\n{OTHER},AB-1\n")
        second = studio.export("AB-1_BACK.jpg")
        wait_for(lambda: (OTHER, "Back", False) in sent(studio) or (GTIN, "Back", False) in sent(studio), "it is sent")
        studio.wait_for_state(second, State.UPLOADED)
        assert studio.record(Path(os.fsdecode(first.path))) == first


def test_a_products_file_that_goes_away_or_is_spoilt_still_counts_as_it_was(studio: Studio) -> None:
    listed = by_sku(studio)
    listed.write_text(f"gtin,sku\n{GTIN},AB-1\n")
    with running_service(studio):
        studio.wait_for_state(studio.export("AB-1_MAIN.jpg"), State.UPLOADED)
        listed.unlink()
        studio.wait_for_state(studio.export("AB-1_BACK.jpg"), State.UPLOADED)
        listed.write_bytes(b"gtin,sku\n\xff\n")
        studio.wait_for_state(studio.export("AB-1_BACK_2.jpg"), State.UPLOADED)


def test_a_start_without_the_products_file_rejects_and_makes_up_for_it(studio: Studio) -> None:
    listed = by_sku(studio)
    listed.unlink()
    with running_service(studio):
        path = studio.export("AB-1_MAIN.jpg")
        assert code(studio, path) == "unknown_sku"
        listed.write_text(f"gtin,sku\n{GTIN},AB-1\n")
        studio.wait_for_state(path, State.UPLOADED)


def test_other_shots_and_names_are_taken_up_by_the_next_start(studio: Studio) -> None:
    listed = by_sku(studio, FRONT)
    listed.write_text(f"gtin,sku\n{GTIN},AB-1\n")
    with running_service(studio):
        shot, name = studio.export("AB-1_BACK.jpg"), studio.export(f"{GTIN}_A1N1.jpg")
        assert (code(studio, shot), code(studio, name)) == ("unknown_shot", "unknown_sku")
    by_sku(studio)
    studio.config.write_text(studio.config.read_text().replace("names = [", 'names = ["gs1", '))
    with running_service(studio):
        studio.wait_for_state(shot, State.UPLOADED)
        studio.wait_for_state(name, State.UPLOADED)


def test_a_dry_run_reads_them_too(studio: Studio) -> None:
    listed = by_sku(studio)
    listed.write_text(f"gtin,sku\n{GTIN},AB-1\n")
    studio.export("AB-1_MAIN.jpg")
    studio.export("ZZ_MAIN.jpg")
    database = Database(studio.database, create=True)
    try:
        fates = [(os.path.basename(one.path), one.fate) for one in preview_pass(studio.settings(), database)]
    finally:
        database.close()
    assert sorted(fates) == [(b"AB-1_MAIN.jpg", Fate.UPLOAD), (b"ZZ_MAIN.jpg", Fate.REJECT)]


def test_a_share_that_does_not_answer_keeps_no_start_waiting(studio: Studio) -> None:
    listed = by_sku(studio)
    pipe = studio.home / "pipe"
    os.mkfifo(pipe)
    watched = folders(studio.settings())
    database = Database(studio.database, create=True)
    try:
        Catalogue(pipe, watched, ExpectedFiles(database), Inboxes(watched), answer_seconds=0.01).load()
    finally:
        database.close()
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
    assert watched[0].names.naming.products.listed == ()
    assert listed.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [(None, "is not there"), (b"gtin\n1\n\xff", "is not UTF-8, at line 3"), ("folder", "is a folder")],
)
def test_a_products_file_that_can_not_be_read_is_named(tmp_path: Path, data: bytes | str | None, words: str) -> None:
    path = tmp_path / "products.csv"
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data:
        path.mkdir()
    with pytest.raises(ProductsUnreadable, match=words):
        products.read(path)


def test_a_products_file_without_end_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(b"x" * 11)
    with pytest.raises(ProductsUnreadable, match="more than"):
        products.read(path, 10)


def test_what_no_program_wrote_into_the_folder_goes_when_it_is_called_right(studio: Studio) -> None:
    """A JPEG called .jfif."""
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.jfif", photo_data("x"))
        assert code(studio, path) == "unsupported_format"
        right = path.with_suffix(".jpg")
        path.rename(right)
        studio.wait_for_state(right, State.UPLOADED)
