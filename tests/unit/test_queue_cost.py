"""What a worker asks each time it looks for work, and what a start does, must not grow with what is long uploaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from folder_sync.photo import Content, Fingerprint, Format, Gtin14, Image, Label, State
from folder_sync.rules.arrivals import Seen
from folder_sync.rules.outcome import Transition
from folder_sync.store.adoption import Adoption
from folder_sync.store.incoming import Incoming
from folder_sync.store.queue import Queue
from folder_sync.store.recording import Place
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from folder_sync.store.unwatched import Unwatched

GTIN = Gtin14("00012345678905")


def _upload(database: Database, queue: Queue, numbers: range) -> None:
    incoming = Incoming(database, Adoption(database))
    for number in numbers:
        place = Place(b"/studio/%d.jpg" % number, "main", "o", Fingerprint(1, 2, 3))
        seen = Seen(Label(GTIN, f"View {number}"), Content(1, f"{number:064x}", Format.JPEG), None)
        incoming.arrive(place, seen, 1.0, {})
        claimed = queue.claim("main", 1.0)
        assert claimed is not None
        image = Image(f"{number:022}", "", is_primary=False, created=1.0, image_url=None)
        queue.apply(claimed, Transition(State.UPLOADED, image=image), 1.0)


def _steps(database: Database, ask: Callable[[], None]) -> int:
    """Of SQLite's virtual machine."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    database._connection.set_progress_handler(count, 1)
    ask()
    database._connection.set_progress_handler(None, 1)
    return steps


def _look_for_work(_database: Database, queue: Queue) -> None:
    assert not queue.anything_to_ask("main", 2.0)
    for state in (State.UNCONFIRMED, State.WAITING):
        assert not queue.due("main", state, 2.0, 9)
    assert queue.next_time("main", 2.0) is None
    assert queue.claim("main", 2.0) is None


def _start(database: Database, queue: Queue) -> None:
    adoption = Adoption(database)
    assert not ServiceState(database).is_new()
    queue.wait_from(2.0)
    assert queue.doubts.recover(2.0, 10.0) == 0
    incoming = Incoming(database, adoption)
    assert incoming.conclude(2.0) == 0
    for _ in Unwatched(database, incoming).leave([b"/studio"], 2.0):
        pass


def _set_the_clock_back(_database: Database, queue: Queue) -> None:
    queue.clock_set_back(10.0, 2.0)


@pytest.mark.parametrize("ask", [_look_for_work, _start, _set_the_clock_back])
def test_it_costs_the_same_whatever_was_uploaded_before(tmp_path: Path, ask: Callable[[Database, Queue], None]) -> None:
    database = Database(tmp_path / "x.db", create=True)
    queue = Queue(database, run="test")
    _upload(database, queue, range(5))
    few = _steps(database, lambda: ask(database, queue))
    _upload(database, queue, range(5, 200))
    assert _steps(database, lambda: ask(database, queue)) <= few + 10
    database.close()
