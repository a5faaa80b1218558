"""The page opens records once, and anew when others have taken their place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from folder_sync.web import records
from folder_sync.web.records import Records
from tests.support.engines import ON_SQLITE
from tests.support.shelf import Shelf


@pytest.fixture
def opened(shelf: Shelf) -> Iterator[Records]:
    found = Records(shelf.db.store)
    yield found
    found.close()


@ON_SQLITE
def test_another_file_is_noticed_at_once(shelf: Shelf, opened: Records) -> None:
    first = opened.open()
    assert opened.open() is first
    place = shelf.db.store.path
    place.rename(place.with_name("before"))
    shelf.db.store.open(create=True).close()
    assert opened.open() is not first


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_whether_a_server_has_other_records_is_not_asked_each_time(
    shelf: Shelf, opened: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "GOOD_SECONDS", 100_000.0)
    first = opened.open()
    shelf.db.change("UPDATE provenance SET records = 'others'")
    assert opened.open() is first
    opened.close()
    monkeypatch.setattr(records, "GOOD_SECONDS", 0.0)
    second = opened.open()
    assert opened.open() is second
    shelf.db.change("UPDATE provenance SET records = 'others again'")
    assert opened.open() is not second
