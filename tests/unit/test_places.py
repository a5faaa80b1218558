"""What the store remembers of the files of finished photos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from folder_sync.photo import Content, Fingerprint, Format, Gtin14, Image, Label, Reason, Record, State
from folder_sync.rules.arrivals import Duplicate, New, Same, Seen
from folder_sync.rules.outcome import Transition
from folder_sync.store.adoption import Adoption
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.places import Places
from folder_sync.store.ports import Transaction
from folder_sync.store.queue import Queue
from folder_sync.store.recording import Place
from folder_sync.store.sqlite.database import Database
from tests.support.store_model import arrive

GTIN, OTHER = Gtin14("00012345678905"), Gtin14("09521234500018")
HERE, AWAY = b"/export/a.jpg", b"/export/uploaded/a.jpg"
MARK: Final = Fingerprint(1000, 1, 1)
T0: Final = 1_000_000.0
BAD: Final = Seen(None, None, Reason("bad_name", "The name is wrong."))
ORGANIZATION: Final = "mhvXdrZT4jP5T8vBxuvm75"


class Store:
    """Photos come to rest here by the steps that the service takes; ``on_disk`` are the paths that hold a file."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path, create=True)
        self.places = Places(self.database)
        self.photo_queries = PhotoQueries(self.database)
        self.expected = ExpectedFiles(self.database)
        self.incoming = Incoming(self.database, Adoption(self.database))
        self.queue = Queue(self.database, "owner")
        self.on_disk: set[bytes] = set()

    def arrive(self, path: bytes, seen: Seen, now: float = T0) -> tuple[object, Record]:
        self.on_disk.add(path)
        place = Place(path, "main", ORGANIZATION, MARK)
        arrival, record = arrive(self.incoming, place, seen, now, self.on_disk.__contains__)
        assert record is not None
        return arrival, record

    def uploaded(self, path: bytes = HERE, *, title: str = "a") -> Record:
        self.arrive(path, photo(title=title))
        claimed = self.queue.claim("main", T0)
        assert claimed is not None
        image = Image(f"image of {title}", title, is_primary=False, created=0.0, image_url=None)
        self.queue.apply(claimed, Transition(State.UPLOADED, image=image), T0)
        return self.known(claimed)

    def known(self, photo: Record) -> Record:
        record = self.photo_queries.by_id(photo.id)
        assert record is not None
        return record


def photo(gtin: Gtin14 = GTIN, title: str = "a", data: str = "1") -> Seen:
    return Seen(Label(gtin, title), Content(1000, data * 64, Format.JPEG))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "photos.db")
    yield store
    store.database.close()


def test_what_stands_where_the_photographer_put_it(store: Store) -> None:
    uploaded = store.uploaded()
    _, rejected = store.arrive(b"/export/b.jpg", BAD)
    store.arrive(b"/export/c.jpg", photo(OTHER))  # on its way
    assert store.places.standing([State.UPLOADED, State.REJECTED]) == [uploaded, rejected]
    assert store.places.standing([State.REJECTED]) == [rejected]
    assert store.places.standing([]) == []


def test_a_file_that_went_away_by_itself_does_not_stand(store: Store) -> None:
    store.uploaded()
    store.incoming.gone(HERE, T0 + 5)
    assert store.places.standing([State.UPLOADED]) == []


def test_an_older_version_does_not_stand(store: Store) -> None:
    store.uploaded()
    store.arrive(HERE, photo(data="2"))
    assert store.places.standing([State.UPLOADED]) == []


def test_put_away(store: Store) -> None:
    record = store.uploaded()
    step = store.places.put_away(record, AWAY)
    assert step is not None
    store.places.has_left(step, T0 + 7)
    after = store.known(record)
    assert after == replace(record, path=AWAY)
    assert store.places.standing([State.UPLOADED]) == []
    assert store.places.is_known(AWAY)
    assert not store.places.is_known(HERE)
    assert store.photo_queries.by_path(AWAY) == store.photo_queries.by_path(HERE) == after
    moved = store.photo_queries.history(record.id)[-1]
    assert (moved.at, moved.event, moved.detail) == (T0 + 7, "moved", f'moved to "{os.fsdecode(AWAY)}"')


def test_a_folder_that_is_listed_again_expects_nothing_of_what_was_put_away(store: Store) -> None:
    record = store.uploaded()
    store.places.put_away(record, None)  # as before it is deleted
    assert store.expected.fingerprints(b"/export") == {}
    assert store.expected.paths_below(b"/export") == []
    store.incoming.gone(HERE, T0 + 8)
    assert store.known(record).state is State.UPLOADED


@pytest.mark.parametrize("to", [AWAY, None])
def test_what_did_not_leave_after_all_leaves_no_trace(store: Store, to: bytes | None) -> None:
    """The incident: 1,200 rows of history in a minute, and every rejection was told of again, as if it were new."""
    record = store.uploaded()
    before = store.photo_queries.history(record.id)
    changed_at = store.database.read("SELECT changed_at FROM photo")
    for _ in range(3):
        step = store.places.put_away(record, to)
        assert step is not None
        store.places.undo(step)
    assert store.known(record) == record
    assert store.places.standing([State.UPLOADED]) == [record]
    assert store.photo_queries.history(record.id) == before
    assert store.database.read("SELECT changed_at FROM photo") == changed_at


def test_nor_does_what_was_put_away_before(store: Store) -> None:
    record = store.uploaded()
    store.places.put_away(record, b"/export/rejected/a.jpg")
    record = store.known(record)
    step = store.places.put_away(record, AWAY)
    assert step is not None
    store.places.undo(step)
    assert store.known(record) == record


