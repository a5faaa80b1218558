"""Which photos a selection finds, in what order, and what is said of each."""

from __future__ import annotations

import pytest

from folder_sync.photo import Gtin14, State
from folder_sync.store import photo_list
from folder_sync.store.photo_list import Listed, PhotoList, Selection
from tests.support.engines import ON_SQLITE, file_of
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf, path
from tests.support.store_model import CORRUPT

FRONT, BACK, OTHER = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg", f"{OTHER_GTIN}__Front.jpg"
HERO, NEXT_HERO = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Back__primary.jpg"


def names(shelf: Shelf, wanted: Selection = photo_list.EVERYTHING, newest: int | None = None) -> list[str]:
    found = PhotoList(shelf.db).photos(wanted, newest)
    return [photo.record.path.removeprefix(path("")).decode() for photo in found]


def listed(shelf: Shelf, name: str) -> Listed:
    record = shelf.at(name)
    assert record is not None
    (found,) = PhotoList(shelf.db).of([record.id])
    return found


@pytest.fixture
def three(shelf: Shelf) -> Shelf:
    """One queued, one rejected and one uploaded; ten seconds between their steps."""
    shelf.add(OTHER, "B")
    shelf.upload()
    shelf.now += 10.0
    shelf.add(BACK, CORRUPT)
    shelf.now += 10.0
    shelf.add(FRONT, "A")
    return shelf


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Selection(), [OTHER, BACK, FRONT]),
        (Selection([State.UPLOADED]), [OTHER]),
        (Selection([State.REJECTED, State.QUEUED]), [BACK, FRONT]),
        (Selection([State.MISSING]), []),
        (Selection(gtins=[GTIN]), [BACK, FRONT]),
        (Selection(gtins=[GTIN, OTHER_GTIN]), [OTHER, BACK, FRONT]),
        (Selection(gtins=[]), []),
        (Selection([State.QUEUED, State.UPLOADED], gtins=[GTIN]), [FRONT]),
        (Selection(account="main"), [OTHER, BACK, FRONT]),
        (Selection(account="agency"), []),
        (Selection(since=1_010.0), [BACK, FRONT]),
        (Selection(until=1_020.0), [OTHER, BACK]),
        (Selection(since=1_010.0, until=1_020.0), [BACK]),
        (Selection(search="FRONT"), [OTHER, FRONT]),
        (Selection([State.QUEUED], search="front"), [FRONT]),
        (Selection(search=OTHER_GTIN[3:]), [OTHER]),
        (Selection(search=".jp"), [OTHER, BACK, FRONT]),
        (Selection(search="side"), []),
        (Selection(notes=True), []),
    ],
)
def test_what_is_selected(three: Shelf, wanted: Selection, found: list[str]) -> None:
    assert names(three, wanted) == found
    assert names(three, wanted, newest=9) == found
    assert names(three, wanted, newest=1) == found[-1:]


@pytest.mark.parametrize(
    ("sought", "found"), [("%", True), ("100%_", True), ("0_0", False), ("größe", True), ("gr", True)]
)
def test_signs_of_a_search_are_letters_like_others(shelf: Shelf, sought: str, found: bool) -> None:
    """And letters are the same in either case, however a computer puts them together."""
    name = f"{GTIN}__100%_GRO\u0308SSE.jpg"
    shelf.add(name, "A")
    shelf.add(OTHER, "B")
    assert (name in names(shelf, Selection(search=sought))) is found


def test_it_goes_on_where_it_was_and_tells_each_photo_once(shelf: Shelf) -> None:
    """Photos come, go and change while somebody reads."""
    ids = [shelf.add(f"{GTIN}__{number}x.jpg", str(number)).id for number in range(6)]
    found = PhotoList(shelf.db, at_once=2).photos()
    seen = [next(found).record.id, next(found).record.id]
    shelf.add(f"{GTIN}__0x.jpg", "anew")  # replaced: it arrives once more, under its own id
    shelf.remove(f"{GTIN}__3x.jpg")
    new = shelf.add(f"{GTIN}__7x.jpg", "7")
    seen += [photo.record.id for photo in found]
    assert seen == [*ids, new.id]


def test_what_is_not_as_wanted_any_more_is_left_out(shelf: Shelf) -> None:
    for number in range(3):
        shelf.add(f"{GTIN}__{number}x.jpg", str(number))
    found = PhotoList(shelf.db, at_once=1).photos(Selection([State.QUEUED]))
    first = next(found).record
    assert shelf.upload().id == first.id
    shelf.upload()
    assert [photo.record.title for photo in found] == ["2x"]


def test_more_products_than_a_statement_has_parameters(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    many = [Gtin14(f"{number:014}") for number in range(40_000)]
    assert names(shelf, Selection(gtins=[*many, GTIN])) == [FRONT]


def test_the_hero_that_is_shown_is_the_last_that_was_uploaded(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    assert not listed(shelf, HERO).is_hero_now, "not uploaded yet"
    shelf.upload()
    assert listed(shelf, HERO).is_hero_now
    shelf.add(NEXT_HERO, "B")
    assert listed(shelf, HERO).is_hero_now
    shelf.upload()
    assert (listed(shelf, HERO).is_hero_now, listed(shelf, NEXT_HERO).is_hero_now) == (False, True)


def test_a_hero_whose_file_is_one_no_longer_is_shown_until_its_image_is_deleted(shelf: Shelf) -> None:
    shelf.wish(deletes_superseded=True)
    shelf.add(HERO, "A")
    old = shelf.upload()
    shelf.rename(HERO, FRONT)
    shelf.upload()
    (found,) = PhotoList(shelf.db).of([old.id])
    assert (found.record.state, found.is_hero_now) == (State.SUPERSEDED, True)
    shelf.queue.deletions.end(found.record, shelf.now, "deleted", is_gone=True)
    (found,) = PhotoList(shelf.db).of([old.id])
    assert not found.is_hero_now


def test_a_copy_comes_with_its_original(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    uploaded = shelf.upload()
    shelf.add(f"a/{FRONT}", "A")
    assert listed(shelf, f"a/{FRONT}").original == uploaded
    assert listed(shelf, FRONT).original is None


def test_the_last_id(shelf: Shelf) -> None:
    assert PhotoList(shelf.db).last_id() == 0
    shelf.add(FRONT, "A")
    last = shelf.add(BACK, "B").id
    assert PhotoList(shelf.db).last_id() == last


def _steps(shelf: Shelf, wanted: Selection) -> int:
    """Of SQLite's virtual machine, to find that there is nothing."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    conditions, parameters = wanted.conditions()
    connection = file_of(shelf.db)._connection
    connection.set_progress_handler(count, 1)
    assert connection.execute(f"SELECT id FROM photo WHERE {conditions} ORDER BY +id", parameters).fetchall() == []
    connection.set_progress_handler(None, 1)
    return steps


@ON_SQLITE
@pytest.mark.parametrize(
    "wanted",
    [
        Selection([State.REJECTED, State.MISSING]),
        Selection([State.SUPERSEDED]),
        Selection(gtins=[OTHER_GTIN]),
    ],
)
def test_a_narrow_selection_costs_the_same_whatever_was_uploaded(shelf: Shelf, wanted: Selection) -> None:
    assert wanted.is_narrow
    shelf.add(FRONT, "A")
    shelf.upload()
    few = _steps(shelf, wanted)
    for number in range(100):
        shelf.add(f"{GTIN}__{number}x.jpg", f"{number}")
        shelf.upload()
    assert _steps(shelf, wanted) <= few + 10
