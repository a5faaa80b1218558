"""Several machines on one schema: each has a name, a lease of its own, and writes only while it stands."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from folder_sync.cli import run
from folder_sync.cli.status import sheet_of
from folder_sync.errors import AlreadyRunning, StoreLapsed, StoreTaken
from folder_sync.messages.message import Message, SendResult
from folder_sync.messages.process import SenderProcess, Target
from folder_sync.photo import State
from folder_sync.report.checks.database import check
from folder_sync.report.status import as_json, status
from folder_sync.rules.noticing import Kind
from folder_sync.service.audit.account import AccountAudit
from folder_sync.service.audit.rounds import AuditRounds
from folder_sync.service.housekeeping import GivenUp, OnOneMachine
from folder_sync.service.notify.monitor import Monitor
from folder_sync.service.notify.notifier import Notifier
from folder_sync.service.taking_over import LOOK_SECONDS, ForgottenMachines, TakeOvers
from folder_sync.service.wakeup import Wakeup
from folder_sync.settings import Settings
from folder_sync.store import ports
from folder_sync.store.audit import Audits
from folder_sync.store.notification_log import NotificationLog
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Row
from folder_sync.store.postgres import database
from folder_sync.store.postgres.clock import Clock
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.lease import MARGIN_SECONDS, Lease
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.postgres.workers import FORGOTTEN_SECONDS, LEASE_SECONDS, SILENT_SECONDS
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import ServiceState, WatchRemark, WatchStatus
from folder_sync.version import program_version
from tests.support.leased import REQUEST_SECONDS, leased_shelf
from tests.support.postgres import on_machine
from tests.support.shelf import GTIN, Shelf
from tests.support.waiting import wait_for

ONE = f"{GTIN}__One.jpg"


@pytest.fixture
def shelf(place: PostgresStore) -> Iterator[Shelf]:
    with leased_shelf(place) as shelf:
        yield shelf


@pytest.fixture
def other(place: PostgresStore, shelf: Shelf) -> Iterator[Database]:
    """At work on the same schema, on another machine."""
    other = on_machine("studio2", place).open(create=True)
    other.lease.renew(REQUEST_SECONDS)
    yield other
    other.close()


def declared_over(place: PostgresStore, name: str) -> None:
    place.ask("UPDATE worker SET is_over = 1 WHERE machine = %s", name)


def connection_of(database: object) -> psycopg.Connection[Row]:
    assert isinstance(database, Database)
    return database._connection


def test_two_machines_write_side_by_side(shelf: Shelf, other: Database) -> None:
    shelf.add(ONE, "A")
    other.change("UPDATE photo SET note = 'theirs'")
    shelf.db.change("UPDATE photo SET note = note || ' and ours'")
    assert other.read("SELECT note FROM photo") == [("theirs and ours",)]


def test_two_of_one_name_do_not(place: PostgresStore, shelf: Shelf) -> None:
    with pytest.raises(AlreadyRunning, match=rf'process {os.getpid()}\) already works on .* as "studio"'):
        place.open(create=True)


def test_any_name_is_one(place: PostgresStore) -> None:
    for name in ("Müllers 'Set' 100%", ""):
        machine = on_machine(name, place)
        working = machine.open(create=True)
        with pytest.raises(AlreadyRunning):
            machine.open(create=True)
        working.lease.renew(REQUEST_SECONDS)
        working.change("UPDATE photo SET note = ''")
        working.close()
        assert machine.holder() is None


def test_each_has_its_own_doubt(place: PostgresStore, shelf: Shelf) -> None:
    """What became of one machine says nothing of another."""
    first = on_machine("studio2", place).open(create=True)
    first.lease.renew(REQUEST_SECONDS)
    connection_of(first).close()
    third = on_machine("studio3", place).open(create=True)
    assert third.lease.doubtful_seconds() == 0
    third.close()


def test_who_was_killed_on_this_machine_is_followed_at_once(place: PostgresStore, shelf: Shelf) -> None:
    """And who lives is not, nor who may live on another one."""
    with subprocess.Popen(["sleep", "600"]) as living:
        place.ask("UPDATE worker SET pid = %s", living.pid)
        with pytest.raises(AlreadyRunning, match=f"process {living.pid}"):
            place.open(create=True)
        living.kill()
    place.ask("UPDATE worker SET kernel = 'another ' || kernel")
    with pytest.raises(AlreadyRunning, match=f"process {living.pid}"):
        place.open(create=True)
    place.ask("UPDATE worker SET kernel = substr(kernel, 9)")
    place.open(create=True).close()


def test_records_that_go_away_are_nobodys_meanwhile(place: PostgresStore, shelf: Shelf) -> None:
    beside = on_machine("office", place)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        beside.lock(alone=True)
    shelf.db.close()
    lock = beside.lock(alone=True)
    for begin in (lambda: place.open(create=True), lambda: beside.lock(alone=True)):
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
            begin()
    lock.release()
    place.open(create=True).close()


def test_who_was_silent_while_the_records_went_away_writes_no_more(place: PostgresStore, shelf: Shelf) -> None:
    """Its process was halted, say. Nor does it begin anew, where it was declared over before."""
    beside = on_machine("office", place)
    silent(place, "studio")
    beside.lock(alone=True).release()
    with pytest.raises(StoreTaken):
        shelf.db.change("UPDATE photo SET note = 'late'")
    with pytest.raises(StoreTaken):
        shelf.db.lease.begin_anew()
    successor = place.open(create=True)
    assert successor.lease.doubtful_seconds() > REQUEST_SECONDS - 10, "what it sent may still arrive"
    successor.close()


def test_who_was_declared_over_writes_nothing_and_may_read(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    """A machine without a network, or a halted process, comes back and knows nothing of it."""
    photo = shelf.add(ONE, "A")
    assert shelf.claim().state is State.UPLOADING
    before = place.ask("SELECT times FROM written")
    declared_over(place, "studio")
    with pytest.raises(StoreLapsed):
        shelf.step(photo, State.QUEUED)
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")
    assert place.ask("SELECT times FROM written") == before
    assert shelf.db.read("SELECT state, note FROM photo") == [("uploading", "")]
    with pytest.raises(StoreLapsed):
        shelf.db.lease.renew(REQUEST_SECONDS)
    assert not shelf.db.lease.holds()
    other.change("UPDATE photo SET note = 'theirs'")


def test_who_writes_late_is_not_asked_again_what_it_was_told(place: PostgresStore, shelf: Shelf) -> None:
    """It does not go on sending in the meantime either."""
    assert shelf.db.lease.holds()
    declared_over(place, "studio")
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")
    assert not shelf.db.lease.holds()


def test_who_reconnects_finds_that_it_was_declared_over(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 0.0)
    connection_of(shelf.db).close()
    declared_over(place, "studio")
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")


def test_a_command_beside_the_services_is_not_held_to_it(place: PostgresStore, shelf: Shelf) -> None:
    """As `retry` is, and the page."""
    shelf.add(ONE, "A")
    declared_over(place, "studio")
    command = place.open()
    command.change("UPDATE photo SET note = 'again'")
    assert command.read("SELECT note FROM photo") == [("again",)]
    command.close()


def test_a_name_that_another_took_meanwhile_is_lost(place: PostgresStore, shelf: Shelf) -> None:
    place.ask("UPDATE worker SET token = 'another'")
    with pytest.raises(StoreTaken, match='the name "studio"'):
        shelf.db.change("UPDATE photo SET note = 'late'")
    with pytest.raises(StoreTaken):
        shelf.db.lease.renew(REQUEST_SECONDS)


def test_it_costs_no_round_trip_to_know_that_it_stands(shelf: Shelf, tmp_path: os.PathLike[str]) -> None:
    """One to begin, one for the statement, one to end."""
    trace = os.path.join(tmp_path, "trace")
    connection = connection_of(shelf.db)
    with open(trace, "w") as file:
        connection.pgconn.trace(file.fileno())
        shelf.db.change("UPDATE photo SET note = ''")
        connection.pgconn.untrace()
    with open(trace) as file:
        answers = [line for line in file if "ReadyForQuery" in line]
    assert len(answers) == 3


# What a machine that is gone was sending


def silent(place: PostgresStore, name: str, seconds: float = LEASE_SECONDS + 1) -> None:
    """Not heard of for as long as its lease, by the database's clock."""
    place.ask("UPDATE worker SET seen_at = seen_at - %s WHERE machine = %s", seconds, name)


