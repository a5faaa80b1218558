"""Pages of photos by key, and a search that finds any part of a word, in the index or before it is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.store.photo_list import Selection
from folder_sync.store.photo_pages import PhotoPages
from folder_sync.store.ports import Store
from folder_sync.store.search import AT_ONCE, SearchIndex
from folder_sync.store.sqlite.database import Database
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf


@pytest.fixture
def shelf(store: Store) -> Iterator[Shelf]:
    shelf = Shelf(store)
    for number in range(7):
        shelf.add(f"{GTIN}__Front_{number}.jpg", f"data {number}")
    shelf.add(f"{OTHER_GTIN}__Große_Dose.jpg", "tin")
    yield shelf
    shelf.db.close()


def names(pages: PhotoPages, wanted: Selection, before: int | None = None, most: int = 100) -> list[str]:
    return [photo.title for photo in pages.page(wanted, before, most).photos]


def test_pages_go_by_key_and_what_comes_meanwhile_moves_nothing(shelf: Shelf) -> None:
    pages = PhotoPages(shelf.db)
    first = pages.page(Selection(), None, 3)
    assert [photo.title for photo in first.photos] == ["Große Dose", "Front 6", "Front 5"]
    shelf.add(f"{GTIN}__New.jpg", "new")
    second = pages.page(Selection(), first.older, 3)
    assert [photo.title for photo in second.photos] == ["Front 4", "Front 3", "Front 2"]
    last = pages.page(Selection(), second.older, 3)
    assert ([photo.title for photo in last.photos], last.older) == (["Front 1", "Front 0"], None)


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ront 5", ["Front 5"]),
        ("FRONT_5", ["Front 5"]),  # as the file is named
        (OTHER_GTIN[3:9], ["Große Dose"]),
        ("große", ["Große Dose"]),
        ("se", ["Große Dose"]),  # too short for the index
        ("%", []),
        ('"', []),
        ('Front" OR "x', []),
        ("nothing like it", []),
        (" ", ["Große Dose", *(f"Front {number}" for number in range(6, -1, -1))]),
    ],
)
def test_any_part_of_a_word_is_found(shelf: Shelf, text: str, found: list[str], indexed: bool) -> None:
    if indexed:
        SearchIndex(shelf.db).catch_up()
    assert names(PhotoPages(shelf.db), Selection(search=text)) == found


def test_what_is_not_indexed_yet_comes_first_and_pages_go_over_the_seam(shelf: Shelf) -> None:
    SearchIndex(shelf.db).catch_up()
    shelf.add(f"{GTIN}__Front_7.jpg", "later")
    pages = PhotoPages(shelf.db)
    first = pages.page(Selection(search="Front"), None, 2)
    assert [photo.title for photo in first.photos] == ["Front 7", "Front 6"]
    assert names(pages, Selection(search="Front"), first.older, 2) == ["Front 5", "Front 4"]


def test_the_index_follows_renames_and_deletions(shelf: Shelf) -> None:
    SearchIndex(shelf.db).catch_up()
    shelf.rename(f"{GTIN}__Front_3.jpg", f"{GTIN}__Front_3__9.jpg")
    pages = PhotoPages(shelf.db)
    assert names(pages, Selection(search="Front_3__9")) == ["Front 3"]
    with shelf.db.write() as connection:
        connection.execute("DELETE FROM photo WHERE title = 'Front 3'")
    assert names(pages, Selection(search="Front_3")) == []


def test_a_name_that_is_no_text_is_found_by_its_letters(shelf: Shelf) -> None:
    with shelf.db.write() as connection:
        connection.execute("UPDATE photo SET name = :name WHERE title = 'Front 3'", {"name": b"odd\xff_one.jpg"})
    for _ in range(2):
        assert names(PhotoPages(shelf.db), Selection(search="ODD")) == ["Front 3"]
        assert names(PhotoPages(shelf.db), Selection(search="_one.jpg")) == ["Front 3"]
        SearchIndex(shelf.db).catch_up()


def test_filters_hold_beside_a_search(shelf: Shelf) -> None:
    SearchIndex(shelf.db).catch_up()
    shelf.upload()
    pages = PhotoPages(shelf.db)
    assert names(pages, Selection(search="Front", states=(State.UPLOADED,))) == ["Front 0"]
    assert names(pages, Selection(search="Front", account="other")) == []


def test_several_states_are_one_list(shelf: Shelf) -> None:
    shelf.upload()
    shelf.upload()
    pages = PhotoPages(shelf.db)
    with shelf.db.write() as connection:
        for title, state in (("Front 3", "rejected"), ("Front 4", "missing"), ("Front 5", "rejected")):
            changed = {"state": state, "title": title}
            connection.execute("UPDATE photo SET state = :state, reason_code = 'empty' WHERE title = :title", changed)
    stopped = Selection(states=(State.REJECTED, State.MISSING))
    first = pages.page(stopped, None, 2)
    assert [photo.title for photo in first.photos] == ["Front 5", "Front 4"]
    assert names(pages, stopped, first.older) == ["Front 3"]
    assert names(pages, Selection(states=(State.UPLOADED, State.REJECTED))) == [
        "Front 5",
        "Front 3",
        "Front 1",
        "Front 0",
    ]
    assert names(pages, Selection(states=(State.QUEUED,)), most=2) == ["Große Dose", "Front 6"]


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("text", ["", "fr", "Front"])
def test_where_no_index_helps_a_page_looks_so_far_and_the_next_one_looks_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, text: str, *, indexed: bool
) -> None:
    """A photo of a small account, or of one state among all that have a word, took longer the more there were."""
    monkeypatch.setattr("folder_sync.store.photo_pages.LOOKED_THROUGH", 3)
    with shelf.db.write() as connection:
        connection.execute("UPDATE photo SET account = 'other' WHERE title = 'Front 1'")
    if indexed:
        SearchIndex(shelf.db).catch_up()
    pages, wanted = PhotoPages(shelf.db), Selection(account="other", search=text)
    looks, before, found = 0, None, list[str]()
    while looks == 0 or before is not None:
        page = pages.page(wanted, before, 5)
        looks, before = looks + 1, page.older
        found += [photo.title for photo in page.photos]
    assert found == ["Front 1"]
    assert looks == 3
    assert pages.page(Selection(account="nobody's"), None, 5).older is None


def test_what_was_until_a_moment_is_not_looked_for_among_all_that_came_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folder_sync.store.photo_pages.LOOKED_THROUGH", 3)
    monkeypatch.setattr("folder_sync.store.photo_pages.CLOCK_SET_BACK", 1)
    shelf = Shelf(store)
    for number in range(20):
        shelf.now = 1_000.0 + number
        shelf.add(f"{GTIN}__Front_{number}.jpg", f"data {number}")
    with shelf.db.write() as connection:
        connection.execute("DELETE FROM photo WHERE title = 'Front 7'")
    pages = PhotoPages(shelf.db)
    assert names(pages, Selection(until=1_006.0)) == ["Front 5", "Front 4"]
    assert names(pages, Selection(until=1_008.0)) == ["Front 6", "Front 5"]
    assert names(pages, Selection(since=1_003.0, until=1_005.0)) == ["Front 4", "Front 3"]
    assert names(pages, Selection(until=5_000.0)) == ["Front 19", "Front 18", "Front 17"]
    assert names(pages, Selection(until=1.0)) == []
    shelf.db.close()


def test_many_are_indexed_some_at_a_time(tmp_path: Path) -> None:
    db = Database(tmp_path / "many.db", create=True)
    with db.write() as connection:
        connection.executemany(
            "INSERT INTO photo (folder, name, account, title, is_primary, state, reason_code, size, mtime_ns, ctime_ns,"
            " arrival, first_seen, changed_at)"
            " VALUES (?, ?, 'main', '', 0, 'rejected', 'bad_name', 1, 1, 1, ?, 1.0, 1.0)",
            [(b"/f", b"%d.jpg" % number, number) for number in range(AT_ONCE + 1)],
        )
    index = SearchIndex(db)
    assert index.catch_up()
    assert not index.catch_up()
    assert len(PhotoPages(db).page(Selection(search=f"{AT_ONCE}.jpg"), None, 9).photos) == 1
    db.close()
