"""Folders that are no longer watched: many photos leave at a time, and end as if each file had been found gone."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from folder_sync.errors import OutcomeUnknown, Refused, UnknownProduct
from folder_sync.store.adoption import Adoption
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.opening import store_at
from folder_sync.store.ports import Reader
from folder_sync.store.unwatched import Unwatched
from tests.support.shelf import FOLDER, GTIN, OTHER_GTIN, Shelf, path

WATCHED = path("kept")
FOLDERS = ("kept", "kept/deep", "kept-too", "kept.old", "before", "zoo/deep", "")
"""Those outside have names before, right beside and behind the watched one's; the last is the folder that holds it."""

TITLES = ("Front", "Back")

name = st.builds(
    lambda folder, gtin, title, number: f"{folder}/{gtin}__{title}__{number}.jpg".lstrip("/"),
    st.sampled_from(FOLDERS),
    st.sampled_from([GTIN, OTHER_GTIN]),
    st.sampled_from(TITLES),
    st.integers(1, 2),
)
end = st.sampled_from([None, OutcomeUnknown("lost"), Refused("no", status=400, code="api_no"), UnknownProduct("who?")])
step = st.one_of(
    st.tuples(st.just("put"), name, st.sampled_from("ABC")),
    st.tuples(st.just("remove"), st.integers(0, 100)),
    st.tuples(st.just("rename"), st.integers(0, 100), name),
    st.tuples(st.just("deliver"), end),
    st.tuples(st.just("claim")),
)


def outcome(database: Reader) -> list[tuple[int, str, bool, bool]]:
    """Of each photo its state, and whether its file and its version still stand."""
    rows = database.read("SELECT id, state, gone_at IS NULL, replaced = 0 FROM photo ORDER BY id")
    return [(id_, state, bool(there), bool(current)) for id_, state, there, current in rows]


def pick(shelf: Shelf, index: int) -> str:
    """One of the files that stand there, below the folder."""
    file = sorted(shelf.disk.files)[index % len(shelf.disk.files)]
    return file.removeprefix(FOLDER + b"/").decode()


def live(steps: list[tuple[object, ...]], shelf: Shelf) -> None:
    for what, *arguments in steps:
        shelf.now += 1.0
        match what, arguments:
            case "put", [str() as named, str() as data]:
                shelf.put(named, data)
            case "remove", [int() as index] if shelf.disk.files:
                shelf.remove(pick(shelf, index))
            case "rename", [int() as index, str() as new] if shelf.disk.files and pick(shelf, index) != new:
                old = pick(shelf, index)
                shelf.rename(old, new)
                shelf.incoming.gone(path(old), shelf.now)
            case "deliver", [ended]:
                photo = shelf.queue.claim("main", shelf.now)
                if photo is not None:
                    shelf.end(photo, shelf.image(photo) if ended is None else ended)  # type: ignore[arg-type]
            case "claim", _:
                shelf.queue.claim("main", shelf.now)


@settings(max_examples=150, deadline=None)
@given(st.lists(step, min_size=5, max_size=30), st.sampled_from([1, 2, 5, 1000]))
def test_many_at_a_time_end_as_one_by_one(steps: list[tuple[object, ...]], batch: int) -> None:
    place = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        shelf = Shelf(place / "photos.db")
        live(steps, shelf)
        shelf.db.read("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(place / "photos.db", place / "other.db")
        other = store_at(place / "other.db").open()
        one_by_one, expected = Incoming(other, Adoption(other)), ExpectedFiles(other)
        while outside := [
            folder + b"/" + file
            for folder in expected.folders_below(FOLDER)
            if not (folder + b"/").startswith(WATCHED + b"/")
            for file in expected.fingerprints(folder)
        ]:
            for file in outside:
                one_by_one.gone(file, shelf.now)
        for _ in Unwatched(shelf.db, shelf.incoming, batch=batch).leave([WATCHED], shelf.now):
            pass
        assert outcome(shelf.db) == outcome(other)
        assert set(shelf.expected.folders_below(FOLDER)) <= {WATCHED, WATCHED + b"/deep"}
        other.close()
        shelf.db.close()
    finally:
        shutil.rmtree(place)
