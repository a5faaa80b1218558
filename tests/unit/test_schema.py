"""The invariants of the queue hold in SQL: a statement that breaks one is refused, whoever makes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Conflict, ConstraintBroken
from folder_sync.store.sqlite.database import Database

SHA, OTHER_SHA = "a" * 64, "b" * 64
QUEUED: dict[str, object] = {
    "folder": b"/studio",
    "name": b"1.jpg",
    "account": "main",
    "gtin": "00012345678905",
    "title": "Front",
    "is_primary": 0,
    "state": "queued",
    "sha256": SHA,
    "size": 1,
    "format": "jpg",
    "mtime_ns": 1,
    "ctime_ns": 1,
    "arrival": 1,
    "first_seen": 1.0,
    "changed_at": 1.0,
}
SENT: dict[str, object] = {"owner": "run", "started_at": 1.0, "not_before": 2.0}
STORED: dict[str, object] = {"image_id": "image", "uploaded_at": 1.0}
ANOTHER: dict[str, object] = {"name": b"2.jpg", "arrival": 2}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path / "photos.db", create=True)
    yield db
    db.close()


def insert(db: Database, **columns: object) -> None:
    values = QUEUED | columns
    with db.write() as connection:
        connection.execute(
            f"INSERT INTO photo ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
        )


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"state": "uploading", **SENT},
        {"state": "uploaded", **STORED},
        {"state": "rejected", "reason_code": "bad_name", "gtin": None, "sha256": None, "format": None},
        {"state": "unconfirmed", **SENT},
        {"state": "unconfirmed", **SENT, "not_before": None, "undecidable": 1},
        {"state": "duplicate"},
        {"state": "missing"},
    ],
)
def test_what_is_whole_is_taken(db: Database, columns: dict[str, object]) -> None:
    insert(db, **columns)
    assert len(list(PhotoQueries(db).photos())) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "lost"},
        {"is_primary": 2},
        {"gtin": "12345678"},
        {"sha256": "abc"},
        {"size": "big"},
        {"gtin": None},
        {"sha256": None},
        {"format": None},
        {"state": "uploading", "started_at": 1.0},
        {"state": "uploading", "owner": "run"},
        {"state": "unconfirmed", "owner": "run", "not_before": 2.0},
        {"state": "unconfirmed", "owner": "run", "started_at": 1.0},
        {"state": "unconfirmed", **SENT, "undecidable": 1},
        {"undecidable": 1},
        {"looked_for": 1},
        {"state": "uploaded", "image_id": "image"},
        {"state": "uploaded", "uploaded_at": 1.0},
        {"state": "superseded", "image_id": "image"},
        {"state": "rejected"},
        {"state": "waiting"},
        {"successor": 99, "replaced": 1},
        {"replaced": 2},
        {"put_away": 2},
        {"look_again": 2},
        {"state": "superseded", **STORED},
        {"duplicate_of": 99},
        {"unwanted": 1},
        {"deleting_at": 1.0},
        {"look_first": 2},
    ],
)
def test_what_is_not_whole_is_refused(db: Database, columns: dict[str, object]) -> None:
    with pytest.raises(ConstraintBroken):
        insert(db, **columns)
    assert list(PhotoQueries(db).photos()) == []


def test_a_path_has_one_current_record(db: Database) -> None:
    insert(db)
    with pytest.raises(Conflict):
        insert(db, arrival=2, sha256=OTHER_SHA)
    insert(db, arrival=3, sha256=OTHER_SHA, state="superseded", replaced=1, **STORED)
    insert(db, arrival=4, sha256="c" * 64, successor=1, replaced=1)


@pytest.mark.parametrize("state", ["queued", "uploading", "unconfirmed", "uploaded", "waiting", "missing"])
def test_a_photo_is_live_once(db: Database, state: str) -> None:
    insert(db)
    live: dict[str, object] = {**ANOTHER, "state": state, "reason_code": "unknown_product", **SENT, **STORED}
    with pytest.raises(Conflict):
        insert(db, **live)


@pytest.mark.parametrize(
    "difference",
    [{"account": "agency"}, {"gtin": "00040000000013"}, {"sha256": OTHER_SHA}, {"title": "Back"}, {"is_primary": 1}],
)
def test_what_differs_is_another_photo(db: Database, difference: dict[str, object]) -> None:
    insert(db)
    insert(db, **ANOTHER | difference)


@pytest.mark.parametrize("first", ["uploading", "unconfirmed"])
@pytest.mark.parametrize("second", ["uploading", "unconfirmed"])
def test_a_product_has_one_request_under_way_or_in_doubt(db: Database, first: str, second: str) -> None:
    insert(db, state=first, **SENT)
    later: dict[str, object] = {**ANOTHER, "sha256": OTHER_SHA, "state": second, **SENT}
    with pytest.raises(Conflict):
        insert(db, **later)
    insert(db, **later | {"account": "agency"})


def test_an_arrival_is_given_once(db: Database) -> None:
    insert(db)
    with pytest.raises(Conflict):
        insert(db, name=b"2.jpg", sha256=OTHER_SHA)


def test_no_step_goes_without_history(db: Database) -> None:
    insert(db)
    with db.write() as connection:
        connection.execute("UPDATE photo SET state = 'missing'")
        connection.execute("UPDATE photo SET name = ?, changed_at = 2.0, note = 'renamed'", (b"3.jpg",))
    events = [(event.event, event.detail) for event in PhotoQueries(db).history(1)]
    assert events == [("queued", ""), ("missing", ""), ("moved", "renamed")]


def test_a_record_takes_its_history_along(db: Database) -> None:
    insert(db)
    with db.write() as connection:
        connection.execute("DELETE FROM photo")
    assert db.read("SELECT * FROM history") == []


def test_the_states_are_those_of_the_contract(db: Database) -> None:
    for number, state in enumerate(State):
        columns: dict[str, object] = {"name": state.encode(), "arrival": number, "sha256": f"{number:064}"}
        if state in (State.UPLOADING, State.UNCONFIRMED):
            columns["gtin"] = f"{number:014}"
        columns["replaced"] = int(state is State.SUPERSEDED)
        insert(db, **columns, state=state, reason_code="unknown_product", **SENT, **STORED)
    assert {photo.state for photo in PhotoQueries(db).photos()} == set(State)
