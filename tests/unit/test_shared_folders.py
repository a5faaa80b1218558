"""Folders that several machines have at the same path: one of them takes in what is there, until it is gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from folder_sync.errors import Refused, StoreLapsed
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.photo import State
from folder_sync.rules.arrivals import Same
from folder_sync.service.disposing import AfterPolicy
from folder_sync.service.folders import Folder
from folder_sync.service.supervisor import Service
from folder_sync.service.tidying import Tidier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.shared_folders import (
    AWAY_SECONDS,
    LOOK_SECONDS,
    SILENT_SECONDS,
    TELL_SECONDS,
    SendingForOthers,
    SharedFolders,
)
from folder_sync.service.watch.unshared_folders import take_back
from folder_sync.store.adoption import Adoption
from folder_sync.store.conversions import Conversions
from folder_sync.store.incoming import Incoming
from folder_sync.store.places import Places
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unshared import Unshared
from folder_sync.store.unwatched import Unwatched
from folder_sync.store.whose import Whose, shared_name
from tests.support.postgres import on_machine
from tests.support.shelf import FOLDER, GTIN, OTHER_GTIN, Shelf

FRONT, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg"
OTHER = f"{OTHER_GTIN}__Front.jpg"
SHARED = FOLDER + b"/nas"


def at_work(store: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(store)
    shelf.db.lease.renew(70.0)
    yield shelf
    shelf.db.close()


@pytest.fixture
def one(place: PostgresStore) -> Iterator[Shelf]:
    """Takes the shared folder in."""
    for shelf in at_work(on_machine("set 1", place, [SHARED])):
        assert shelf.db.lease.take_in(SHARED)
        yield shelf


@pytest.fixture
def two(place: PostgresStore, one: Shelf) -> Iterator[Shelf]:
    yield from at_work(on_machine("set 2", place, [SHARED]))


def declared_over(place: PostgresStore, name: str) -> None:
    place.ask("UPDATE worker SET is_over = 1, is_settled = 1 WHERE machine = %s", name)


def test_whose_a_path_is() -> None:
    whose = Whose("set 1", frozenset({b"/nas", b"/nas/inner", b"/other/"}))
    assert [whose.of(path) for path in (b"/nas", b"/nas/a.jpg", b"/nasty/a.jpg", b"/")] == [
        shared_name(b"/nas"),
        shared_name(b"/nas"),
        "set 1",
        "set 1",
    ]
    assert whose.of(b"/nas/inner/a.jpg") == shared_name(b"/nas/inner")
    assert whose.of(b"/other/a.jpg") == shared_name(b"/other/")
    assert whose.names([b"/nas", b"/unknown"]) == ("set 1", shared_name(b"/nas"))
    assert Whose("").of(b"/nas/a.jpg") == ""


def test_one_machine_takes_it_in(one: Shelf, two: Shelf) -> None:
    assert two.db.lease.is_taken_in(SHARED) is False
    one.db.lease.settle(SHARED)
    two.db.lease.settle(SHARED)
    assert two.db.lease.is_taken_in(SHARED) is True
    assert not two.db.lease.take_in(SHARED)
    assert one.db.lease.take_in(SHARED)
    assert (one.db.watchers, two.db.watchers) == (("set 1", shared_name(SHARED)), ("set 2",))


def test_another_has_it_when_that_one_leaves_it_ends_or_is_gone(place: PostgresStore, one: Shelf, two: Shelf) -> None:
    one.db.lease.leave(SHARED)
    assert one.db.lease.is_taken_in(SHARED) is None
    assert one.db.watchers == ("set 1",)
    assert two.db.lease.take_in(SHARED)
    assert not one.db.lease.take_in(SHARED)
    declared_over(place, "set 2")
    assert one.db.lease.take_in(SHARED)
    with pytest.raises(StoreLapsed):
        two.db.lease.take_in(SHARED)
    three = on_machine("set 3", place, [SHARED]).open(create=True)
    assert not three.lease.take_in(SHARED)
    one.db.close()
    assert three.lease.take_in(SHARED)
    three.close()


def test_who_begins_anew_asks_for_it_anew(place: PostgresStore, one: Shelf, two: Shelf) -> None:
    declared_over(place, "set 1")
    one.db.lease.begin_anew()
    assert two.db.lease.take_in(SHARED)
    assert not one.db.lease.take_in(SHARED)


def test_the_records_go_on_with_the_next_machine(place: PostgresStore, one: Shelf, two: Shelf) -> None:
    """It knows the files, asks its own disk about them, and sends what is left."""
    name, renamed = f"nas/{FRONT}", f"nas/{OTHER}"
    sent = one.add(name, "A")
    one.upload()
    left = one.add(renamed, "B")
    assert {photo.watcher for photo in (sent, left)} == {shared_name(SHARED)}
    assert two.expected.fingerprints(SHARED).keys() == {FRONT.encode(), OTHER.encode()}
    declared_over(place, "set 1")
    assert two.db.lease.take_in(SHARED)
    two.disk.files = dict(one.disk.files)
    assert two.take_in(name) == (Same(two.again(sent)), two.again(sent))
    assert two.upload().id == left.id
    two.remove(name)
    assert two.again(sent).is_gone


def test_all_machines_send_what_one_has_taken_in(one: Shelf, two: Shelf) -> None:
    first, second = one.add(f"nas/{FRONT}", "A"), one.add(f"nas/{OTHER}", "B")
    assert [one.claim().id, two.claim().id] == [first.id, second.id]
    one.end(first_sent := one.again(first), one.image(first_sent))
    two.end(second_sent := two.again(second), two.image(second_sent))
    assert [one.state(f"nas/{name}") for name in (FRONT, OTHER)] == [State.UPLOADED] * 2


def test_what_was_converted_to_be_sent_for_another_is_kept_until_it_has_gone(one: Shelf, two: Shelf) -> None:
    photo = one.add(f"nas/{FRONT}", "A")
    one.db.change(
        "UPDATE photo SET recipe = 'r', sent_sha256 = sha256, sent_size = size, sent_format = format WHERE id = :id",
        {"id": photo.id},
    )
    assert Conversions(two.db).in_use() == Conversions(one.db).in_use() == {(photo.sha256, "r")}


def test_what_is_asked_about_is_asked_by_who_takes_it_in(one: Shelf, two: Shelf) -> None:
    photo = one.add(f"nas/{FRONT}", "A")
    one.claim()
    one.step(one.again(photo), State.UNCONFIRMED, one.now)
    assert two.queue.due("main", State.UNCONFIRMED, two.now, 5) == []
    assert [found.id for found in one.queue.due("main", State.UNCONFIRMED, one.now, 5)] == [photo.id]
    one.adoption.begin(one.now)
    one.step(one.again(photo), State.QUEUED)
    one.db.change("UPDATE photo SET look_first = 1")
    assert (one.look_first.is_looking("main"), two.look_first.is_looking("main")) == (True, False)
    assert two.queue.claim("main", two.now) is None


def test_a_machine_without_the_folder_sends_nothing_of_it(place: PostgresStore, one: Shelf, two: Shelf) -> None:
    one.add(f"nas/{FRONT}", "A")
    assert two.queue.claim("main", two.now, away=[SHARED]) is None
    stranger = Shelf(on_machine("set 3", place))
    assert stranger.queue.claim("main", stranger.now) is None
    stranger.db.close()


def test_its_own_photos_and_those_of_the_folder_take_turns(one: Shelf) -> None:
    own = [one.add(f"{number:014d}__Front.jpg", str(number)) for number in (17, 24, 31)]
    shared = [one.add(f"nas/{number:014d}__Front.jpg", str(number)) for number in (48, 55)]
    claimed = [one.claim() for _ in range(5)]
    assert {photo.id for photo in claimed} == {photo.id for photo in (*own, *shared)}
    assert [photo.watcher for photo in claimed[:4]] in (
        ["set 1", shared_name(SHARED)] * 2,
        [shared_name(SHARED), "set 1"] * 2,
    )
    assert one.queue.next_time("main", one.now) is None
    assert not one.queue.claimable("main", one.now)


def test_a_file_renamed_from_its_own_folder_into_the_shared_one_is_followed(one: Shelf) -> None:
    photo = one.add(FRONT, "A")
    one.upload()
    one.rename(FRONT, f"nas/{FRONT}")
    followed = one.again(photo)
    assert (followed.watcher, followed.state) == (shared_name(SHARED), State.UPLOADED)


def test_what_stood_in_a_folder_that_is_shared_from_now_on_is_known_there(place: PostgresStore) -> None:
    alone = Shelf(on_machine("set 1", place))
    photo = alone.add(f"nas/{FRONT}", "A")
    alone.upload()
    alone.db.close()
    shelf = Shelf(on_machine("set 1", place, [SHARED]))
    assert shelf.db.lease.take_in(SHARED)
    shelf.disk.files = dict(alone.disk.files)
    shelf.take_in(f"nas/{FRONT}")
    assert shelf.again(photo).watcher == shared_name(SHARED)
    assert shelf.again(photo).state is State.UPLOADED
    shelf.db.close()


def test_what_a_machine_knew_of_a_folder_that_another_takes_in_now_goes_there(place: PostgresStore) -> None:
    """Each batch of what it watches no longer ends, and nothing of the folder's own records is judged by it."""
    alone = Shelf(on_machine("set 1", place))
    photo = alone.add(f"nas/{FRONT}", "A")
    taker = Shelf(on_machine("set 2", place, [SHARED]))
    assert taker.db.lease.take_in(SHARED)
    taker.disk.files = dict(alone.disk.files)
    copy = taker.add(f"nas/{FRONT}", "A")
    assert copy.duplicate_of == photo.id
    other = taker.add(f"nas/{BACK}", "B")
    alone.db.close()
    standby = Shelf(on_machine("set 1", place, [SHARED]))
    list(Unwatched(standby.db, standby.incoming).leave([FOLDER + b"/own"], standby.now))
    assert standby.again(photo).watcher == shared_name(SHARED)
    assert [taker.again(one).state for one in (photo, other)] == [State.QUEUED] * 2
    assert not taker.again(other).is_gone
    for shelf in (taker, standby):
        shelf.db.close()


