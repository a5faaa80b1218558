"""How many products are complete is as what is shown of them, and costs requests nothing where there are many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.web import completeness
from folder_sync.web.catalogue import Catalogue
from folder_sync.web.completeness import Completeness, Completenesses
from folder_sync.web.records import Records
from tests.support.configured import GOOD, loaded
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf
from tests.support.waiting import wait_for

THIRD = "00000000000017"
SHOTS = '[[shots]]\nname = "Front"\nrequired = true\n[[shots]]\nname = "Back"\n'


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    file = tmp_path / "products.csv"
    file.write_text(f"gtin,sku,name\n{GTIN},A,Soap\n{OTHER_GTIN},B,Shampoo\n")
    return file


@pytest.fixture
def counted(shelf: Shelf, tmp_path: Path, listing: Path) -> Iterator[Completenesses]:
    """Two products are listed."""
    settings = loaded(tmp_path, f'{GOOD}{SHOTS}[catalogue]\nproducts_file = "{listing}"\n')
    records = Records(shelf.db.store)
    completenesses = Completenesses(settings, Catalogue(settings), records)
    yield completenesses
    completenesses.close()
    records.close()


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting takes long, and may go on all the time."""
    monkeypatch.setattr(completeness, "FEW", -1)
    monkeypatch.setattr(completeness, "AT_ONCE_SECONDS", -1.0)
    monkeypatch.setattr(completeness, "A_SHARE", 0)


def test_few_are_counted_for_whoever_asks(shelf: Shelf, counted: Completenesses, listing: Path) -> None:
    assert counted.last() == Completeness(0, 0, 2)
    shelf.add(f"{GTIN}__Back.jpg", "back")
    assert counted.last() == Completeness(0, 0, 2)
    shelf.upload()
    assert counted.last() == Completeness(0, 1, 1)
    shelf.add(f"{THIRD}__Front.jpg", "not listed")
    shelf.upload()
    assert counted.last() == Completeness(0, 1, 1)
    shelf.add(f"{GTIN}__Front.jpg", "front")
    shelf.upload()
    assert counted.last() == Completeness(1, 0, 1)
    shelf.remove(f"{GTIN}__Front.jpg")
    assert counted.last() == Completeness(1, 0, 1)  # its image is there still
    listing.write_text(f"gtin,sku,name\n{GTIN},A,Soap\n")
    assert counted.last() == Completeness(1, 0, 0)


def test_nothing_is_counted_where_nothing_has_changed(shelf: Shelf, counted: Completenesses) -> None:
    found = counted.last()
    assert counted.last() is found
    shelf.add(f"{GTIN}__Front.jpg", "A")
    assert counted.last() is not found


@pytest.mark.usefixtures("many")
def test_many_are_counted_beside_and_who_follows_is_told_when_it_is_known(
    shelf: Shelf, counted: Completenesses
) -> None:
    assert counted.last() is None
    wait_for(lambda: counted.number == 1, "they are counted")
    assert counted.last() == Completeness(0, 0, 2)
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.upload()
    assert counted.last() in {Completeness(0, 0, 2), Completeness(1, 0, 1)}
    wait_for(lambda: counted.number == 2, "they are counted again, though nobody asks any more")
    assert counted.last() == Completeness(1, 0, 1)


@pytest.mark.usefixtures("many")
def test_they_are_not_counted_all_the_time_and_the_end_waits_for_no_count(
    shelf: Shelf, counted: Completenesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completeness, "A_SHARE", 10**9)
    counted.last()
    wait_for(lambda: counted.number == 1, "they are counted")
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.upload()
    for _ in range(3):
        assert counted.last() == Completeness(0, 0, 2)
    counted.close()
    assert counted.last() == Completeness(0, 0, 2)
    assert counted.number == 1
