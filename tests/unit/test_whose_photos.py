"""Photos of several machines in one schema: whose path one is, who sends it, what one may say of another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from folder_sync.photo import State
from folder_sync.rules.arrivals import Duplicate, Follow, New
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.store.audit import Audits
from folder_sync.store.mending import Mending
from folder_sync.store.places import Places
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.queue import Queue
from folder_sync.store.retrying import Said
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unwatched import Unwatched
from tests.support.postgres import on_machine
from tests.support.shelf import FOLDER, GTIN, OTHER_GTIN, Shelf

FRONT, BACK, HERO = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg", f"{GTIN}__Front__primary.jpg"
OTHER = f"{OTHER_GTIN}__Front.jpg"


def at_work(store: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(store)
    shelf.db.lease.renew(70.0)
    ServiceState(shelf.db).started(1, shelf.now, store.watcher)
    yield shelf
    shelf.db.close()


@pytest.fixture
def one(place: PostgresStore) -> Iterator[Shelf]:
    yield from at_work(place)


@pytest.fixture
def two(place: PostgresStore, one: Shelf) -> Iterator[Shelf]:
    """Has the same folder, and in it files of its own."""
    yield from at_work(on_machine("set 2", place))


def test_a_path_is_one_machines(one: Shelf, two: Shelf) -> None:
    first, second = one.add(FRONT, "A"), two.add(FRONT, "B")
    assert (first.watcher, first.machine, second.watcher, second.machine) == ("studio", "studio", "set 2", "set 2")
    assert second.successor is None
    assert [shelf.at(FRONT) for shelf in (one, two)] == [one.again(first), second]
    assert one.expected.fingerprints(FOLDER).keys() == {FRONT.encode()}
    assert one.expected.paths_below(FOLDER) == [first.path]
    one.remove(FRONT)
    assert [shelf.state(FRONT) for shelf in (one, two)] == [State.MISSING, State.QUEUED]


def test_who_watches_a_file_sends_it(one: Shelf, two: Shelf) -> None:
    first, second = one.add(FRONT, "A"), two.add(OTHER, "B")
    assert not one.queue.claimable("main", one.now, away=[FOLDER])
    assert two.claim() == two.again(second)
    assert two.queue.claim("main", two.now) is None
    assert not two.queue.claimable("main", two.now)
    assert one.claim() == one.again(first)


def test_one_request_for_a_product_over_all(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    two.add(BACK, "B")
    sending = one.claim()
    assert two.queue.claim("main", two.now) is None
    one.end(sending, one.image(sending))
    assert two.upload().state is State.UPLOADED


def test_heroes_go_in_the_order_in_which_they_came_over_all(one: Shelf, two: Shelf) -> None:
    one.add(HERO, "A")
    two.add(HERO, "B")
    assert two.queue.claim("main", two.now) is None
    first = one.upload()
    assert two.upload().arrival > first.arrival


def test_the_same_photo_on_two_machines_goes_once(one: Shelf, two: Shelf) -> None:
    first = one.add(FRONT, "A")
    arrival, copy = two.put(FRONT, "A")
    assert (arrival, copy and copy.state) == (Duplicate(first), State.DUPLICATE)
    assert two.queue.claim("main", two.now) is None


def test_a_copy_on_another_machine_stands_for_what_went_away(one: Shelf, two: Shelf) -> None:
    first = one.add(FRONT, "A")
    two.add(BACK.replace("Back", "Front"), "A")
    one.remove(FRONT)
    moved = one.again(first)
    assert (moved.state, moved.watcher, moved.is_gone) == (State.QUEUED, "set 2", False)
    assert one.queue.claim("main", one.now) is None
    assert two.upload().id == first.id


def test_what_the_disk_here_holds_says_nothing_of_another_machines_file(one: Shelf, two: Shelf) -> None:
    """A file of the same path stands here: it is another one."""
    first = one.add(FRONT, "A")
    assert not two.disk.exists(first.path)
    assert two.put(f"copy/{FRONT}", "A")[0] == Duplicate(first)
    two.remove(f"copy/{FRONT}")
    one.upload()
    one.remove(FRONT)
    two.disk.put(first.path, "something else")
    assert isinstance(two.put(f"copy/{FRONT}", "A")[0], Follow)


def test_moved_to_another_machine_the_record_follows(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    photo = one.upload()
    one.remove(FRONT)
    assert one.again(photo).is_gone
    arrival, followed = two.put(FRONT, "A")
    assert isinstance(arrival, Follow)
    assert (followed and followed.id, followed and followed.watcher) == (photo.id, "set 2")
    assert two.queue.claim("main", two.now) is None
    assert one.at(FRONT) is None


def test_moved_to_another_machine_under_a_new_name_it_takes_the_old_ones_place(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    photo = one.upload()
    one.remove(FRONT)
    arrival, new = two.put(BACK, "A")
    assert new is not None
    assert isinstance(arrival, New)
    two.upload()
    assert one.again(photo).state is State.SUPERSEDED


def test_folders_that_one_machine_watches_no_longer_are_no_matter_of_the_others(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    two.add(BACK, "B")
    list(Unwatched(one.db, one.incoming).leave([b"/elsewhere"], one.now))
    assert [one.state(FRONT), two.state(BACK)] == [State.MISSING, State.QUEUED]


def test_a_start_doubts_what_its_own_machine_was_sending(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    two.add(OTHER, "B")
    first, second = one.claim(), two.claim()
    again = Queue(one.db, run="next run")
    assert again.doubts.recover(one.now, 0.0) == 1
    assert [one.again(first).state, two.again(second).state] == [State.UNCONFIRMED, State.UPLOADING]
    two.step(second, State.UNCONFIRMED, two.now)
    assert [photo.id for photo in again.due("main", State.UNCONFIRMED, one.now, 5)] == [first.id]
    assert [photo.id for photo in two.queue.due("main", State.UNCONFIRMED, two.now, 5)] == [second.id]
    assert again.next_time("main", one.now - 1.0) == one.now


def test_the_clock_of_one_machine_moves_what_its_own_photos_wait_for(one: Shelf, two: Shelf) -> None:
    first, second = one.add(FRONT, "A"), two.add(OTHER, "B")
    one.queue.postpone(first, one.now + 100.0)
    two.queue.postpone(second, two.now + 100.0)
    one.queue.clock_set_back(50.0, one.now - 50.0)
    assert [shelf.again(photo).not_before for shelf, photo in ((one, first), (two, second))] == [1_050.0, 1_100.0]


def test_look_ups_are_for_who_took_the_photo_in(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    two.add(BACK, "B")
    one.adoption.begin(one.now)
    assert one.adoption.is_open
    assert not two.adoption.is_open
    assert one.look_first.is_looking("main")
    assert not two.look_first.is_looking("main")
    assert two.look_first.to_look_for("main", two.now, 5) == []
    # While one looks through the catalogue, nothing of that product is sent by anybody.
    assert two.queue.claim("main", two.now) is None


def test_a_machine_that_is_new_has_everything_looked_up(one: Shelf, two: Shelf) -> None:
    one.add(FRONT, "A")
    assert not ServiceState(one.db).is_new()
    assert ServiceState(two.db).is_new()


def test_each_machine_says_how_it_is(one: Shelf, two: Shelf) -> None:
    first, second = ServiceState(one.db), ServiceState(two.db)
    first.pause("folder:/studio", "away", None)
    second.pause("folder:/studio", "silent", 5.0)
    first.identify(FOLDER, (1, 2))
    second.remember_mounts(FOLDER, {FOLDER: (3, 4)})
    second.set_pass_seconds(FOLDER, 2.0)
    assert [note.reason for note in first.pauses()] == ["away"]
    assert second.identities() == {}
    assert (first.mounts(FOLDER), second.mounts(FOLDER)) == ({}, {FOLDER: (3, 4)})
    assert (first.pass_seconds(), second.pass_seconds()) == ({}, {FOLDER: 2.0})
    first.started(7, 9.0, "studio")
    assert (first.pauses(), [note.reason for note in second.pauses()]) == ([], ["silent"])
    second.forget_mounts_but([])
    assert second.mounts(FOLDER) == {}


def test_the_file_of_a_photo_that_another_machine_settled_is_not_looked_for_there(one: Shelf, two: Shelf) -> None:
    """What stands at its path there is another file, and must not be put away in its place."""
    photo = one.add(FRONT, "A")
    assert [Places(shelf.db).is_here(photo) for shelf in (one, two)] == [True, False]


def test_a_photo_of_another_machine_is_tried_again_without_its_disk(one: Shelf, two: Shelf) -> None:
    """Whoever asks for it can't know whether it is there: its own machine looks."""
    first = one.add(FRONT, "A")
    one.remove(FRONT)
    assert two.retrying.retry(one.again(first), two.now).sentence is Said.LOOKED_AT