def listen(database: ports.Database, seconds: float = LEASE_SECONDS) -> None:
    """For that long nobody renews a lease, whom this one looks at now and then."""
    lease = lease_of(database)
    clock, passed = lease._clock, 0.0
    lease.gone()
    while passed < seconds:
        passed = min(passed + 10.0, seconds)
        lease._clock = partial(_later, clock, passed)
        lease.gone()
    lease.renew(REQUEST_SECONDS)


def _later(clock: Callable[[], float], seconds: float) -> float:
    return clock() + seconds


def lease_of(database: ports.Database) -> Lease:
    assert isinstance(database.lease, Lease)
    return database.lease


def sending(place: PostgresStore, shelf: Shelf, state: State = State.UPLOADING) -> None:
    shelf.add(ONE, "A")
    shelf.claim()
    place.ask("UPDATE photo SET state = %s, not_before = 7 WHERE id = 1", state)


def take_overs(database: ports.Database, rings: Wakeup | None = None) -> TakeOvers:
    return TakeOvers(
        database.lease,
        Queue(database, "its run").doubts,
        rings or Wakeup(),
        confirm_after_seconds=10.0,
        clock=lambda: 5_000.0,
    )


def never() -> bool:
    return False


def in_doubt(database: ports.Database) -> list[Row]:
    return database.read("SELECT state, owner LIKE 'studio2%', not_before FROM photo")


