"""Records that have lost what a service had recorded: a standby that lagged was promoted, or a backup was put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from folder_sync.errors import StoreSetBack
from folder_sync.store.adoption import Adoption
from folder_sync.store.incoming import Incoming
from folder_sync.store.postgres import database
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.postgres.workers import LEASE_SECONDS
from tests.support.leased import REQUEST_SECONDS, leased_shelf
from tests.support.recovering import recovery_of
from tests.support.shelf import GTIN, Shelf

ONE, TWO = f"{GTIN}__One.jpg", f"{GTIN}__Two.jpg"


@pytest.fixture
def shelf(place: PostgresStore) -> Iterator[Shelf]:
    with leased_shelf(place) as shelf:
        yield shelf


def start(shelf: Shelf, tmp_path: Path) -> None:
    """As the service does after it was told to start anew."""
    recovery_of(shelf.db, tmp_path, "this run", shelf.now).begin(adopt=False)
    shelf.adoption = Adoption(shelf.db)
    shelf.incoming = Incoming(shelf.db, shelf.adoption)


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param("UPDATE worker SET writes = writes - 1", id="its last commit"),
        pytest.param("UPDATE worker SET token = 'an earlier one', turn = turn - 1", id="all since its start"),
        pytest.param("DELETE FROM worker", id="all since its first start"),
    ],
)
def test_records_that_have_lost_what_was_recorded_are_not_gone_on_with(
    place: PostgresStore, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """A standby that lagged was promoted. What was sent meanwhile is known to nobody: it has to be looked up."""
    monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 0.0)
    known = shelf.add(ONE, "A")
    lease = shelf.db.lease
    assert isinstance(shelf.db, Database)
    shelf.db._connection.close()
    place.ask(lost)
    with pytest.raises(StoreSetBack, match="has lost what this service had recorded"):
        shelf.claim()
    for ask in (lambda: lease.renew(REQUEST_SECONDS), lease.gone, lambda: shelf.db.change("DELETE FROM listed")):
        with pytest.raises(StoreSetBack):
            ask()
    assert not lease.holds()
    lease.begin_anew()
    with capture_logs() as lines:
        start(shelf, tmp_path)
    assert [line["event"] for line in lines] == ["records_behind"]
    assert shelf.queue.claim("main", shelf.now) is None
    forgotten = shelf.add(TWO, "B")
    assert shelf.look_first.to_look_for("main", shelf.now + REQUEST_SECONDS - 10, 5) == []
    found = shelf.look_first.to_look_for("main", shelf.now + REQUEST_SECONDS + LEASE_SECONDS, 5)
    assert {photo.id for photo in found} == {known.id, forgotten.id}
    with capture_logs() as lines:
        start(shelf, tmp_path)
    assert lines == [], "once is enough"


def test_what_was_recorded_though_nobody_heard_of_it_is_missed_too(place: PostgresStore, shelf: Shelf) -> None:
    """The line was cut before the answer to a commit."""
    place.ask("UPDATE worker SET writes = writes + 1")
    shelf.add(ONE, "A")
    place.ask("UPDATE worker SET writes = writes - 1")
    with pytest.raises(StoreSetBack):
        shelf.claim()
