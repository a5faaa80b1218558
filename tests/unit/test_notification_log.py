"""Who was told what, over restarts; and how long photos are on their way."""

from __future__ import annotations

import pytest

from folder_sync.photo import State
from folder_sync.rules.noticing import Episode, Kind, Trouble, Weight
from folder_sync.store.notification_log import Ledger, NotificationLog, OfPhotos, Untold
from folder_sync.store.places import Places
from tests.support.shelf import GTIN, Shelf, path
from tests.support.store_model import CORRUPT, SMALL

OPEN = Episode(Trouble(Kind.FOLDER, "folder:/a", "Gone.", "Back.", Weight.NOTICE), 1.0, None, 3, told=True)
OVER = Episode(Trouble(Kind.PAUSED, "account:main", "Refused.", "Works."), 2.0, 5.0, 1, told=False)


@pytest.fixture
def notification_log(shelf: Shelf) -> NotificationLog:
    return NotificationLog(shelf.db)


def test_a_ledger_is_kept_for_each_target(notification_log: NotificationLog) -> None:
    ledger = Ledger({"folder:/a": OPEN, "account:main": OVER}, {Kind.FOLDER: 7.0})
    notification_log.keep("1 json", ledger)
    assert notification_log.ledger("1 json") == ledger
    assert notification_log.ledger("2 mailto") == Ledger()
    notification_log.keep("1 json", Ledger({"folder:/a": OPEN}, {Kind.FOLDER: 9.0}))
    assert notification_log.ledger("1 json") == Ledger({"folder:/a": OPEN}, {Kind.FOLDER: 9.0})


def untold(notification_log: NotificationLog, target: str, kind: OfPhotos = Kind.REJECTED) -> Untold:
    found = notification_log.untold(target, kind, 10)
    assert found is not None
    return found


def test_targets_that_are_gone_are_forgotten(shelf: Shelf, notification_log: NotificationLog) -> None:
    shelf.put("primay.jpg", "A")
    until = untold(notification_log, "2 mailto").until
    for target in ("1 json", "2 mailto"):
        notification_log.keep(target, Ledger({"folder:/a": OPEN}, {Kind.FOLDER: 7.0}), {Kind.REJECTED: until})
    notification_log.forget_others(["1 json"])
    assert notification_log.ledger("2 mailto") == Ledger()
    assert untold(notification_log, "2 mailto").count == 1
    assert notification_log.untold("1 json", Kind.REJECTED, 10) is None
    notification_log.forget_others([])
    assert untold(notification_log, "1 json").count == 1


def test_rejections_are_told_once_to_each_target_and_again_after_another_one(
    shelf: Shelf, notification_log: NotificationLog
) -> None:
    for number in range(12):
        shelf.now += 1
        shelf.put(f"Front_{number}.jpg", str(number))
    found = untold(notification_log, "1 json")
    assert (found.count, found.oldest_at) == (12, 1_001.0)
    assert [photo.path for photo in found.newest][::9] == [b"/studio/Front_2.jpg", b"/studio/Front_11.jpg"]
    shelf.put("late.jpg", "late")  # while the message was on its way
    notification_log.keep("1 json", Ledger(), {Kind.REJECTED: found.until})
    assert [photo.path for photo in untold(notification_log, "1 json").newest] == [b"/studio/late.jpg"]
    assert untold(notification_log, "2 json").count == 13
    notification_log.keep("1 json", Ledger(), {Kind.REJECTED: untold(notification_log, "1 json").until})
    for data in (CORRUPT, "whole", CORRUPT):
        shelf.now += 1
        shelf.put(f"{GTIN}__Front.jpg", data)
    found = untold(notification_log, "1 json")
    assert (found.count, found.oldest_at, len(found.newest)) == (1, shelf.now, 1)


def test_where_a_rejected_photo_is_put_is_no_news(shelf: Shelf, notification_log: NotificationLog) -> None:
    photo = shelf.add("a.jpg", "A")
    notification_log.keep("1 json", Ledger(), {Kind.REJECTED: untold(notification_log, "1 json").until})
    assert Places(shelf.db).put_away(photo, path("rejected/a.jpg"))
    assert notification_log.untold("1 json", Kind.REJECTED, 10) is None
    assert untold(notification_log, "2 json").count == 1


@pytest.mark.parametrize("end", ["DELETE FROM photo", "UPDATE photo SET state = 'duplicate', changed_at = 2000"])
def test_what_is_not_rejected_any_more_is_not_told(shelf: Shelf, notification_log: NotificationLog, end: str) -> None:
    shelf.put("a.jpg", "A")
    until = untold(notification_log, "1 json").until
    shelf.db.change(end)
    assert notification_log.untold("1 json", Kind.REJECTED, 10) is None
    notification_log.keep("1 json", Ledger(), {Kind.REJECTED: until})
    shelf.put("b.jpg", "B")
    assert untold(notification_log, "1 json").count == 1


def test_a_photo_with_remarks_is_told_of_once_when_it_is_uploaded(
    shelf: Shelf, notification_log: NotificationLog
) -> None:
    shelf.put(f"{GTIN}__Back.jpg", SMALL)
    shelf.add(f"{GTIN}__Front.jpg", "B")
    assert notification_log.untold("1 json", Kind.REMARKED, 10) is None
    shelf.now += 10
    shelf.upload()
    shelf.upload()
    found = untold(notification_log, "1 json", Kind.REMARKED)
    assert (found.count, found.oldest_at) == (1, shelf.now)
    assert [photo.title for photo in found.newest] == ["Back"]
    notification_log.keep("1 json", Ledger(), {Kind.REMARKED: found.until})
    assert notification_log.untold("1 json", Kind.REMARKED, 10) is None
    assert untold(notification_log, "2 json", Kind.REMARKED).count == 1
    shelf.put(f"{GTIN}__Back.jpg", f"{SMALL}, another version")
    shelf.upload()
    assert untold(notification_log, "1 json", Kind.REMARKED).count == 1
    assert untold(notification_log, "2 json", Kind.REMARKED).count == 1  # the other has made room
    shelf.put(f"{GTIN}__Back.jpg", SMALL)  # the first one again, whose image is there still
    assert notification_log.untold("1 json", Kind.REMARKED, 10) is None


def test_nothing_is_in_line(shelf: Shelf) -> None:
    shelf.put("a.jpg", "A")
    assert shelf.photo_queries.in_line("main") is None


def test_the_first_in_line(shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__a.jpg", "A")
    shelf.now += 10
    shelf.add(f"{GTIN}__b.jpg", "B")
    assert shelf.photo_queries.in_line("main") == (2, 1_000.0)
    assert shelf.photo_queries.in_line("other") is None
    shelf.now += 10
    shelf.claim()
    assert shelf.photo_queries.in_line("main") == (2, 1_000.0)


def test_a_photo_is_in_line_since_it_was_last_put_there(shelf: Shelf) -> None:
    photo = shelf.add(f"{GTIN}__a.jpg", "A")
    with shelf.db.write() as connection:
        for state, at in ((State.REJECTED, 2_000.0), (State.QUEUED, 90_000.0), (State.QUEUED, 90_010.0)):
            connection.execute(
                "UPDATE photo SET state = :state, reason_code = 'api_400', changed_at = :at WHERE id = :id",
                {"state": state, "at": at, "id": photo.id},
            )
    assert shelf.photo_queries.in_line("main") == (1, 90_000.0)