def test_who_is_heard_of_is_not_gone(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    sending(place, shelf)
    take_overs(other).do(never)
    assert in_doubt(other) == [("uploading", False, 7.0)]


def test_what_a_silent_machine_was_sending_is_asked_about_once_nothing_can_arrive(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    sending(place, shelf)
    listen(other)
    rings = Wakeup()
    before = rings.rings
    with capture_logs() as logs:
        take_overs(other, rings).do(never)
    assert rings.rings != before
    assert [(line["event"], line["machine"], line["unconfirmed"]) for line in logs] == [("machine_gone", "studio", 1)]
    ((state, is_theirs, not_before),) = in_doubt(other)
    assert (state, is_theirs) == ("unconfirmed", True)
    assert 5_000.0 + 10.0 < not_before <= 5_000.0 + REQUEST_SECONDS
    with pytest.raises(StoreLapsed):
        shelf.db.change("UPDATE photo SET note = 'late'")


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_databases_clock_is_set_while_a_machine_is_gone(
    place: PostgresStore, shelf: Shelf, other: Database, hours: int
) -> None:
    """Its lease ends an hour late by that, or at once: neither counts."""
    sending(place, shelf)
    place.ask("UPDATE worker SET seen_at = seen_at - %s WHERE machine = 'studio'", hours * 3600)
    listen(other, LEASE_SECONDS - 1)
    assert other.lease.gone() == []
    shelf.db.lease.renew(REQUEST_SECONDS)
    listen(other, LEASE_SECONDS - 1)
    assert other.lease.gone() == []
    listen(other, 1)
    assert other.lease.gone() == ["studio"]
    take_overs(other).do(never)
    ((state, is_theirs, not_before),) = in_doubt(other)
    assert (state, is_theirs) == ("unconfirmed", True)
    assert 5_000.0 + REQUEST_SECONDS - 1 < not_before <= 5_000.0 + REQUEST_SECONDS


def test_while_nobody_could_look_nobody_could_renew_a_lease(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    """As while the database's host was halted: whoever comes first afterwards must not take all others for gone."""
    sending(place, shelf)
    other.lease.gone()
    lease, clock = lease_of(other), lease_of(other)._clock
    lease._clock = partial(_later, clock, 2 * LEASE_SECONDS)
    assert lease.gone() == []
    listen(other)
    assert lease.gone() == ["studio"]


def test_who_renews_its_lease_at_the_last_moment_is_not_declared_over(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    sending(place, shelf)
    listen(other)
    assert other.lease.gone() == ["studio"]
    shelf.db.lease.renew(REQUEST_SECONDS)
    assert Queue(other, "its run").doubts.take_over("studio", 5_000.0, 10.0) is None
    shelf.db.change("UPDATE photo SET note = 'in time'")


def test_a_machine_that_is_started_anew_after_the_clock_was_set_back(place: PostgresStore, shelf: Shelf) -> None:
    """Nobody can ask the kernel about the service before, and it was heard of in the future."""
    place.ask("UPDATE worker SET seen_at = seen_at + 3600, kernel = 'before it was started'")
    successor = place.open(create=True)
    assert REQUEST_SECONDS < successor.lease.doubtful_seconds() <= REQUEST_SECONDS + LEASE_SECONDS
    successor.close()


def test_what_a_machine_had_to_settle_waits_no_longer_because_the_clock_was_set_back(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    sending(place, shelf, State.UNCONFIRMED)
    place.ask("UPDATE photo SET changed_at = 8600, not_before = 8630")
    listen(other)
    take_overs(other).do(never)
    assert in_doubt(other) == [("unconfirmed", True, 5_030.0)]


def test_what_it_had_to_settle_is_settled_when_it_would_have(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    sending(place, shelf, State.UNCONFIRMED)
    listen(other)
    take_overs(other).do(never)
    assert in_doubt(other) == [("unconfirmed", True, 7.0)]


def test_what_a_service_left_in_doubt_that_ended_is_asked_about_soon(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    sending(place, shelf)
    shelf.db.close()
    take_overs(other).do(never)
    assert in_doubt(other) == [("unconfirmed", True, 5_010.0)]
    assert other.lease.gone() == []


def test_who_is_back_meanwhile_settles_it_itself(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    sending(place, shelf)
    shelf.db.close()
    assert other.lease.gone() == ["studio"]
    back = place.open(create=True)
    assert Queue(other, "its run").doubts.take_over("studio", 5_000.0, 10.0) is None
    assert in_doubt(other) == [("uploading", False, 7.0)]
    back.change("UPDATE photo SET note = ''")
    back.close()


def test_who_takes_over_and_dies_is_followed_by_the_next(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    sending(place, shelf)
    listen(other)
    take_overs(other).do(never)
    third = on_machine("studio3", place).open(create=True)
    listen(third)
    take_overs(third).do(never)
    assert third.read("SELECT state, owner LIKE 'studio3%' FROM photo") == [("unconfirmed", True)]
    third.close()


def test_a_machine_that_starts_again_has_nothing_left_in_doubt_but_has_to_wait(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    """Others declared it over: what it sent may still arrive, whoever asks."""
    listen(other)
    take_overs(other).do(never)
    shelf.db.lease.begin_anew()
    assert REQUEST_SECONDS - 10 < shelf.db.lease.doubtful_seconds() <= REQUEST_SECONDS
    assert not shelf.db.lease.holds()
    shelf.db.lease.renew(REQUEST_SECONDS)
    assert shelf.db.lease.holds()
    shelf.db.change("UPDATE photo SET note = ''")


def test_a_machine_finds_out_that_it_was_taken_for_gone(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    listen(other)
    take_overs(other).do(never)
    with pytest.raises(StoreLapsed):
        take_overs(shelf.db).do(never)


def test_the_times_until_others_take_over_add_up_to_less_than_two_minutes() -> None:
    assert LEASE_SECONDS + REQUEST_SECONDS + 10 * LOOK_SECONDS < 120


def test_a_file_has_one_machine(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "photos.db")
    assert shelf.db.lease.gone() == []
    shelf.db.lease.begin_anew()
    assert Queue(shelf.db, "x").doubts.take_over("studio", 1.0, 1.0) is None
    shelf.db.close()


# One machine does what is done for all


def test_the_machine_that_started_first_leads(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    assert (shelf.db.lease.leads(), other.lease.leads()) == (True, False)
    shelf.db.close()
    assert not shelf.db.lease.leads()
    assert not other.lease.leads()  # it has not heard of it yet
    other.lease.renew(REQUEST_SECONDS)
    assert other.lease.leads()


def test_a_pass_leads_nobody(shelf: Shelf, other: Database) -> None:
    """It tells nobody of anything, and ends soon."""
    shelf.db.lease.stand_back()
    assert not shelf.db.lease.leads()
    for lease in (shelf.db.lease, other.lease):
        lease.renew(REQUEST_SECONDS)
    assert (shelf.db.lease.leads(), other.lease.leads()) == (False, True)
    shelf.db.lease.begin_anew()
    shelf.db.lease.renew(REQUEST_SECONDS)
    assert not shelf.db.lease.leads()
    other.close()
    shelf.db.lease.renew(REQUEST_SECONDS)
    assert shelf.db.lease.leads()


def test_nobody_leads_before_the_other_has_surely_stopped(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    silent(place, "studio")
    other.lease.renew(REQUEST_SECONDS)
    assert not other.lease.leads()
    listen(other)
    take_overs(other).do(never)
    other.lease.renew(REQUEST_SECONDS)
    assert other.lease.leads()
    shelf.db.lease.begin_anew()
    shelf.db.lease.renew(REQUEST_SECONDS)
    other.lease.renew(REQUEST_SECONDS)
    assert (shelf.db.lease.leads(), other.lease.leads()) == (False, True)


def test_who_leads_trusts_that_no_longer_than_its_lease(place: PostgresStore) -> None:
    now = [100.0]
    with place.connect() as connection:
        lease = Lease("photos", "studio", lambda: nullcontext(connection), Clock(), clock=lambda: now[0])
        lease.take(connection)
        assert not lease.leads()
        lease.renew(REQUEST_SECONDS)
        assert lease.leads()
        now[0] += LEASE_SECONDS - MARGIN_SECONDS
        assert not lease.leads()


def test_a_chore_for_all_is_done_by_who_leads(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    done: list[str] = []

    class Noting:
        def do(self, _given_up: GivenUp) -> None:
            done.append("done")

    OnOneMachine(other.lease, Noting()).do(never)
    assert done == []
    OnOneMachine(shelf.db.lease, Noting()).do(never)
    assert done == ["done"]


class Leading:
    """Whether this machine does, and how often that was asked."""

    def __init__(self) -> None:
        self.now = False
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.now

    def change(self) -> None:
        """Returns when it was asked again twice since, so that it has been acted upon."""
        self.now = not self.now
        before = self.asked
        wait_for(lambda: self.asked > before + 2, "it is asked")


class Greeted(SenderProcess):
    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def send(self, _url: str, _message: Message | None) -> SendResult:
        self.times += 1
        return SendResult("json://", "")


def test_people_are_told_by_who_leads_and_what_they_heard_is_read_when_that_changes(tmp_path: Path) -> None:
    shelf, leading, post = Shelf(tmp_path / "photos.db"), Leading(), Greeted()
    state, log = ServiceState(shelf.db), NotificationLog(shelf.db)
    monitor = Monitor(state, shelf.photo_queries, QuotaBook(shelf.db), audits=Audits(shelf.db), is_short={}, places=[])
    notifier = Notifier([Target("1 json", "json://x")], post, log, monitor, 0.01, leads=leading)
    notifier.start()
    wait_for(lambda: leading.asked > 2, "it has looked")
    assert post.times == 0
    for greeted in (1, 2):
        leading.change()
        assert post.times == greeted
        leading.change()
    notifier.stop()
    shelf.db.close()


def test_who_leads_audits(tmp_path: Path) -> None:
    shelf, leading, built = Shelf(tmp_path / "photos.db"), Leading(), Wakeup()

    def build(_wait: object) -> list[AccountAudit]:
        built.ring_all()
        return []

    rounds = AuditRounds(
        build, Audits(shelf.db), ServiceState(shelf.db), every_seconds=1.0, leads=leading, look_seconds=0.01
    )
    rounds.start()
    wait_for(lambda: leading.asked > 2, "it has looked")
    assert built.rings == Wakeup().rings
    leading.change()
    wait_for(lambda: built.rings != Wakeup().rings, "it audits")
    rounds.stop()
    shelf.db.close()


# What is shown of them


def shown(database: ports.Database) -> dict[str, tuple[bool, int | None]]:
    machines = as_json(status(database, {}, 5_000.0))["machines"]
    assert all(machine["seen_at"] and machine["version"] == program_version() for machine in machines)
    assert all((machine["since"] is not None) == machine["running"] for machine in machines)
    return {machine["name"]: (machine["running"], machine["pid"]) for machine in machines}


def test_machines_are_shown_with_their_services(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    running = (True, os.getpid())
    assert shown(shelf.db) == {"studio": running, "studio2": running}
    silent(place, "studio2")
    assert shown(shelf.db) == {"studio": running, "studio2": (False, None)}, "its network may be away"
    other.lease.renew(REQUEST_SECONDS)
    assert shown(shelf.db) == {"studio": running, "studio2": running}
    gone = subprocess.Popen(["true"])
    gone.wait()
    place.ask("UPDATE worker SET pid = %s WHERE machine = 'studio2'", gone.pid)
    assert shown(shelf.db) == {"studio": running, "studio2": (False, None)}, "it was killed"


def test_the_service_of_this_machine_is_meant_and_of_another_only_where_it_has_none(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    """The page may stand on a machine of its own."""
    beside = on_machine("office", place).open(read_only=True)
    assert status(beside, {}, 5_000.0).pid == os.getpid()
    shelf.db.close()
    assert status(beside, {}, 5_000.0).pid == os.getpid()
    mine = place.open(read_only=True)
    assert status(mine, {}, 5_000.0).pid is None
    sheet = "".join(line for line in map(str, sheet_of(status(mine, {}, time.time())).renderables))
    assert "studio2 (process" in sheet
    assert "studio: not running, last heard from at" in sheet
    mine.close()
    beside.close()


def test_status_is_asked_of_the_open_connection_alone(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page and each scrape of the metrics connected anew for it, which takes longer than all they ask."""
    looking = place.open(read_only=True)
    with monkeypatch.context() as patch:
        patch.setattr(place, "where", "host=/nowhere")
        assert (status(looking, {}, 5_000.0).pid, looking.holder()) == (os.getpid(), os.getpid())
    looking.close()


def test_what_is_paused_on_another_machine_is_shown(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    ServiceState(other).pause("folder:/export", "It is not there.", None)
    sheet = "".join(map(str, sheet_of(status(shelf.db, {}, time.time())).renderables))
    assert "Paused on studio2, folder:/export: It is not there." in sheet
    assert status(shelf.db, {}, 1.0).pauses == []
    other.close()
    assert status(shelf.db, {}, 1.0).elsewhere == []


def test_check_names_the_machines(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    shelf.db.close()
    found = [(finding.check, finding.detail) for finding in check(place)][:2]
    assert found[0] == ("database", f"{place.name} works; this machine is studio")
    assert found[1] == ("machines", "studio (not running), studio2 (running)")


def lookout(database: ports.Database) -> Monitor:
    state = ServiceState(database)
    state.started(1, 1.0, database.watcher)
    photos = PhotoQueries(database)
    return Monitor(
        state, photos, QuotaBook(database), audits=Audits(database), is_short={}, places=[], tried_seconds=0.0
    )


def test_a_machine_that_falls_silent_is_told_of_until_it_is_back(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    monitor = lookout(shelf.db)
    silent(place, "studio2")
    take_overs(shelf.db).do(never)
    assert monitor.look(2.0).troubles == [], "a service that was killed may be back soon"
    silent(place, "studio2", SILENT_SECONDS - LEASE_SECONDS)
    (trouble,) = monitor.look(3.0).troubles
    assert (trouble.kind, trouble.subject) == (Kind.MACHINE, "machine:studio2")
    assert trouble.text.startswith("Nothing is heard from studio2, and photos in its own folders wait. Check whether")
    assert [line["silent"] for line in as_json(status(shelf.db, {}, 4.0))["machines"]] == [False, True]
    assert "studio2: silent, last heard from at" in "".join(map(str, sheet_of(status(shelf.db, {}, 4.0)).renderables))
    other.lease.begin_anew()
    assert monitor.look(5.0).troubles == []
    assert trouble.relief == "studio2 is heard from again."


def test_nobody_is_told_of_a_machine_that_was_stopped(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    other.close()
    silent(place, "studio2", 2 * SILENT_SECONDS)
    assert lookout(shelf.db).look(2.0).troubles == []
    assert [line["silent"] for line in as_json(status(shelf.db, {}, 4.0))["machines"]] == [False, False]


def test_a_machine_that_will_not_be_back_is_forgotten_once_nothing_there_waits(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    chore = OnOneMachine(shelf.db.lease, ForgottenMachines(shelf.db.lease))
    shelf.add(ONE, "A")
    place.ask("UPDATE photo SET watcher = 'studio2'")
    silent(place, "studio2", FORGOTTEN_SECONDS - 60)
    listen(shelf.db)
    take_overs(shelf.db).do(never)

    def known() -> list[tuple[str, bool]]:
        chore.do(never)
        return [(machine.name, machine.are_left) for machine in shelf.db.machines()]

    assert known() == [("studio", False), ("studio2", False)]
    silent(place, "studio2", 60)
    assert known() == [("studio", False), ("studio2", True)]
    sheet = "".join(map(str, sheet_of(status(shelf.db, {}, 4.0)).renderables))
    assert "Photos in its folders wait: start it again, or a service by that name elsewhere." in sheet
    place.ask("UPDATE photo SET state = 'missing'")
    with capture_logs() as logs:
        assert known() == [("studio", False)]
    assert [(line["event"], line["machine"]) for line in logs] == [("machine_forgotten", "studio2")]
    assert shelf.db.read("SELECT watcher FROM photo") == [("studio2",)]


def test_who_works_is_not_forgotten_whatever_the_clock_was_set_to(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    silent(place, "studio2", 2 * FORGOTTEN_SECONDS)
    assert shelf.db.lease.forget() == [], "what it left has to be settled first"
    other.lease.renew(REQUEST_SECONDS)
    assert shelf.db.lease.forget() == []


def test_what_was_told_of_a_machine_is_known_wherever_people_are_told_next(shelf: Shelf, other: Database) -> None:
    """That it is back may be for the machine itself to tell."""
    assert all(lookout(one).concerns(f"machine:{name}") for one in (shelf.db, other) for name in ("studio", "studio2"))
    assert not lookout(other).concerns("machine:nobody")


def test_who_leads_tells_of_the_folders_of_others(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    """And of its own under the same name as another one would."""
    first, second = lookout(shelf.db), lookout(other)
    theirs = ServiceState(other)
    theirs.pause("folder:/export", "The folder /export is not there.", None)
    theirs.pause("account:main", "The key is refused.", None)
    theirs.set_watch_status(WatchStatus(b"/export", "polling", None, 5.0, "It is deaf.", WatchRemark.DEAF))
    (gone, deaf) = first.look(2.0).troubles
    assert (gone.subject, gone.text) == (
        "folder:/export on studio2",
        "On studio2: The folder /export is not there.",
    )
    assert deaf.subject == "hearing:/export on studio2"
    assert {gone, deaf} < set(second.look(2.0).troubles)
    assert first.concerns(gone.subject)
    assert not first.concerns("disk:/export on studio2")
    assert not first.concerns("folder:/export on studio")
    other.close()
    silenced = first.look(3.0)
    assert not silenced.troubles
    assert {gone.subject, deaf.subject} <= silenced.unsure


def test_a_service_whose_lapse_is_found_while_it_is_built_begins_anew(
    place: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes in shared folders before anything else is written."""
    opened = place.open(create=True)
    built: list[object] = []

    class Built:
        def recover(self) -> None:
            pass

    def build(*_: object) -> Built:
        built.append(opened.lease)
        if len(built) == 1:
            declared_over(place, "studio")
            opened.lease.take_in(b"/nas")
        return Built()

    monkeypatch.setattr("folder_sync.app.build_service", build)
    assert isinstance(run._begun(Settings.model_construct(), opened), Built)
    assert len(built) == 2
    opened.close()
