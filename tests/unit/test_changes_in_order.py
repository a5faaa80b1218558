"""The steps of all photos as programs read them: in order, none left out, none twice."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.report import serialize
from folder_sync.store.changes import Changes, NotACursor
from folder_sync.store.sqlite.news import News
from tests.support.engines import ON_SQLITE
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf
from tests.support.store_model import CORRUPT
from tests.support.waiting import wait_for

FRONT, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg"
STEPS = [(1, "queued"), (1, "uploading"), (1, "uploaded"), (2, "rejected")]


@pytest.fixture
def steps(shelf: Shelf) -> Shelf:
    shelf.add(FRONT, "A")
    shelf.now += 1.0
    shelf.upload()
    shelf.now += 1.0
    shelf.add(BACK, CORRUPT)
    return shelf


def seen(changes: Changes, most: int = 100) -> list[tuple[int, str]]:
    return [(change.photo.record.id, change.event) for change in changes.more(most)]


def test_they_come_in_order_with_the_photo_as_it_is_now(steps: Shelf) -> None:
    found = Changes(steps.db).more(100)
    assert [(change.photo.record.id, change.event) for change in found] == STEPS
    assert {change.photo.record.state for change in found[:3]} == {State.UPLOADED}
    assert [(change.at, change.event, change.detail) for change in found if change.photo.record.id == 2] == [
        (event.at, event.event, event.detail) for event in steps.photo_queries.history(2)
    ]
    line = serialize.change(found[2])
    assert list(line) == ["cursor", "at", "event", "detail", "photo"]
    assert (line["at"], line["photo"]["image_id"]) == ("1970-01-01T00:16:41.000Z", "image-1")


def test_it_goes_on_behind_any_of_them(steps: Shelf) -> None:
    cursors = [change.cursor for change in Changes(steps.db).more(100)]
    assert len(set(cursors)) == len(cursors)
    for number, cursor in enumerate(cursors, 1):
        assert seen(Changes(steps.db, cursor)) == STEPS[number:]


def test_a_few_at_a_time(steps: Shelf) -> None:
    changes = Changes(steps.db)
    assert [seen(changes, 3), seen(changes, 3), seen(changes, 3)] == [STEPS[:3], STEPS[3:], []]
    steps.remove(BACK)
    steps.add(FRONT.replace("Front", "Top"), "C")
    assert seen(changes) == [(3, "queued")]


def test_a_step_that_was_forgotten_is_a_place_to_go_on_from(steps: Shelf) -> None:
    """The record of a rejected photo goes with its file: no later step takes the number of one of its steps."""
    last = Changes(steps.db).more(100)[-1].cursor
    steps.remove(BACK)
    assert seen(Changes(steps.db, last)) == []
    steps.add(BACK, "B")
    assert seen(Changes(steps.db, last)) == [(3, "queued")]


def test_nothing_but_forgotten_steps_in_between_is_no_end(steps: Shelf) -> None:
    changes = Changes(steps.db)
    for number in range(4):
        steps.add(f"x{number}.jpg", "X")
    steps.add(f"{OTHER_GTIN}__Front.jpg", "B")
    seen(changes, 4)
    for number in range(4):
        steps.remove(f"x{number}.jpg")
    assert seen(changes, 2) == [(7, "queued")]


@ON_SQLITE
def test_a_clean_up_of_the_database_changes_no_cursor(steps: Shelf) -> None:
    cursors = [change.cursor for change in Changes(steps.db).more(100)]
    steps.db.change("VACUUM")
    assert [change.cursor for change in Changes(steps.db).more(100)] == cursors
    assert seen(Changes(steps.db, cursors[0])) == STEPS[1:]


@pytest.mark.parametrize("cursor", ["x", "1", "-1", "1-", "99-1000000", "1-1", "1-1000000 ", "\u0661-1000000"])
def test_what_is_no_cursor_of_these_records(steps: Shelf, cursor: str) -> None:
    with pytest.raises(NotACursor):
        Changes(steps.db, cursor)


def test_a_cursor_of_records_that_were_lost(steps: Shelf, tmp_path: Path) -> None:
    """Also where the new ones have come as far."""
    last = Changes(steps.db).more(100)[-1].cursor
    other = Shelf(tmp_path / "other.db")
    for number in range(5):
        other.add(f"{GTIN}__{number}x.jpg", str(number))
    with pytest.raises(NotACursor):
        Changes(other.db, last)
    other.db.close()


# A power cut


@ON_SQLITE
def test_what_is_handed_on_survives_a_power_cut(steps: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(os, "fdatasync", lambda number: flushed.append(str(Path(f"/proc/self/fd/{number}").readlink())))
    reader = steps.db.store.open(read_only=True)
    changes = Changes(reader)
    log = f"{steps.db.store.path}-wal"
    assert (len(seen(changes)), flushed) == (4, [log])
    assert (seen(changes), flushed) == ([], [log])
    reader.close()


@ON_SQLITE
def test_a_copy_that_was_put_back_has_no_log(steps: Shelf) -> None:
    steps.db.change("PRAGMA journal_mode = DELETE")
    with closing(steps.db.store.open(read_only=True)) as reader:
        assert len(seen(Changes(reader))) == 4


# Hearing of it


@ON_SQLITE
def test_what_another_process_writes_is_heard(shelf: Shelf) -> None:
    reader = shelf.db.store.open(read_only=True)
    with shelf.db.store.news() as news:
        assert not news.heard()
        (shelf.db.store.path.parent / "something else").write_text("x")
        os.utime(shelf.db.store.path.parent / "something else")
        assert not news.heard()
        shelf.add(FRONT, "A")
        wait_for(news.heard, "it is heard")
        assert not news.heard()
        assert seen(Changes(reader)) == [(1, "queued")]
    reader.close()


@ON_SQLITE
def test_a_database_reached_through_a_link(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "link.db").symlink_to(shelf.db.store.path)
    with News(folder / "link.db") as news:
        shelf.add(FRONT, "A")
        wait_for(news.heard, "it is heard")


@ON_SQLITE
def test_whoever_works_on_it_and_is_killed(shelf: Shelf) -> None:
    lock = shelf.db.store.path.with_name(f"{shelf.db.store.path.name}.lock")
    with lock.open("w"), shelf.db.store.news() as news:
        assert not news.heard()
        descriptor = os.open(lock, os.O_RDWR)
        os.close(os.open(lock, os.O_RDONLY))  # who asks whether anybody works on it
        assert not news.heard()
        os.close(descriptor)
        wait_for(news.heard, "it is heard")


def test_where_nothing_can_be_heard(tmp_path: Path) -> None:
    with News(tmp_path / "no" / "such" / "folder.db") as news:
        assert (news.descriptor, news.heard()) == (None, False)
