"""Heroes of one folder that are seen, change while they wait, and go: no later one of their product overtakes them."""

from __future__ import annotations

import os
from typing import Final

import pytest

from folder_sync.files.ignoring import IgnoreRules
from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder
from folder_sync.service.intake.announcements import Announcements
from folder_sync.service.intake.inbox import Inboxes, TurnCame
from folder_sync.service.intake.per_product import PerProductQueue, Turn

ROOT: Final = b"/studio"
PLAIN, FIRST, SECOND = (
    os.path.join(ROOT, f"00012345678905__{name}.jpg".encode()) for name in ("Plain", "A__primary", "B__primary")
)


class Line:
    """The folder's place in the order of the product."""

    def __init__(self) -> None:
        self.folder = Folder(ROOT, "main", True, "auto", 5.0, IgnoreRules(ROOT))  # noqa: FBT003 -- recursive
        self.inboxes = Inboxes([self.folder])
        self.announcements = Announcements(self.folder, PerProductQueue(), self.inboxes)

    def take(self, path: bytes, changed_at: int) -> list[Turn]:
        """It is seen, and still."""
        self.announcements.seen(path, Fingerprint(1, 1, changed_at))
        turn = self.announcements.turn(path, Fingerprint(1, 1, changed_at))
        assert turn is not None
        return self.announcements.take(turn)

    def told(self) -> list[bytes]:
        """Whose turn it is, by messages."""
        found = []
        while (message := self.inboxes.of(self.folder).receive(0.0)) is not None:
            assert isinstance(message, TurnCame)
            found.append(message.turn.path)
        return found


@pytest.fixture
def line() -> Line:
    return Line()


def test_one_that_changes_while_it_waits_has_one_turn(line: Line) -> None:
    (plain,) = line.take(PLAIN, 1)
    assert line.take(FIRST, 1) == []
    assert line.take(FIRST, 2) == []  # written on
    assert line.take(SECOND, 3) == []
    (first,) = line.announcements.end(plain, stays_announced=False)
    assert (first.path, first.fingerprint.ctime_ns) == (FIRST, 2)
    (second,) = line.announcements.end(first, stays_announced=False)
    assert second.path == SECOND


def test_one_that_changes_while_it_is_inspected_keeps_its_place(line: Line) -> None:
    """The end of its first inspection took its place, and the later hero was recorded before it."""
    (first,) = line.take(FIRST, 1)
    assert line.take(FIRST, 2) == []
    assert line.take(SECOND, 3) == []
    (again,) = line.announcements.end(first, stays_announced=False)
    assert again.fingerprint.ctime_ns == 2
    assert line.announcements.end(again, stays_announced=True) == []  # it has to be still for longer
    (once_more,) = line.take(FIRST, 2)
    (second,) = line.announcements.end(once_more, stays_announced=False)
    assert second.path == SECOND


def test_one_that_goes_after_it_had_changed_is_not_waited_for(line: Line) -> None:
    (first,) = line.take(FIRST, 1)
    line.announcements.seen(FIRST, Fingerprint(1, 1, 2))
    assert line.take(SECOND, 3) == []
    assert line.announcements.end(first, stays_announced=False) == []
    line.announcements.withdraw(FIRST)
    assert line.told() == [SECOND]


def test_one_whose_attributes_never_rest_is_waited_for_once(line: Line) -> None:
    line.announcements.seen(FIRST, Fingerprint(1, 1, 1))
    turn = line.announcements.turn(FIRST, Fingerprint(1, 1, 2))  # changed again, and taken as it is
    assert turn is not None
    assert line.announcements.take(turn) == [turn]
    assert line.take(SECOND, 3) == []
    (second,) = line.announcements.end(turn, stays_announced=False)
    assert second.path == SECOND
