"""What differs between the records of a product and the list of its images; and what asking for it may cost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folder_sync.closient.headers import Heard
from folder_sync.photo import Image, Record, State
from folder_sync.report import audit as report
from folder_sync.rules.auditing import Held, Product, compare
from folder_sync.rules.quota import Window
from folder_sync.service.audit.spare import Spare
from folder_sync.service.audit.summary import AuditSummary
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.audit import Audits
from folder_sync.store.quota import QuotaBook
from folder_sync.store.sqlite.database import Database
from tests.support.records import sent_photo


def photo(id_: int, title: str = "Front", state: State = State.UPLOADED, **changes: Any) -> Record:
    path = f"/studio/{title}.jpg".encode()
    return sent_photo(id=id_, path=path, title=title, state=state, image_id=f"image-{id_}", uploaded_at=1.0, **changes)


def image(id_: object, title: str = "Front", *, is_primary: bool = False) -> Image:
    return Image(f"image-{id_}", title, is_primary, 1.0, None)


def product(held: list[Held], *images: Image, on_its_way: bool = False) -> Product:
    return Product(held, held, images, on_its_way)


def kinds(product: Product, *, deletes: bool = False, **more: Any) -> list[tuple[str, int | None, str | None]]:
    return [(one.kind.value, one.photo, one.image_id) for one in compare(product, deletes_superseded=deletes, **more)]


FRONT, BACK = Held(photo(1)), Held(photo(2, "Back"))
HERO = Held(photo(3, "Side", is_primary=True), is_hero=True)
OLD = Held(photo(4, "Old", State.SUPERSEDED))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (product([FRONT, BACK], image(1), image(2, "Back")), []),
        (product([FRONT, BACK], image(1)), [("missing", 2, "image-2")]),
        (product([FRONT]), [("missing", 1, "image-1")]),
        (product([FRONT], image(1), image(9, "Logo")), [("foreign", None, "image-9")]),
        (product([FRONT], image(1), image(9), on_its_way=True), []),
        (product([FRONT], image(1, "Vorn")), [("other_title", 1, "image-1")]),
        (product([Held(photo(1, "A & B"))], image(1, "A &amp; B")), []),
        (product([HERO], image(3, "Side", is_primary=True)), []),
        (product([HERO, FRONT], image(3, "Side"), image(1)), [("other_hero", 3, None)]),
        (product([HERO, FRONT], image(3, "Side"), image(1, is_primary=True)), [("other_hero", 3, "image-1")]),
        (product([HERO], image(3, "Side"), image(9, is_primary=True), on_its_way=True), []),
        (product([HERO]), [("missing", 3, "image-3")]),
        (product([FRONT, OLD], image(1), image(4, "Old")), []),
        (product([FRONT, OLD], image(1)), []),
        (Product([FRONT], [Held(photo(1, image_url="https://x/"))], []), []),
        (Product([FRONT], [FRONT, BACK], [image(1), image(2, "Back")]), []),
    ],
)
def test_what_differs(found: Product, expected: list[tuple[str, int | None, str | None]]) -> None:
    assert kinds(found) == expected


def test_what_was_replaced_and_is_there_still_is_said_where_it_should_be_deleted() -> None:
    found = product([FRONT, OLD], image(1), image(4, "Old"))
    assert kinds(found, deletes=True) == [("undeleted", 4, "image-4")]
    about_to = product([FRONT, Held(OLD.record, to_delete=True)], image(1), image(4, "Old"))
    assert kinds(about_to, deletes=True) == []


def test_bytes() -> None:
    found = product([FRONT], image(1), image(9))
    assert kinds(found, twins={"image-9": FRONT.record}) == [("twice", 1, "image-9")]
    assert kinds(product([FRONT], image(1)), spoilt=[1]) == [("other_bytes", 1, "image-1")]


def test_each_says_what_it_is_about() -> None:
    found = product([FRONT, HERO], image(3, "Side\x1b[2J"), image(9, "Logo", is_primary=True))
    assert [one.message for one in compare(found, deletes_superseded=False)] == [
        'The image of "Front.jpg" is gone. If nobody deleted it on purpose, audit --mend sends it again.',
        '"Side.jpg" was sent as "Side", and the catalogue shows "Side\ufffd[2J". Correct it where it is wrong.',
        'The hero delivered last is "Side.jpg", and the catalogue shows the image "Logo". audit --mend sends it again.',
        'No photo here stands for the image "Logo". If nobody put it there on purpose, delete it in Closient.',
    ]


class Key:
    """A key's quota, and what audits spend of it. The clocks are the test's."""

    def __init__(self, database: Database, *windows: Window, share: float = 0.1) -> None:
        self.now = 1_000_000.0
        self.book, self.audits = QuotaBook(database), Audits(database)
        self.limiter = RateLimiter("main", self.book, windows, wall=lambda: self.now, clock=lambda: self.now)
        self._windows, self._share = windows, share
        self.spare = self.again()

    def again(self) -> Spare:
        """As after a kill."""
        self.spare = Spare(
            "main",
            self.limiter,
            self.book,
            self.audits,
            self._windows,
            self._share,
            wall=lambda: self.now,
            clock=lambda: self.now,
        )
        return self.spare

    def ask_for(self, seconds: float) -> list[float]:
        """Whenever it may; the moments."""
        end, asked = self.now + seconds, []
        while self.now < end:
            delay = self.spare.delay()
            if delay == 0 and self.spare.take():
                self.spare.done()
                asked.append(self.now)
            self.now += max(delay, 0.25)
        return asked


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "x.db", create=True)
    yield database
    database.close()


@pytest.mark.parametrize("share", [0.1, 0.02])
def test_at_most_the_share_of_each_window(database: Database, share: float) -> None:
    minute, hour = Window(100, 60), Window(1_000, 3_600)
    key = Key(database, minute, hour, share=share)
    asked = key.ask_for(1_000)
    key.again()
    asked += key.ask_for(6_000)
    assert len(asked) > 100 * share
    for window in (minute, hour):
        for start in asked:
            within = [moment for moment in asked if start <= moment < start + window.seconds]
            assert len(within) <= window.limit * share


def test_less_than_one_request_a_window_is_one_in_several(database: Database) -> None:
    asked = Key(database, Window(5, 60)).ask_for(1_000)
    assert 5 <= len(asked) <= 9
    assert all(later - earlier >= 120 for earlier, later in itertools.pairwise(asked))


def test_never_while_it_is_short(database: Database) -> None:
    """Whether that is known from what the service beside it has used, or from what the server says."""
    key = Key(database, Window(100, 60))
    for _ in range(60):
        key.book.spend("main", key.now)
    assert key.ask_for(50) == []
    assert key.ask_for(60)
    key.limiter.heard(
        Heard(policy=(), status=200, limit=100, remaining=5, reset_seconds=60.0, retry_after=None, server_time=None)
    )
    key.now += 1
    assert key.spare.delay() > 0


def test_how_long_it_will_take(database: Database) -> None:
    key = Key(database, Window(300, 60), Window(10_000, 86_400))
    assert key.spare.seconds_for(20) < 61
    assert 4 * 86_400 < key.spare.seconds_for(5_500) < 6 * 86_400


def test_where_nobody_answers_nothing_is_said_of_differences() -> None:
    """It was "0 products asked for, 0 images held against the records: nothing differs."."""
    said = list(report.lines(AuditSummary(products=6), []))
    assert said == ["No product could be asked for yet: the next audit begins with the same 6."]


def test_where_there_is_nothing_to_ask_for_nothing_is_said_of_differences() -> None:
    """With the GTIN of another product an operator read that nothing differs of it."""
    assert list(report.lines(AuditSummary(), [])) == ["There is no uploaded photo to ask for."]
