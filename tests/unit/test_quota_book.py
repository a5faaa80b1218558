"""What is remembered of a key's requests, so that a restart does not forget the day's count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.rules.quota import Window
from folder_sync.store.quota import KEEP_SECONDS, QuotaBook
from folder_sync.store.sqlite.database import Database


@pytest.fixture
def book(tmp_path: Path) -> Iterator[QuotaBook]:
    database = Database(tmp_path / "photos.db", create=True)
    yield QuotaBook(database)
    database.close()


def test_requests_are_counted_by_the_second_and_account(book: QuotaBook) -> None:
    for moment in (10.1, 10.9, 12.0):
        book.spend("main", moment)
    book.spend("agency", 10.0)
    assert book.used("main", 0.0) == [(10, 2), (12, 1)]
    assert book.used("main", 10.5) == [(10, 2), (12, 1)]
    assert book.used("main", 11.0) == [(12, 1)]


def test_old_ones_are_forgotten(book: QuotaBook) -> None:
    book.spend("main", 10.0)
    book.spend("main", 20.0)
    book.trim(20.0 + KEEP_SECONDS)
    assert book.used("main", 0.0) == [(20, 1)]


def test_the_servers_windows_replace_those_it_told_before(book: QuotaBook) -> None:
    assert book.windows("main") == ()
    book.set_windows("main", [Window(10_000, 86_400), Window(300, 60)])
    assert book.windows("main") == (Window(300, 60), Window(10_000, 86_400))
    book.set_windows("main", [Window(100, 60)])
    assert book.windows("main") == (Window(100, 60),)
    assert book.windows("agency") == ()
