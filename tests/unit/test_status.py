"""What `status` promises: when the backlog will be through, and when nobody knows that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.photo import Gtin14
from folder_sync.report.status import as_json, status
from folder_sync.rules.quota import Window
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState
from folder_sync.text import iso
from folder_sync.version import program_version
from tests.support.proof import gtin14
from tests.support.shelf import GTIN, Shelf

WINDOWS = {"main": (Window(300, 60),)}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """One photo is queued, and a service runs."""
    shelf = Shelf(tmp_path / "photos.db")
    shelf.add(f"{GTIN}__Front.jpg", "A")
    lock = shelf.db.store.lock()
    yield shelf
    lock.release()
    shelf.db.close()


def clears_at(shelf: Shelf) -> float | None:
    return status(shelf.db, WINDOWS, shelf.now).backlog_clears_at


def test_what_the_quota_lets_through_at_once_is_through_now(shelf: Shelf) -> None:
    assert clears_at(shelf) == shelf.now


@pytest.mark.parametrize("scope", ["account:main", "host:main"])
def test_nobody_knows_the_end_of_a_pause(shelf: Shelf, scope: str) -> None:
    ServiceState(shelf.db).pause(scope, "somebody has to fix it", shelf.now + 5)
    assert clears_at(shelf) is None


def test_nobody_knows_while_no_service_runs(tmp_path: Path) -> None:
    """`status` said that it does not run, and when all would be through."""
    shelf = Shelf(tmp_path / "photos.db")
    shelf.add(f"{GTIN}__Front.jpg", "A")
    assert clears_at(shelf) is None
    shelf.db.close()


def test_an_account_without_a_backlog_holds_nobody_up(shelf: Shelf) -> None:
    ServiceState(shelf.db).pause("account:agency", "somebody has to fix it", shelf.now + 5)
    assert clears_at(shelf) == shelf.now


def test_a_key_that_waits_goes_on_when_its_time_has_come(shelf: Shelf) -> None:
    ServiceState(shelf.db).pause("key:main", "too many requests", shelf.now + 30)
    assert clears_at(shelf) == shelf.now + 30


def test_products_that_are_still_to_be_looked_up_are_counted_in(shelf: Shelf) -> None:
    """A look-up and an upload are two requests, of which the quota lets one through at once."""
    with shelf.db.write() as connection:
        connection.execute("UPDATE photo SET look_first = 1")
    found = status(shelf.db, {"main": (Window(1, 60),)}, shelf.now)
    assert found.to_look_up == 1
    assert as_json(found)["products_to_look_up"] == 1
    assert found.backlog_clears_at is not None
    assert found.backlog_clears_at > shelf.now + 30
    with shelf.db.write() as connection:
        connection.execute("UPDATE photo SET look_first = 0")
    assert status(shelf.db, {"main": (Window(1, 60),)}, shelf.now).backlog_clears_at == shelf.now


def test_products_that_are_still_looked_up_are_counted_and_foreseen(shelf: Shelf) -> None:
    shelf.adoption.begin(shelf.now)
    for number in range(3):
        shelf.add(f"{gtin14(number)}__a.jpg", str(number))
        shelf.add(f"{gtin14(number)}__b.jpg", f"{number}b")
    assert shelf.photo_queries.to_look_up() == {"main": 4}
    SeenImages(shelf.db).keep_list("main", Gtin14(gtin14(0)), [])
    seven_photos_and_three_products = status(shelf.db, {"main": (Window(10, 60),)}, shelf.now)
    assert seven_photos_and_three_products.to_look_up == 3
    assert as_json(seven_photos_and_three_products)["products_looked_up"] == 1
    assert as_json(seven_photos_and_three_products)["products_to_look_up"] == 3
    assert seven_photos_and_three_products.backlog_clears_at == shelf.now
    later = status(shelf.db, {"main": (Window(4, 60),)}, shelf.now).backlog_clears_at
    assert later is not None
    assert later > shelf.now  # the photos alone would be through now


def test_the_machine_whose_service_works_on_it(shelf: Shelf) -> None:
    assert as_json(status(shelf.db, WINDOWS, shelf.now))["machines"] == [], "none ever did"
    ServiceState(shelf.db).started(17, shelf.now, "studio1")
    (machine,) = as_json(status(shelf.db, WINDOWS, shelf.now))["machines"]
    assert machine == {
        "name": "studio1",
        "running": True,
        "pid": os.getpid(),
        "since": iso(shelf.now),
        "seen_at": iso(shelf.now),
        "version": program_version(),
        "silent": False,
    }