def test_what_has_to_be_looked_up_first_goes_with_the_folder(place: PostgresStore, one: Shelf, two: Shelf) -> None:
    """Its machine was adopting what the catalogue has, and went before it was through."""
    one.adoption.begin(one.now)
    assert one.adoption.look_from(shared_name(SHARED), one.now) is not None
    declared_over(place, "set 1")
    assert two.db.lease.take_in(SHARED)
    adoption = Adoption(two.db)
    assert adoption.is_open
    assert adoption.look_from("set 2", two.now) is None
    incoming = Incoming(two.db, adoption)
    two.incoming = incoming
    assert two.db.read("SELECT 1 FROM photo") == []
    shared, own = two.add(f"nas/{FRONT}", "A"), two.add(BACK, "B")
    looked_for = two.look_first.to_look_for("main", two.now, 5)
    assert [photo.id for photo in looked_for] == [shared.id]
    assert own.watcher == "set 2"
    adoption.end()
    assert not Adoption(two.db).is_open
    assert one.db.read("SELECT watcher FROM adoption") == [("set 1",)]


def test_whose_records_are_behind_sends_nothing_of_a_shared_folder_unasked(one: Shelf, two: Shelf) -> None:
    """It sends what another machine has taken in, too."""
    photo = one.add(f"nas/{FRONT}", "A")
    two.adoption.begin(two.now, is_new=True)
    assert two.queue.claimable("main", two.now)
    two.adoption.begin(two.now)
    assert two.queue.claim("main", two.now) is None
    assert [found.id for found in one.look_first.to_look_for("main", one.now, 5)] == [photo.id]


