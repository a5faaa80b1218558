"""The list of photos as people see it, on terminals of any width and in a pipe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from folder_sync.cli.folding import fold, width_of
from folder_sync.cli.tables import PhotoTable
from folder_sync.cli.wording import path_below
from folder_sync.errors import UnknownProduct
from folder_sync.photo import State
from folder_sync.store.photo_list import EVERYTHING, Listed, PhotoList
from tests.support.shelf import FOLDER, GTIN, Shelf
from tests.support.store_model import CORRUPT

FRONT, HERO, NEXT_HERO = f"{GTIN}__Front.jpg", f"{GTIN}__a__primary.jpg", f"{GTIN}__b__primary.jpg"


pytestmark = pytest.mark.usefixtures("in_berlin")


def shown(shelf: Shelf, width: int | None = None, coloured: bool = False) -> list[str]:
    photos = PhotoList(shelf.db)
    table = PhotoTable([FOLDER], shelf.now, width=width, coloured=coloured, last_id=photos.last_id())
    return list(table.lines(photos.photos(EVERYTHING)))


def outcome(shelf: Shelf, number: int) -> str:
    return shown(shelf)[number].split("  ", 4)[-1].strip()


def test_a_line_a_photo_and_a_heading(shelf: Shelf) -> None:
    shelf.add(f"summer/{FRONT}", "A")
    shelf.upload()
    shelf.add("nonsense.jpg", "B")
    heading, first, second = shown(shelf)
    assert heading.split() == ["id", "photo", "GTIN", "title", "hero", "state", "image", "id,", "or", "why", "not"]
    assert first == f" 1  summer/{FRONT}  {GTIN}  Front        uploaded  image-1"
    assert second.startswith(" 2  nonsense.jpg ")
    assert "rejected  bad_name: " in second
    assert heading.index("state") == first.index("uploaded") == second.index("rejected")


def test_nothing_is_filled_up_to_the_longest_name(shelf: Shelf) -> None:
    """One name of 200 letters made every line that long, and a pager broke each of them into three."""
    shelf.add(FRONT, "A")
    shelf.add(f"{GTIN}__{'x' * 200}.jpg", "B")
    _, first, second = shown(shelf)
    assert len(first) < 140
    assert f"{'x' * 200}.jpg  {GTIN}  {'x' * 200}  " in second


def test_it_does_not_wait_for_the_last_photo(shelf: Shelf) -> None:
    photo = Listed(shelf.add(FRONT, "A"), is_hero_now=False)

    def endless() -> Iterator[Listed]:
        while True:
            yield photo

    table = PhotoTable([FOLDER], shelf.now, width=None)
    lines = table.lines(endless())
    assert [next(lines)[:9] for _ in range(1_000)][1:3] == [" 1  00012", " 1  00012"]


@pytest.mark.parametrize("width", [120, 160])
def test_on_a_wide_terminal_cells_are_broken_into_lines(shelf: Shelf, width: int) -> None:
    name = f"{GTIN}__{'Long_' * 30}title.jpg"
    shelf.add(name, "A")
    shelf.add("nonsense.jpg", "B")
    lines = shown(shelf, width)
    assert max(map(len, lines)) <= width
    start = lines[0].index("photo")
    column = [line[start : lines[0].index("GTIN") - 2].strip() for line in lines[1:]]
    assert "".join(column).startswith(name)
    assert [line.split()[0] for line in lines[1:] if line[:2].strip()] == ["1", "2"]
    assert {line[:2] for line in lines[1:]} == {" 1", "  ", " 2"}


def test_a_long_title_makes_no_tall_row_on_a_terminal(shelf: Shelf) -> None:
    """One of 255 letters took twenty lines of a terminal, in which nothing else stood."""
    shelf.add(f"{GTIN}__{'word_' * 40}x.jpg", "A")
    shelf.add(f"{GTIN}__{'正面' * 30}.jpg", "B")
    lines = shown(shelf, 160)
    assert max(map(width_of, lines)) <= 160
    assert [line.count("…") for line in lines if "…" in line] == [1, 1]
    for number in (1, 2):
        row = next(at for at, line in enumerate(lines) if line.startswith(f" {number}  "))
        assert "…" in lines[row + 1], "in its second line"


def test_on_a_narrow_one_there_are_two_lines_a_photo(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    assert shown(shelf, 80) == [f" 1  {FRONT}", "    uploaded: image-1"]


def test_letters_that_take_two_columns(shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__{'正面' * 30}.jpg", "A")
    for width in (20, 40, 80, 130):
        assert max(map(width_of, shown(shelf, width))) <= width


def test_which_hero_is_shown(shelf: Shelf) -> None:
    for name in (HERO, NEXT_HERO):
        shelf.add(name, name)
        shelf.upload()
    shelf.add(f"{GTIN}__c__primary.jpg", "C")
    place = shown(shelf)[0].index("hero")
    assert [line[place:].split()[0] for line in shown(shelf)[1:]] == ["before", "now", "yes"]
    assert [line.split(":")[0].strip() for line in shown(shelf, 60)[1::2]] == [
        "uploaded, hero before",
        "uploaded, hero now",
        "queued, hero",
    ]


def test_whose_copy_it_is(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(f"a/{FRONT}", "A")
    assert shown(shelf)[2].endswith(f'the same photo as "{FRONT}" (photo 1), which is queued')
    shelf.upload()
    assert shown(shelf)[2].endswith(f'the same photo as "{FRONT}" (photo 1), image image-1')


def test_by_what_it_was_replaced_and_whether_its_image_is_still_there(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.now += 3_600.0
    shelf.add(FRONT, "B")
    shelf.upload()
    said = "replaced by photo 2 on 1970-01-01 02:16:40 CET; its image image-1"
    assert shown(shelf)[1].endswith(f"{said} is still in the catalogue")
    shelf.queue.deletions.end(shelf.again(old), shelf.now, "deleted", is_gone=True)
    assert shown(shelf)[1].endswith(f"{said} was deleted there on 1970-01-01 02:16:40 CET")


def test_one_whose_file_is_gone_says_what_to_do_and_not_what_it_waited_for(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), UnknownProduct("Unknown."))
    assert "unknown_product: " in shown(shelf)[1]
    shelf.remove(FRONT)
    assert shown(shelf)[1].endswith("the file went away before it was uploaded; put it back, and it goes")


def test_a_photo_that_has_to_wait_says_until_when(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.step(shelf.claim(), State.QUEUED, not_before=shelf.now + 60.0)
    assert shown(shelf)[1].endswith("not before 1970-01-01 01:17:40 CET")
    shelf.now += 61.0
    assert shown(shelf)[1].endswith("queued")


def test_colours_are_for_who_wants_them(shelf: Shelf) -> None:
    shelf.add(FRONT, CORRUPT)
    assert not any("\x1b" in line for line in shown(shelf))
    assert all("\x1b" in line for line in shown(shelf, coloured=True))


@pytest.mark.parametrize(
    ("path", "roots", "below"),
    [
        (b"/studio/a/x.jpg", [b"/studio"], "a/x.jpg"),
        (b"/elsewhere/x.jpg", [b"/studio"], "/elsewhere/x.jpg"),
        (b"/studio2/x.jpg", [b"/studio"], "/studio2/x.jpg"),
        (b"/a/export/x.jpg", [b"/a/export", b"/b/done"], "export/x.jpg"),
        (b"/a/export/x.jpg", [b"/a/export", b"/b/export"], "/a/export/x.jpg"),
        (b"/a/in/x.jpg", [b"/a", b"/a/in"], "in/x.jpg"),
    ],
)
def test_a_path_is_shown_below_its_watched_folder(path: bytes, roots: list[bytes], below: str) -> None:
    assert path_below(path, roots) == below


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("abcdefg hi", 3, ["abc", "def", "g", "hi"]),
        ("日本語", 4, ["日本", "語"]),
        ("日本", 1, ["日", "本"]),
        ("front_side__primary.jpg", 14, ["front_side__", "primary.jpg"]),
        ("front_side__primary.jpg", 11, ["front_", "side__", "primary.jpg"]),
        ("a_bcdefghijk.jpg", 10, ["a_bcdefghi", "jk.jpg"]),
        ("/srv/export/winter", 12, ["/srv/export/", "winter"]),
    ],
)
def test_folding_loses_nothing(text: str, width: int, lines: list[str]) -> None:
    assert fold(text, width) == lines
