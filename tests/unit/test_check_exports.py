"""What `check` says where photos are exported again right after they were uploaded."""

from __future__ import annotations

from pathlib import Path

from folder_sync.report.checks import exports as check_exports
from folder_sync.report.checks.exports import LAST, MANY, SOON_SECONDS
from folder_sync.store.sqlite.store import SqliteStore
from tests.support.proof import gtin14
from tests.support.shelf import Shelf


def export_twice(shelf: Shelf, number: int, pause: float) -> None:
    name = f"{gtin14(number)}__Front.jpg"
    shelf.add(name, f"{number} first")
    shelf.upload()
    shelf.now += pause
    shelf.add(name, f"{number} second")
    shelf.upload()


def said(shelf: Shelf) -> list[str]:
    return [finding.detail for finding in check_exports.check(shelf.db.store)]


def test_a_program_that_finishes_its_files_twice(shelf: Shelf) -> None:
    for number in range(MANY):
        assert said(shelf) == []
        export_twice(shelf, number, SOON_SECONDS)
    (detail,) = said(shelf)
    assert detail.startswith(f"{MANY} of the last {MANY} replaced photos were exported again within a minute")
    assert "settle_seconds" in detail


def test_versions_that_come_later_are_somebody_s_work(shelf: Shelf) -> None:
    for number in range(MANY + 1):
        export_twice(shelf, number, SOON_SECONDS + 1)
    assert said(shelf) == []


def test_what_was_long_ago_is_forgotten(shelf: Shelf) -> None:
    for number in range(MANY):
        export_twice(shelf, number, 1.0)
    assert said(shelf) != []
    for number in range(MANY, MANY + LAST):
        export_twice(shelf, number, SOON_SECONDS + 1)
    assert said(shelf) == []


def test_without_records_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(check_exports.check(SqliteStore(tmp_path / "none.db"))) == []