def test_the_file_of_another_machine_is_not_put_away_for_the_record_that_went_there(one: Shelf, two: Shelf) -> None:
    """The record was read before it moved: at the same path of the other machine its photo stands."""
    stale = one.add(FRONT, "A")
    two.add(FRONT, "A")
    one.remove(FRONT)
    assert one.again(stale).watcher == "set 2"
    assert Places(one.db).put_away(stale, b"/studio/uploaded/a.jpg") is None
    assert Places(two.db).put_away(two.again(stale), b"/studio/uploaded/a.jpg") is not None


def test_who_takes_it_in_forgets_nothing_that_another_machine_is_putting_away(
    place: PostgresStore, tmp_path: Path
) -> None:
    """Its record says where the file will be before it is there."""
    root = os.fsencode(tmp_path)
    taker, sender = (Shelf(on_machine(name, place, [root])) for name in ("set 1", "set 2"))
    assert taker.db.lease.take_in(root)
    stands, away = tmp_path / FRONT, tmp_path / "rejected" / FRONT
    away.parent.mkdir()
    stands.write_text("A")
    photo = taker.add(os.fspath(stands), "A")
    sender.end(sender.claim(), Refused("The title is rude.", status=422, code="api_validation_error"))
    places = Places(taker.db)
    tidier = Tidier(AfterPolicy(rejected="move"), [folder_at(root)], places, lambda: 0.0)
    assert Places(sender.db).put_away(sender.again(photo), os.fsencode(away)) is not None
    tidier.sweep(folder_at(root))
    assert taker.again(photo).path == os.fsencode(away)
    stands.rename(away)
    tidier.sweep(folder_at(root))
    assert taker.again(photo).state is State.REJECTED
    away.unlink()
    tidier.sweep(folder_at(root))
    assert taker.photo_queries.by_id(photo.id) is None
    for shelf in (taker, sender):
        shelf.db.close()


