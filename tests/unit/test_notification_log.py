"""Who was told what, over restarts; and how long photos are on their way."""

from __future__ import annotations

import pytest

from folder_sync.photo import State
from folder_sync.rules.noticing import Episode, Kind, Trouble, Weight
from folder_sync.store.notification_log import Ledger, NotificationLog
from tests.support.shelf import GTIN, Shelf

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


def test_targets_that_are_gone_are_forgotten(shelf: Shelf, notification_log: NotificationLog) -> None:
    shelf.put("primay.jpg", "A")
    steps = notification_log.rejections("2 mailto", 10).steps
    for target in ("1 json", "2 mailto"):
        notification_log.keep(target, Ledger({"folder:/a": OPEN}, {Kind.FOLDER: 7.0}), steps)
    notification_log.forget_others(["1 json"])
    assert notification_log.ledger("2 mailto") == Ledger()
    assert notification_log.rejections("2 mailto", 10).count == 1
    assert notification_log.rejections("1 json", 10).count == 0


def test_rejections_are_told_once_to_each_target_and_again_after_another_step(
    shelf: Shelf, notification_log: NotificationLog
) -> None:
    for number in range(12):
        shelf.now += 1
        shelf.put(f"Front_{number}.jpg", str(number))
    found = notification_log.rejections("1 json", 10)
    assert (found.count, found.oldest_at) == (12, 1_001.0)
    assert [photo.path for photo in found.newest][::9] == [b"/studio/Front_2.jpg", b"/studio/Front_11.jpg"]
    shelf.put("late.jpg", "late")  # while the message was on its way
    notification_log.keep("1 json", Ledger(), found.steps)
    assert [photo.path for photo in notification_log.rejections("1 json", 10).newest] == [b"/studio/late.jpg"]
    assert notification_log.rejections("2 json", 10).count == 13
    with shelf.db.write() as connection:
        connection.execute("UPDATE photo SET changed_at = 5000 WHERE name = ?", (b"Front_3.jpg",))
    assert notification_log.rejections("1 json", 10).count == 2


def test_a_photo_that_went_while_it_was_told_of(shelf: Shelf, notification_log: NotificationLog) -> None:
    shelf.put("a.jpg", "A")
    steps = notification_log.rejections("1 json", 10).steps
    with shelf.db.write() as connection:
        connection.execute("DELETE FROM photo")
    notification_log.keep("1 json", Ledger(), steps)
    assert notification_log.rejections("1 json", 10).count == 0


def test_what_is_told_of_goes_with_the_photo_or_its_rejection(shelf: Shelf, notification_log: NotificationLog) -> None:
    shelf.put("a.jpg", "A")
    shelf.put("b.jpg", "B")
    notification_log.keep("1 json", Ledger(), notification_log.rejections("1 json", 10).steps)
    with shelf.db.write() as connection:
        connection.execute("DELETE FROM photo WHERE name = ?", (b"a.jpg",))
    assert len(shelf.db.read("SELECT * FROM told_photo")) == 1
    with shelf.db.write() as connection:
        connection.execute("UPDATE photo SET state = 'duplicate'")
    notification_log.forget_others(["1 json"])
    assert shelf.db.read("SELECT * FROM told_photo") == []


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
                "UPDATE photo SET state = ?, reason_code = 'api_400', changed_at = ? WHERE id = ?",
                (state, at, photo.id),
            )
    assert shelf.photo_queries.in_line("main") == (1, 90_000.0)


def test_the_line_is_read_by_its_indexes(shelf: Shelf) -> None:
    """Every few seconds, with a hundred thousand photos in the table."""
    plans: list[str] = []
    real = shelf.db.read

    def read(sql: str, parameters: object = ()) -> list[tuple[object, ...]]:
        plans.extend(str(row[3]) for row in real(f"EXPLAIN QUERY PLAN {sql}", parameters))  # type: ignore[arg-type]
        return real(sql, parameters)  # type: ignore[arg-type]  # passed on

    shelf.db.read = read  # type: ignore[method-assign]
    shelf.photo_queries.in_line("main")
    NotificationLog(shelf.db).rejections("1 json", 10)
    used = {plan.partition("INDEX ")[2].split()[0] for plan in plans if " photo" in plan}
    assert used == {"photo_queue", "photo_in_flight", "sqlite_autoindex_photo_1", "photo_rejected"}
    assert not [plan for plan in plans if plan.startswith("SCAN history")]
