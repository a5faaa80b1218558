"""Telling one target: what goes, what is tried again, and what a restart remembers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from folder_sync.errors import StoreUnavailable
from folder_sync.messages.message import Message, SendResult
from folder_sync.messages.process import SenderProcess, Target
from folder_sync.rules.noticing import GATHER_SECONDS, STEADY_SECONDS, Kind, Trouble
from folder_sync.service.notify.monitor import Observation
from folder_sync.service.notify.notifier import TRY_AGAIN_SECONDS, TargetNotifier
from folder_sync.store.notification_log import NotificationLog
from tests.support.shelf import GTIN, Shelf
from tests.support.store_model import SMALL

QUIET = 900.0
GONE = Trouble(Kind.FOLDER, "folder:/export", "Gone.", "There again.")
REFUSED = Trouble(Kind.PAUSED, "account:main", "Refused.", "Works again.")


class Post(SenderProcess):
    """Keeps the messages; ``problem``: why it takes none."""

    def __init__(self) -> None:
        super().__init__()
        self.problem = ""
        self.messages: list[Message] = []
        self.tries = 0

    def send(self, url: str, message: Message | None) -> SendResult:
        self.tries += 1
        if not self.problem and message is not None:
            self.messages.append(message)
        return SendResult("json://", self.problem)

    @property
    def subjects(self) -> list[str]:
        return [message.subject.removeprefix("folder-sync: ") for message in self.messages]


class Desk:
    """A target notifier over a real store."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.post = Post()
        self.not_configured: set[str] = set()
        self.restart()

    def restart(self) -> None:
        self.target_notifier = TargetNotifier(
            Target("1 json", "json://secret"),
            self.post,
            NotificationLog(self.shelf.db),
            QUIET,
            concerns=lambda subject: subject not in self.not_configured,
        )

    def update(self, now: float, *troubles: Trouble) -> list[str]:
        """The subjects of what was told."""
        before = len(self.post.messages)
        self.shelf.now = now
        self.target_notifier.update(Observation(troubles, frozenset()), now, now)
        return self.post.subjects[before:]

    def reject(self, name: str) -> None:
        self.shelf.put(name, name)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    shelf = Shelf(tmp_path / "photos.db")
    yield Desk(shelf)
    shelf.db.close()


@contextmanager
def disk_full(desk: Desk) -> Iterator[None]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("The disk is full.")

    real = desk.shelf.db.write
    desk.shelf.db.write = refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        desk.shelf.db.write = real  # type: ignore[method-assign]


def test_rejected_photos_are_gathered(desk: Desk) -> None:
    desk.update(0.0)
    desk.reject("a.jpg")
    assert desk.update(10.0) == []
    desk.reject("b.jpg")
    assert desk.update(GATHER_SECONDS) == ["2 photos rejected"]
    desk.reject("c.jpg")
    assert desk.update(QUIET) == []
    desk.reject("d.jpg")
    assert desk.update(GATHER_SECONDS + QUIET) == ["2 photos rejected"]
    assert desk.update(10 * QUIET) == []


def test_photos_with_remarks_are_told_of_beside_rejected_ones(desk: Desk) -> None:
    desk.shelf.now = 0.0
    desk.reject("a.jpg")
    desk.shelf.put(f"{GTIN}__Front.jpg", SMALL)
    desk.shelf.upload()
    assert desk.update(GATHER_SECONDS) == ["1 photo rejected", "1 photo uploaded with remarks"]
    desk.restart()
    assert desk.update(10 * QUIET) == []


def test_what_was_told_is_not_told_again_after_a_restart_and_nothing_is_forgotten(desk: Desk) -> None:
    desk.shelf.now = 0.0
    desk.reject("a.jpg")
    assert desk.update(GATHER_SECONDS, GONE) == ["folder /export can't be used", "1 photo rejected"]
    desk.reject("b.jpg")
    for crash in range(20):
        desk.restart()
        assert desk.update(GATHER_SECONDS + 1 + crash, GONE) == []
    assert desk.update(GATHER_SECONDS + QUIET, GONE) == ["1 photo rejected"]
    desk.restart()
    desk.update(5 * QUIET)
    desk.restart()
    assert desk.update(5 * QUIET + STEADY_SECONDS) == ["back to normal"]


