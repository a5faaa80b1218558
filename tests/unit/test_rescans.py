"""Who looks again, and at what, when somebody else has written to the records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest

from folder_sync.service.chores import Rescans
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.store.postgres.store import PostgresStore
from tests.support.postgres import on_machine
from tests.support.shelf import GTIN, Shelf

ONE = f"{GTIN}__One.jpg"


class Monitor:
    passes = 0

    def rescan(self) -> None:
        self.passes += 1


@pytest.fixture
def shelf(place: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(place)
    yield shelf
    shelf.db.close()


def test_the_folders_are_looked_through_for_a_command_and_not_for_another_machines_service(
    place: PostgresStore, shelf: Shelf
) -> None:
    """Machines that send all day would else have each other look through all folders every two seconds."""
    shelf.add(ONE, "A")
    monitor, wakeup = Monitor(), Wakeup()
    rescans = Rescans(shelf.photo_queries, [cast("FolderMonitor", monitor)], wakeup, rescan_seconds=3600.0)
    with closing(on_machine("other", place).open(create=True)) as other:
        before = wakeup.rings
        other.change("UPDATE photo SET note = 'theirs'")
        rescans.do(lambda: False)
        assert wakeup.rings > before  # a photo may have waited for theirs
        assert monitor.passes == 0
    with closing(place.open()) as command:
        command.change("UPDATE photo SET note = 'retried'")
        rescans.do(lambda: False)
        assert monitor.passes == 1
    before = wakeup.rings
    shelf.db.change("UPDATE photo SET note = 'ours'")
    rescans.do(lambda: False)
    assert (monitor.passes, wakeup.rings) == (1, before)


def test_what_changes_nothing_is_no_news(place: PostgresStore, shelf: Shelf) -> None:
    """Two services with nothing to do woke each other for ever: each look for a photo was a transaction."""
    with closing(on_machine("other", place).open(create=True)) as other:
        before = other.version()
        assert shelf.queue.claim("main", 1.0) is None
        with shelf.db.write() as transaction:
            transaction.execute("SELECT 1 FROM photo")
            transaction.execute("DELETE FROM photo")
        assert other.version() == before
        shelf.add(ONE, "A")
        assert other.version() > before
