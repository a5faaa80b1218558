"""What the messages say, word for word where people quote them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from folder_sync.rules.noticing import Episode, Kind, Trouble, Weight
from folder_sync.service.notify import wording
from folder_sync.store.notification_log import NotificationLog, OfPhotos, Untold
from tests.support.shelf import Shelf
from tests.support.store_model import SMALL

NOON = 1_790_000_000.0
GONE = Trouble(Kind.FOLDER, "folder:/export", "The watched folder /export is not there.", "It is there again.")
POLLED = Trouble(Kind.FOLDER, "hearing:/nas", "New photos come later.", "It is watched again.", Weight.NOTICE)
REFUSED = Trouble(Kind.PAUSED, "account:main", "The key is refused.", "Photos go again.")


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(socket, "gethostname", lambda: "studio1")
    yield
    monkeypatch.undo()
    time.tzset()


def untold(shelf: Shelf, kind: OfPhotos = Kind.REJECTED) -> Untold:
    found = NotificationLog(shelf.db).untold("1 json", kind, wording.NAMED)
    assert found is not None
    return found


def test_one_rejected_photo(shelf: Shelf) -> None:
    shelf.put("00012345678905__primay.jpg", "A")
    message = wording.rejected(untold(shelf))
    assert message.subject == "folder-sync: 1 photo rejected"
    assert message.severity == "warning"
    assert message.body == (
        "This photo can't be uploaded as it is:\n\n"
        "/studio/00012345678905__primay.jpg\n"
        '    "primay" is not a flag; "primary" was probably meant.'
        ' Did you mean "00012345678905__primary.jpg"?\n\n'
        "Fix or rename a file, and its photo is tried again automatically.\n\n"
        "folder-sync on studio1"
    )


def test_a_photo_with_remarks(shelf: Shelf) -> None:
    shelf.put("00012345678905__Front.jpg", SMALL)
    shelf.upload()
    message = wording.remarked(untold(shelf, Kind.REMARKED))
    assert message.subject == "folder-sync: 1 photo uploaded with remarks"
    assert message.severity == "info"
    assert message.body == (
        "This photo is in the catalogue, with a remark:\n\n"
        "/studio/00012345678905__Front.jpg\n"
        "    The picture is only 400 by 300 pixels.\n\n"
        "Nothing has to be done. A better photo that is exported under the same name takes its place.\n\n"
        "folder-sync on studio1"
    )


def test_many_rejected_photos(shelf: Shelf) -> None:
    for number in range(12):
        shelf.put(f"Front_{number}.jpg", str(number))
    message = wording.rejected(untold(shelf))
    assert message.subject == "folder-sync: 12 photos rejected"
    assert message.body.count("/studio/Front_") == 10
    assert "\n\nand 2 more: folder-sync list --state rejected\n\n" in message.body


def test_names_from_outside_do_nothing(shelf: Shelf) -> None:
    shelf.put("x\x1b[31m\r\nSubject: y\u202e.jpg", "A")
    shelf.put("cpk_" + "A" * 32 + "_00000000.jpg", "B")
    shelf.put("n" * 240 + ".jpg", "C")
    message = wording.rejected(untold(shelf))
    assert not {"\x1b", "\r", "\u202e"} & set(message.body)
    assert "/studio/x\ufffd[31m\ufffd\ufffdSubject: y<U+202E>.jpg\n" in message.body
    assert "A" * 32 not in message.body
    assert max(map(len, message.body.split("\n"))) <= wording.LONGEST + 4


def test_a_folder_that_is_gone() -> None:
    message = wording.trouble(Kind.FOLDER, [Episode(GONE, NOON)])
    assert (message.subject, message.severity) == ("folder-sync: folder /export can't be used", "failure")
    assert message.body == (
        "Since 2026-09-21 14:13: The watched folder /export is not there.\n\n"
        "Meanwhile nothing counts as deleted, and nothing is lost. The folder resumes by itself.\n\n"
        "folder-sync on studio1"
    )


def test_a_machine_that_is_silent() -> None:
    trouble = Trouble(Kind.MACHINE, "machine:set2", "Nothing is heard from set2.", "set2 is heard from again.")
    message = wording.trouble(Kind.MACHINE, [Episode(trouble, NOON)])
    assert (message.subject, message.severity) == ("folder-sync: machine set2 is silent", "failure")
    assert "Since 2026-09-21 14:13: Nothing is heard from set2.\n\nNo photo there is lost." in message.body
    both = wording.trouble(Kind.MACHINE, [Episode(trouble, NOON), Episode(trouble, NOON)])
    assert both.subject == "folder-sync: 2 machines are silent"


def test_polling_because_of_a_limit_is_no_alarm() -> None:
    message = wording.trouble(Kind.FOLDER, [Episode(POLLED, NOON)])
    assert (message.subject, message.severity) == (
        "folder-sync: folder /nas is scanned instead of watched",
        "info",
    )
    assert "nothing counts as deleted" not in message.body
    both = wording.trouble(Kind.FOLDER, [Episode(POLLED, NOON), Episode(GONE, NOON)])
    assert (both.subject, both.severity) == ("folder-sync: 2 folders can't be used or watched", "failure")


def test_what_was_over_before_it_could_be_told() -> None:
    message = wording.trouble(Kind.PAUSED, [Episode(REFUSED, NOON, NOON + 120, times=2)])
    assert message.subject == "folder-sync: account main is paused"
    assert message.body.startswith("From 2026-09-21 14:13 to 14:15, and over now (2 times): The key is refused.")


def test_back_to_normal() -> None:
    episodes = [Episode(GONE, NOON, NOON + 86_400, told=True), Episode(REFUSED, NOON, NOON + 60, told=True)]
    message = wording.recovered(episodes, standing=0)
    assert (message.subject, message.severity) == ("folder-sync: back to normal", "success")
    assert message.body == (
        "It is there again. The trouble lasted from 2026-09-21 14:13 to 2026-09-22 14:13.\n\n"
        "Photos go again. The trouble lasted from 2026-09-21 14:13 to 14:14.\n\n"
        "folder-sync on studio1"
    )


def test_back_to_normal_but_for_something() -> None:
    message = wording.recovered([Episode(GONE, NOON, NOON, told=True)], standing=2)
    assert message.subject == "folder-sync: partly back to normal"
    assert "2 troubles left: folder-sync status" in message.body


def test_more_troubles_than_anybody_reads() -> None:
    troubles = [Trouble(Kind.DISK, f"disk:/{number}", "Full.", "Room.") for number in range(12)]
    message = wording.trouble(Kind.DISK, [Episode(trouble, NOON) for trouble in troubles])
    assert message.subject == "folder-sync: a disk is almost full"
    assert message.body.count("Full.") == 10
    assert "and 2 more: folder-sync status" in message.body


def test_the_backlog() -> None:
    trouble = Trouble(Kind.BACKLOG, "backlog:main", "3 photos wait.", "None waits.", Weight.WARNING)
    message = wording.trouble(Kind.BACKLOG, [Episode(trouble, NOON)])
    assert (message.subject, message.severity) == (
        "folder-sync: photos have been waiting for more than an hour",
        "warning",
    )
    assert "`folder-sync status` shows what they are waiting for." in message.body