def test_what_is_not_configured_any_more_is_not_back_to_normal(desk: Desk) -> None:
    desk.update(0.0, GONE, REFUSED)
    desk.not_configured = {GONE.subject}
    desk.restart()
    desk.update(100.0)
    assert desk.update(100.0 + STEADY_SECONDS) == ["back to normal"]
    assert "Works again." in desk.post.messages[-1].body
    assert "There again." not in desk.post.messages[-1].body
    assert NotificationLog(desk.shelf.db).ledger("1 json").episodes == {}


def test_what_is_forgotten_while_the_service_runs_is_not_back_to_normal(desk: Desk) -> None:
    """As a machine that was silent for so long that it is not among those that are known any more."""
    desk.update(0.0, GONE)
    desk.not_configured = {GONE.subject}
    desk.update(100.0)
    assert desk.update(100.0 + STEADY_SECONDS) == []
    assert NotificationLog(desk.shelf.db).ledger("1 json").episodes == {}


def test_some_trouble_is_left(desk: Desk) -> None:
    desk.update(0.0, GONE, REFUSED)
    desk.update(10.0, REFUSED)
    assert desk.update(10.0 + STEADY_SECONDS, REFUSED) == ["partly back to normal"]


def test_a_target_that_takes_nothing_is_tried_ever_less_often_and_said_once(desk: Desk) -> None:
    desk.post.problem = "It is broken."
    tried = []
    with structlog.testing.capture_logs() as logs:
        for second in range(0, 3600, 5):
            before = desk.post.tries
            desk.update(float(second), GONE, REFUSED)
            if desk.post.tries > before:
                assert desk.post.tries == before + 1
                tried.append(second)
    assert tried[:5] == [0, 60, 180, 420, 900]
    assert max(later - earlier for earlier, later in pairwise(tried)) == QUIET
    levels = [line["log_level"] for line in logs if line["event"] == "message_failed"]
    assert levels == ["warning"] + ["debug"] * (len(tried) - 1)
    assert "secret" not in str(logs)


def test_what_happened_while_a_target_was_broken_is_told_when_it_works_again(desk: Desk) -> None:
    desk.shelf.now = 0.0
    desk.reject("a.jpg")
    desk.post.problem = "It is broken."
    desk.update(GATHER_SECONDS, GONE)
    desk.reject("b.jpg")
    desk.update(GATHER_SECONDS + 5)
    desk.restart()  # and it forgets that it failed
    desk.post.problem = ""
    assert desk.update(GATHER_SECONDS + TRY_AGAIN_SECONDS) == ["folder /export can't be used", "2 photos rejected"]
    assert ", and over now: Gone." in desk.post.messages[0].body
    assert desk.update(10 * QUIET) == []


def test_a_new_streak_of_failures_is_said_anew(desk: Desk) -> None:
    with structlog.testing.capture_logs() as logs:
        desk.post.problem = "It is broken."
        desk.update(0.0, GONE)
        desk.post.problem = ""
        desk.update(TRY_AGAIN_SECONDS, GONE)
        desk.post.problem = "It is broken."
        desk.update(2 * TRY_AGAIN_SECONDS, GONE, REFUSED)
    events = [(line["event"], line["log_level"]) for line in logs]
    assert events == [("message_failed", "warning"), ("message_sent", "info"), ("message_failed", "warning")]


def test_a_full_disk_keeps_nobody_from_being_told_and_nothing_is_told_twice(desk: Desk) -> None:
    desk.shelf.now = 0.0
    desk.reject("a.jpg")
    with disk_full(desk):
        assert desk.update(GATHER_SECONDS, GONE) == ["folder /export can't be used", "1 photo rejected"]
        assert desk.update(10 * QUIET, GONE) == []
    assert desk.update(11 * QUIET, GONE) == []
    desk.restart()
    assert desk.update(12 * QUIET, GONE) == []


def test_a_wrong_address_is_found_at_the_start(desk: Desk) -> None:
    with structlog.testing.capture_logs() as logs:
        desk.target_notifier.greet()
        desk.post.problem = "Apprise does not understand this address."
        desk.target_notifier.greet()
    (line,) = logs
    assert (line["event"], line["target"]) == ("message_target_wrong", "1 json")
    assert "secret" not in str(line)
