"""What is found wrong, one thing at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.rules.noticing import Kind, Weight
from folder_sync.service.notify.monitor import (
    BACKLOG_SECONDS,
    LOW_BYTES,
    TRIED_SECONDS,
    WARM_UP_SECONDS,
    Monitor,
    Observation,
)
from folder_sync.store.audit import Audits
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.quota import KEEP_SECONDS, QuotaBook
from folder_sync.store.service_state import ServiceState, WatchRemark, WatchStatus
from tests.support.shelf import GTIN, Shelf

START = 1_000.0


class Post:
    """A lookout over a real store; the disk's free bytes and the quota are said."""

    def __init__(self, shelf: Shelf, places: list[bytes]) -> None:
        self.shelf = shelf
        self.service_state = ServiceState(shelf.db)
        self.book = QuotaBook(shelf.db)
        self.short = False
        self.free = LOW_BYTES
        self.service_state.started(1, START, "studio1")
        self.monitor = Monitor(
            self.service_state,
            PhotoQueries(shelf.db),
            self.book,
            audits=Audits(shelf.db),
            is_short={"main": lambda: self.short},
            places=places,
            free_bytes=lambda _: self.free,
        )

    def look(self, now: float = START + WARM_UP_SECONDS) -> Observation:
        return self.monitor.look(now)

    def subjects(self, now: float = START + WARM_UP_SECONDS) -> list[str]:
        return [trouble.subject for trouble in self.look(now).troubles]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    shelf = Shelf(tmp_path / "photos.db")
    yield Post(shelf, [os.fsencode(tmp_path)])
    shelf.db.close()


def test_a_shared_folder_is_of_concern_whoever_takes_it_in(post: Post) -> None:
    monitor = Monitor(
        post.service_state,
        PhotoQueries(post.shelf.db),
        post.book,
        audits=Audits(post.shelf.db),
        is_short={},
        places=[],
        shared=[b"/nas"],
    )
    assert monitor.concerns("folder:/nas")
    assert not monitor.concerns("folder:/other")


def test_all_is_well(post: Post) -> None:
    assert post.look().troubles == []


def test_a_paused_account(post: Post) -> None:
    post.service_state.pause("account:main", "The key is revoked.", 5.0)
    (trouble,) = post.look().troubles
    assert (trouble.kind, trouble.subject) == (Kind.PAUSED, "account:main")
    assert trouble.text.startswith('Nothing is uploaded for the account "main". The key is revoked. Put a valid key')
    assert trouble.relief == 'Photos of the account "main" are uploaded again.'


def test_a_folder_that_is_gone(post: Post) -> None:
    post.service_state.pause("folder:/export", "The watched folder /export is not there. Mount it.", None)
    (trouble,) = post.look().troubles
    assert (trouble.kind, trouble.subject, trouble.weight) == (Kind.FOLDER, "folder:/export", Weight.ALARM)
    assert trouble.text == "The watched folder /export is not there. Mount it."


def test_what_ends_by_itself_is_nobodys_business(post: Post) -> None:
    post.service_state.pause("host:main", "No connection.", 5.0)
    post.service_state.pause("key:main", "The limit is used up.", 5.0)
    assert post.look().troubles == []


def test_nothing_is_known_of_an_account_before_it_was_tried_in_this_run(post: Post) -> None:
    post.book.spend("main", START - 100)
    assert "account:main" in post.look().unsure
    post.book.spend("main", START + 50)
    assert "account:main" in post.look(START + 50 + TRIED_SECONDS).unsure
    assert "account:main" not in post.look(START + 51 + TRIED_SECONDS).unsure
    post.book.trim(START + 10_000 + KEEP_SECONDS)
    assert "account:main" not in post.look().unsure