@pytest.fixture
def left(place: PostgresStore, tmp_path: Path) -> Iterator[Shelf]:
    """A machine's own records, beside those of a folder that was shared: one photo is queued, one uploaded."""
    root = os.fsencode(tmp_path)
    taker = Shelf(on_machine("set 2", place, [root]))
    assert taker.db.lease.take_in(root)
    for name in (FRONT, BACK):
        (tmp_path / name).write_text(name)
        taker.add(os.fspath(tmp_path / name), name)
    taker.upload()
    taker.db.close()
    shelf = Shelf(on_machine("set 1", place))
    shelf.disk.files = dict(taker.disk.files)
    yield shelf
    shelf.db.close()


def taken_back(shelf: Shelf, root: Path) -> list[str]:
    own = replace(folder_at(os.fsencode(root)), is_shared=False)
    take_back([own], shelf.db.lease, Unshared(shelf.db, batch=1))
    return [watcher for (watcher,) in shelf.db.read("SELECT watcher FROM photo ORDER BY id")]


def test_the_records_of_a_folder_that_is_shared_no_more_are_those_of_its_machine(left: Shelf, tmp_path: Path) -> None:
    assert left.queue.claim("main", left.now) is None
    assert taken_back(left, tmp_path) == ["set 1", "set 1"]
    assert isinstance(left.take_in(os.fspath(tmp_path / FRONT))[0], Same)
    assert left.claim().id == 2
    assert taken_back(left, tmp_path) == ["set 1", "set 1"]


def test_what_was_taken_for_a_copy_meanwhile_is_the_photo_itself(left: Shelf, tmp_path: Path) -> None:
    copy = left.add(os.fspath(tmp_path / BACK), BACK)
    assert copy.duplicate_of == 2
    assert taken_back(left, tmp_path) == ["set 1", "set 1"]
    assert left.claim().id == 2


def test_records_of_a_folder_that_others_take_in_or_that_is_another_one_here_stay(
    place: PostgresStore, left: Shelf, tmp_path: Path
) -> None:
    shared = shared_name(os.fsencode(tmp_path))
    taker = on_machine("set 2", place, [os.fsencode(tmp_path)]).open(create=True)
    assert taker.lease.take_in(os.fsencode(tmp_path))
    assert taken_back(left, tmp_path) == [shared, shared]
    taker.close()
    (tmp_path / FRONT).unlink()
    assert taken_back(left, tmp_path) == [shared, shared]


def folder_at(root: bytes) -> Folder:
    ignore = IgnoreRules(root, (), ())
    return Folder(root, "main", recursive=True, backend="native", poll_seconds=5.0, ignore=ignore, is_shared=True)


# When to look for another


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def out_of_reach(shelf: Shelf) -> Iterator[None]:
    database = cast("Database", shelf.db)
    where, database._where = database._where, "host=/nowhere"
    database._connection.close()
    yield
    database._where, database._again_at = where, 0.0


