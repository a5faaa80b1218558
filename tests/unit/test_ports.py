"""What a store keeps of its ports, as a whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.store.opening import store_at
from folder_sync.store.ports import Store
from tests.support.engines import MISSING
from tests.support.shelf import GTIN, Shelf


@pytest.mark.parametrize("engine", MISSING)
def test_nothing_is_there_until_somebody_works_on_it(engine: str, tmp_path: Path) -> None:
    with MISSING[engine](tmp_path) as store:
        made_by_who_works_on_it(store)


def made_by_who_works_on_it(store: Store) -> None:
    assert store.is_missing()
    assert store.holder() is None
    with pytest.raises(StoreUnavailable):
        store.identity()
    with pytest.raises(StoreUnavailable):
        store.open()
    store.open(create=True).close()
    assert not store.is_missing()
    store.open(read_only=True).close()


def test_other_records_in_its_place_are_others(store: Store, tmp_path: Path) -> None:
    store.open(create=True).close()
    before = store.identity()
    assert store.identity() == before
    other = store_at(tmp_path / "other.db")
    other.open(create=True).close()
    assert other.identity() != before


def test_one_service_works_on_it(store: Store) -> None:
    lock = store.lock()
    database = store.open(create=True)
    assert store.holder() == os.getpid()
    database.close()
    lock.release()
    assert store.holder() is None


def test_numbers_are_counted_on_when_their_rows_have_gone(shelf: Shelf) -> None:
    assert shelf.db.ever_numbered("history") == 0
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.db.change("DELETE FROM history")
    assert shelf.db.ever_numbered("history") == 1
    shelf.add(f"{GTIN}__Back.jpg", "B")
    assert shelf.db.ever_numbered("history") == 2