@pytest.mark.parametrize("changed", [{"state": State.REJECTED}, {"id": 99}])
def test_a_record_that_is_not_what_it_was_is_left_alone(store: Store, changed: dict[str, object]) -> None:
    record = store.uploaded()
    stale = replace(record, **changed)  # type: ignore[arg-type]  # one field of each kind
    assert not store.places.put_away(stale, AWAY)
    assert store.known(record) == record


def test_the_history_tells_of_a_deletion(store: Store) -> None:
    record = store.uploaded()
    step = store.places.put_away(record, None)
    assert step is not None
    store.places.has_left(step, T0 + 7)
    assert store.photo_queries.history(record.id)[-1].detail == "the file is deleted"


def test_rejected_photos_that_were_put_away_can_be_forgotten(store: Store) -> None:
    uploaded = store.uploaded()
    _, standing = store.arrive(b"/export/b.jpg", BAD)
    _, away = store.arrive(b"/export/c.jpg", BAD)
    for record in (uploaded, away):
        store.places.put_away(record, record.path.replace(b"/export", b"/export/x"))
    assert [record.id for record, _ in store.places.rejected_and_put_away()] == [away.id]
    for record in (uploaded, away):
        store.places.forget(record)
    assert [record.id for record in store.photo_queries.photos()] == [uploaded.id, standing.id]


def test_the_uploaded_version_stands_for_its_path_again_when_the_rejected_one_is_cleared_up(store: Store) -> None:
    uploaded = store.uploaded()
    rejected = store.arrive(HERE, Seen(Label(GTIN, "a"), Content(1000, "2" * 64, None), Reason("corrupt", "")))[1]
    assert store.photo_queries.by_path(HERE) == rejected
    store.places.put_away(rejected, AWAY)
    store.places.forget(store.known(rejected))
    assert store.photo_queries.by_path(HERE) == store.known(uploaded)
    assert store.known(uploaded).successor is None
    assert store.arrive(HERE, photo(), T0 + 8)[1].id == uploaded.id


def test_what_was_put_away_survives_a_power_cut(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file leaves after this: the record must not be behind it."""
    record = store.uploaded()
    asked: list[bool] = []
    write = store.database.write

    def noting(*, durable: bool = False) -> AbstractContextManager[Transaction]:
        asked.append(durable)
        return write(durable=durable)

    monkeypatch.setattr(store.database, "write", noting)
    store.places.put_away(record, AWAY)
    assert asked == [True]


# --- what intake makes of files that the service put away


def test_a_photo_deleted_by_the_service_and_dropped_again_is_known(store: Store) -> None:
    record = store.uploaded()
    store.places.put_away(record, None)
    arrival, again = store.arrive(HERE, photo(), T0 + 8)
    assert isinstance(arrival, Same)
    assert (again.id, again.state) == (record.id, State.UPLOADED)
    assert [standing.id for standing in store.places.standing([State.UPLOADED])] == [record.id]


def test_the_same_bytes_for_another_product_are_no_rename_of_what_the_service_deleted(store: Store) -> None:
    record = store.uploaded()
    store.places.put_away(record, None)
    store.on_disk.remove(HERE)
    arrival, other = store.arrive(b"/export/other.jpg", photo(OTHER), T0 + 8)
    assert arrival == New()
    assert other.state is State.QUEUED
    assert store.known(record).successor is None


def test_but_they_are_of_what_the_photographer_took_away(store: Store) -> None:
    record = store.uploaded()
    store.incoming.gone(HERE, T0 + 7)
    store.on_disk.remove(HERE)
    arrival, other = store.arrive(b"/export/other.jpg", photo(OTHER), T0 + 8)
    assert isinstance(arrival, New)
    assert store.known(record).successor == other.id


def test_a_copy_of_what_was_moved_away_is_a_duplicate(store: Store) -> None:
    record = store.uploaded()
    store.places.put_away(record, AWAY)
    store.on_disk = {AWAY}
    arrival, _ = store.arrive(b"/export/again/a.jpg", photo(), T0 + 8)
    assert isinstance(arrival, Duplicate)
    assert os.path.dirname(store.known(record).path) == b"/export/uploaded"


def test_that_a_file_leaves_because_the_service_moves_it_is_no_news(store: Store) -> None:
    """The watcher reports it gone; the record of a rejected photo must not go with it."""
    _, rejected = store.arrive(b"/export/b.jpg", BAD)
    store.places.put_away(rejected, b"/export/rejected/b.jpg")
    store.incoming.gone(b"/export/b.jpg", T0 + 8)
    assert store.known(rejected).path == b"/export/rejected/b.jpg"


def test_a_rejected_photo_that_the_photographer_clears_up_is_forgotten(store: Store) -> None:
    _, rejected = store.arrive(b"/export/b.jpg", BAD)
    store.incoming.gone(b"/export/b.jpg", T0 + 8)
    assert store.photo_queries.by_id(rejected.id) is None


@pytest.mark.parametrize("to", [AWAY, None])
def test_a_photo_is_put_away_by_one_only(store: Store, to: bytes | None) -> None:
    """The sweep at the start and the upload that has just ended come for the same file at the same time."""
    record = store.uploaded()
    assert store.places.put_away(record, to)
    assert not store.places.put_away(record, b"/export/uploaded/again-2/a.jpg")
    assert store.known(record).path == (to or HERE)