class Machine:
    def __init__(self, store: PostgresStore, root: Path) -> None:
        self.clock = Clock()
        self.shelf = Shelf(on_machine(store.watcher, store, [os.fsencode(root)]))
        self.shelf.db.lease.renew(70.0)
        self.root = os.fsencode(root)
        self.folders = self.begin()

    def begin(self) -> SharedFolders:
        lease, state = self.shelf.db.lease, ServiceState(self.shelf.db)
        return SharedFolders(
            [folder_at(self.root)], lease, self.shelf.expected, state, answer_seconds=5.0, clock=self.clock
        )

    def leave_mark(self) -> None:
        Path(os.fsdecode(self.root), ".folder-sync-mark").write_text("{}")

    def expect_photo(self) -> None:
        """As if one stood there when it was last looked at."""
        self.shelf.db.change(
            "INSERT INTO photo (watcher, folder, name, account, title, is_primary, state, reason_code, size, mtime_ns,"
            " ctime_ns, arrival, first_seen, changed_at) VALUES (:watcher, :folder, :name, 'main', '', 0, 'rejected',"
            " 'bad_name', 1, 1, 1, 1, 1.0, 1.0)",
            {"watcher": shared_name(self.root), "folder": self.root, "name": b"a.jpg"},
        )

    def pauses(self) -> list[str]:
        return [pause.reason for pause in ServiceState(self.shelf.db).pauses()]

    def sends(self) -> bool:
        """Whether it sends what another machine has taken in."""
        return self.folders.sends_for_others

    def wait(self, seconds: float) -> bool:
        """Whether something has changed after so long."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now += LOOK_SECONDS
            self.folders.do(lambda: False)
        return self.folders.has_changed


@pytest.fixture
def machines(place: PostgresStore, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    root = tmp_path / "nas"
    root.mkdir()
    machines = (Machine(place, root), Machine(on_machine("set 2", place), root))
    yield machines
    for machine in machines:
        machine.shelf.db.close()


def test_the_first_takes_it_in_and_the_second_waits(machines: tuple[Machine, Machine]) -> None:
    first, second = machines
    assert first.folders.settle() == {first.root}
    assert second.folders.settle() == frozenset()
    assert not first.wait(600.0)
    assert not first.sends()
    assert second.folders.away == {second.root}  # until it was looked at
    assert not second.wait(600.0)
    assert not second.sends()  # nor before the first knows what has to be looked up
    first.leave_mark()
    first.folders.announce()
    assert not second.wait(LOOK_SECONDS)
    assert second.sends()
    assert second.folders.away == frozenset()
    shutil.rmtree(os.fsdecode(second.root))
    assert not second.wait(LOOK_SECONDS)
    assert second.folders.away == {second.root}
    assert not second.sends()


def test_workers_are_rung_for_what_another_machine_has_taken_in(machines: tuple[Machine, Machine]) -> None:
    first, second = machines
    for machine, rings in ((first, 0), (second, 1)):
        machine.folders.settle()
        machine.folders.announce()
        machine.leave_mark()
        machine.wait(LOOK_SECONDS)
        wakeup = Wakeup()
        before = wakeup.rings
        SendingForOthers(machine.folders, wakeup).do(lambda: False)
        assert wakeup.rings - before == rings


def test_the_second_has_it_within_a_minute_when_the_first_is_gone(
    place: PostgresStore, machines: tuple[Machine, Machine]
) -> None:
    first, second = machines
    first.folders.settle()
    second.folders.settle()
    declared_over(place, "studio")
    assert second.wait(LOOK_SECONDS)
    assert second.begin().settle() == {second.root}


def test_whose_mount_is_gone_stands_back(machines: tuple[Machine, Machine], tmp_path: Path) -> None:
    first, second = machines
    root = tmp_path / "nas"
    first.leave_mark()
    (root / "a.jpg").touch()
    first.folders.settle()
    second.folders.settle()
    first.expect_photo()
    (root / ".folder-sync-mark").rename(tmp_path / "mark")
    assert not first.wait(AWAY_SECONDS - LOOK_SECONDS)
    assert first.wait(2 * LOOK_SECONDS)
    first.folders = first.begin()
    assert first.folders.settle() == frozenset()
    assert not second.wait(LOOK_SECONDS)  # it is the same disk in this test
    (tmp_path / "mark").rename(root / ".folder-sync-mark")
    assert second.wait(LOOK_SECONDS)
    second.folders = second.begin()
    assert second.folders.settle() == {second.root}
    assert not first.wait(600.0)


def test_a_place_that_was_taken_for_the_folder_before_there_were_photos_is_left_to_others(
    machines: tuple[Machine, Machine],
) -> None:
    """A service has left its mark in the place at which nothing was mounted then, as now."""
    first, _ = machines
    first.leave_mark()
    first.expect_photo()
    assert first.folders.settle() == frozenset()
    assert not first.wait(TELL_SECONDS + LOOK_SECONDS)
    name = os.fsdecode(first.root)
    assert first.pauses() == [f"{name} is empty, although photos should be in it. Is it mounted?"]
    Path(name, "a.jpg").touch()
    assert first.wait(LOOK_SECONDS)
    assert first.pauses() == []
    assert first.begin().settle() == {first.root}


def test_a_folder_without_the_mark_of_who_takes_it_in_is_another_one(machines: tuple[Machine, Machine]) -> None:
    """One of the two has not mounted it, before there are photos, and was first."""
    first, second = machines
    first.folders.settle()
    first.folders.announce()
    second.folders.settle()
    assert not second.wait(TELL_SECONDS - LOOK_SECONDS)
    assert second.pauses() == []
    assert not second.wait(2 * LOOK_SECONDS)
    assert second.folders.away == {second.root}
    lacks = "lacks the mark of those that have taken it in. Is it mounted, on this machine and on theirs?"
    assert second.pauses() == [f"{os.fsdecode(second.root)} {lacks}"]
    second.leave_mark()
    assert not second.wait(LOOK_SECONDS)
    assert second.pauses() == []
    assert second.folders.away == frozenset()


def test_a_mount_that_comes_back_in_time_changes_nothing(machines: tuple[Machine, Machine], tmp_path: Path) -> None:
    first, _ = machines
    first.folders.settle()
    (tmp_path / "nas").rmdir()
    assert not first.wait(AWAY_SECONDS - LOOK_SECONDS)
    (tmp_path / "nas").mkdir()
    assert not first.wait(LOOK_SECONDS)
    (tmp_path / "nas").rmdir()
    assert not first.wait(AWAY_SECONDS - LOOK_SECONDS)


def test_a_share_that_does_not_answer_is_not_asked_by_ever_more_threads(
    machines: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = machines
    first.folders.settle()
    asked: list[float] = []

    def hangs(_question: object, _seconds: float) -> bool:
        asked.append(first.clock.now)
        raise TimeoutError

    monkeypatch.setattr("folder_sync.service.watch.shared_folders.call_with_timeout", hangs)
    assert first.wait(2 * SILENT_SECONDS)
    assert len(asked) == 2


def test_whoever_sends_from_a_share_that_does_not_answer_is_replaced(
    machines: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another machine takes it in: all workers waited for it, and its own photos for them."""
    first, second = machines
    first.folders.settle()
    second.folders.settle()

    class Workers:
        behind: frozenset[bytes] = frozenset()

        def leave_behind(self, silent: frozenset[bytes]) -> None:
            self.behind = silent

    class Watched:
        silent = frozenset({b"/own"})

    workers, unused = Workers(), cast("Any", None)
    service = Service(
        [],
        cast("Any", Workers()),
        cast("Any", workers),
        unused,
        recovery=unused,
        availability=cast("Any", Watched()),
        summary=unused,
        systemd=unused,
        notifier=None,
        audit_rounds=None,
        heartbeat=None,
        shared_folders=second.folders,
        shutdown_seconds=1.0,
    )

    def hangs(_question: object, _seconds: float) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr("folder_sync.service.watch.shared_folders.call_with_timeout", hangs)
        second.wait(LOOK_SECONDS)
        first.wait(LOOK_SECONDS)
    service._mind_the_folders()
    assert workers.behind == {b"/own", second.root}
    assert first.folders.silent == frozenset()  # who takes it in has threads that ask, and knows better
    second.wait(SILENT_SECONDS)
    service._mind_the_folders()
    assert workers.behind == {b"/own"}


def test_records_out_of_reach_right_after_the_start_do_not_end_the_service(machines: tuple[Machine, Machine]) -> None:
    """It says later what the others wait for."""
    first, second = machines
    first.folders.settle()
    with out_of_reach(first.shelf):
        first.folders.announce()
    assert second.shelf.db.lease.is_taken_in(first.root) is False
    first.wait(LOOK_SECONDS)
    assert second.shelf.db.lease.is_taken_in(first.root) is True


def test_who_takes_it_in_is_known_to_everybody(one: Shelf, two: Shelf) -> None:
    def takers() -> dict[str, list[str]]:
        return {machine.name: list(machine.takes_in) for machine in two.db.machines()}

    one_, two_ = one.db.store.lock(), two.db.store.lock()
    assert (takers()["set 1"], takers()["set 2"]) == (["/studio/nas"], [])
    one.db.lease.leave(SHARED)
    assert takers()["set 1"] == []
    one_.release()
    two_.release()