@pytest.mark.parametrize(
    ("about", "weight"), [(WatchRemark.DEAF, Weight.WARNING), (WatchRemark.LIMITED, Weight.NOTICE)]
)
def test_a_folder_that_is_looked_through_though_it_should_be_watched(
    post: Post, about: WatchRemark, weight: Weight
) -> None:
    post.service_state.set_watch_status(WatchStatus(b"/export", "polling", None, 5.0, "It needs 5 watches.", about))
    (trouble,) = post.look().troubles
    assert (trouble.kind, trouble.subject, trouble.weight) == (Kind.FOLDER, "hearing:/export", weight)
    assert trouble.text == "New photos in /export are noticed a little later. It needs 5 watches."


def test_polling_that_was_meant_is_no_trouble(post: Post) -> None:
    post.service_state.set_watch_status(
        WatchStatus(b"/nas", "polling", None, 5.0, "cifs sends no events.", WatchRemark.NETWORK)
    )
    post.service_state.set_watch_status(WatchStatus(b"/export", "polling", None, 5.0, ""))
    assert post.look().troubles == []
    assert "hearing:/nas" not in post.look().unsure


def test_a_folder_hears_again_when_that_is_proven(post: Post) -> None:
    post.service_state.set_watch_status(WatchStatus(b"/export", "native", None))
    assert "hearing:/export" in post.look().unsure
    post.service_state.set_watch_status(WatchStatus(b"/export", "native", 5.0))
    assert "hearing:/export" not in post.look().unsure


def test_a_photo_that_should_have_gone_long_ago(post: Post) -> None:
    post.shelf.add(f"{GTIN}__a.jpg", "A")
    post.shelf.now += 5
    post.shelf.add(f"{GTIN}__b.jpg", "B")
    assert post.subjects(START + BACKLOG_SECONDS) == []
    (trouble,) = post.look(START + BACKLOG_SECONDS + 1).troubles
    assert (trouble.kind, trouble.subject, trouble.weight) == (Kind.BACKLOG, "backlog:main", Weight.WARNING)
    assert trouble.text.startswith('2 photos wait to be uploaded for the account "main", since 19')
    post.short = True
    assert post.subjects(START + BACKLOG_SECONDS + 1) == []


def test_what_waited_while_the_service_was_off_gets_its_turn_first(post: Post) -> None:
    post.shelf.add(f"{GTIN}__a.jpg", "A")
    restart = START + 200_000
    post.service_state.started(2, restart, "studio1")
    view = post.look(restart + WARM_UP_SECONDS - 1)
    assert (view.troubles, "backlog:main" in view.unsure) == ([], True)
    (trouble,) = post.look(restart + WARM_UP_SECONDS).troubles
    assert trouble.text.startswith("1 photo waits ")


def test_a_disk_that_is_almost_full_is_named_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "photos.db")
    (tmp_path / "export").mkdir()
    post = Post(shelf, [os.fsencode(tmp_path), os.fsencode(tmp_path / "export"), b"/nowhere"])
    assert post.look().troubles == []
    post.free = LOW_BYTES - 1
    (trouble,) = post.look().troubles
    assert (trouble.kind, trouble.subject) == (Kind.DISK, f"disk:{tmp_path}")
    assert trouble.text == f"Only 99 MB are free on the disk of {tmp_path}. Make room: records and photos need it."
    assert "disk:/nowhere" in post.look().unsure
    shelf.db.close()


@pytest.mark.parametrize(
    ("subject", "concerns"),
    [
        ("account:main", True),
        ("account:old", False),
        ("backlog:main", True),
        ("folder:/srv/export", True),
        ("folder:/srv/export/mounted/in/it", True),
        ("folder:/srv/export-old", False),
        ("hearing:/srv", False),
        ("disk:/srv/export", True),
    ],
)
def test_what_is_configured(tmp_path: Path, subject: str, concerns: bool) -> None:
    shelf = Shelf(tmp_path / "photos.db")
    assert Post(shelf, [b"/srv/export"]).monitor.concerns(subject) is concerns
    assert Post(shelf, [b"/"]).monitor.concerns("folder:/anything")
    shelf.db.close()