def test_what_is_replaced_here_is_concluded_here(one: Shelf, two: Shelf) -> None:
    """Here a file may still be waiting to be looked at that stands for it."""
    one.add(FRONT, "A")
    old = one.upload()
    one.add(f"{GTIN}__Front__2.jpg", "B")
    one.upload()
    one.disk.rename(old.path.replace(b"Front", b"Front__2"), old.path)
    one.look(FRONT)
    two.incoming.conclude(two.now)
    assert one.again(old).state is State.UPLOADED
    one.incoming.conclude(one.now)
    assert one.again(old).state is State.SUPERSEDED


def test_an_image_that_is_gone_is_sent_again_by_the_machine_that_has_its_file(one: Shelf, two: Shelf) -> None:
    """Whichever is told to: of another machine's files the record speaks."""
    photo = two.add(FRONT, "A")
    two.upload()
    image_id = two.again(photo).image_id
    audits = Audits(one.db)
    since = audits.begin("main", one.now)
    audits.conclude("main", GTIN, since, [Difference(Kind.MISSING, photo.id, image_id, "It is gone.")])
    (found,) = audits.differences()
    two.db.change("UPDATE photo SET put_away = 1")  # deleted there, once it was uploaded
    assert not Mending(one.db).take_on(found, one.now)
    two.db.change("UPDATE photo SET put_away = 0")
    assert not Mending(two.db).take_on(found, two.now)  # and the disk, where that is here
    assert Mending(one.db).take_on(found, one.now)
    assert two.again(photo).state is State.QUEUED
