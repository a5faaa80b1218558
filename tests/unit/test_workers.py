"""Whose turn it is, what becomes of a claim when something raises, and when a worker is stuck."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from folder_sync.errors import OutcomeUnknown, StoreUnavailable
from folder_sync.photo import Record, State
from folder_sync.rules.outcome import Pause, Policy, Scope, Transition
from folder_sync.rules.quota import Window
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.choosing import EVERYBODYS_TURN, QUESTIONS_SECONDS
from folder_sync.service.delivery.completion import Completion
from folder_sync.service.delivery.jobs import Job, JobKind
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.workers import OUTRUN_SECONDS, Delivery
from folder_sync.service.wakeup import Wakeup
from tests.support.bench import bench_channel
from tests.support.proof import gtin14
from tests.support.shelf import Shelf
from tests.support.waiting import PATIENCE_SECONDS, wait_for

PLENTY, SCARCE = Window(1_000, 60), Window(20, 3_600)


class Nowhere:
    away: frozenset[bytes] = frozenset()


class Bench:
    """Ten photos, then ten heroes, each of a product of its own; what is done about them the test says."""

    def __init__(self, shelf: Shelf, *windows: Window) -> None:
        self.shelf = shelf
        self.time = 0.0
        self.channel: Channel = bench_channel(shelf.db, *windows, policy=Policy(), monotonic=lambda: self.time)
        self.progress = Progress(clock=lambda: self.time)
        self.wakeup = Wakeup()
        self.jobs: list[Job] = []
        self.doing: Callable[[Job], None] = self.jobs.append
        self.delivery = Delivery(
            [self.channel],
            shelf.queue,
            shelf.look_first,
            self,
            availability=Nowhere(),
            wakeup=self.wakeup,
            progress=self.progress,
            completion=Completion(lambda: True),
            concurrency=1,
            longest_step_seconds=5.0,
            clock=lambda: shelf.now,
        )

    def run(self, job: Job) -> None:
        self.doing(job)

    def claimed(self) -> list[tuple[bool, int]]:
        """(hero?, arrival) of everything, in the order in which it is claimed."""
        while len(self.jobs) < 20:
            if self.delivery.step() != 0:
                self.time += self.channel.delay()
        assert {job.kind for job in self.jobs} == {JobKind.UPLOAD}
        photos = [job.photo for job in self.jobs if job.photo is not None]
        return [(photo.is_primary, photo.arrival) for photo in photos]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "photos.db")
    for number in range(20):
        shelf.add(f"{gtin14(number)}__Front{'__primary' if number >= 10 else ''}.jpg", str(number))
    yield shelf
    shelf.db.close()


@pytest.fixture
def bench(shelf: Shelf) -> Iterator[Bench]:
    bench = Bench(shelf, PLENTY)
    yield bench
    bench.channel.close()


def test_while_there_is_plenty_everybody_goes_in_the_order_of_arrival(bench: Bench) -> None:
    arrivals = [arrival for _, arrival in bench.claimed()]
    assert arrivals == sorted(arrivals)
    assert len(arrivals) == 20


def test_while_it_is_short_heroes_go_first_and_every_fifth_turn_is_everybodys(shelf: Shelf) -> None:
    bench = Bench(shelf, SCARCE)
    while not bench.channel.rate_limiter.short():
        bench.channel.rate_limiter.reserve()
    order = bench.claimed()
    heroes = [hero for hero, _ in order]
    assert heroes[:10] == [True, True, True, True, False] * 2
    assert heroes.index(False) == EVERYBODYS_TURN - 1
    for kind in (True, False):
        arrivals = [arrival for hero, arrival in order if hero is kind]
        assert arrivals == sorted(arrivals)
        assert len(arrivals) == 10
    bench.channel.close()


def test_a_burst_puts_a_question_off_for_a_moment_only(bench: Bench) -> None:
    bench.delivery.step()
    bench.delivery.step()  # which looked for a question first
    photo = bench.jobs[0].photo
    assert photo is not None
    bench.shelf.queue.apply(photo, Transition(State.UNCONFIRMED, not_before=bench.shelf.now), bench.shelf.now)
    bench.delivery.step()
    bench.shelf.now += 2 * QUESTIONS_SECONDS
    bench.delivery.step()
    kinds = [job.kind for job in bench.jobs]
    assert kinds == [JobKind.UPLOAD, JobKind.UPLOAD, JobKind.UPLOAD, JobKind.CONFIRM]


def test_while_the_one_try_of_a_silent_host_is_under_way_a_worker_waits_until_it_is_rung(bench: Bench) -> None:
    """Nobody knows when that ends, and no lock can be waited for without end by a number."""
    permit = bench.channel.begin()
    assert permit is not None
    bench.channel.obey(permit, Pause(Scope.HOST, "No connection."))
    bench.channel.give_back(permit)
    bench.time += bench.channel.delay()
    trying = bench.channel.begin()
    assert trying is not None
    assert bench.delivery.step() is None
    bench.channel.give_back(trying)


def test_a_question_that_ends_while_the_next_is_looked_for_is_not_asked_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = bench.shelf.claim()
    bench.shelf.end(photo, OutcomeUnknown("The answer was lost."))
    bench.shelf.now += Policy().confirm_after_seconds
    due = bench.shelf.queue.due

    def found_just_before_it_ended(account: str, state: State, now: float, most: int) -> list[Record]:
        found = due(account, state, now, most)
        bench.delivery._asked.clear()
        return found

    bench.delivery._asked.add((photo.account, photo.gtin))
    monkeypatch.setattr(bench.shelf.queue, "due", found_just_before_it_ended)
    bench.delivery._chooser._last["main"] = JobKind.UPLOAD  # it is a question's turn
    bench.delivery.step()
    assert [job.kind for job in bench.jobs] == [JobKind.UPLOAD]
    bench.delivery.step()
    assert [job.kind for job in bench.jobs] == [JobKind.UPLOAD, JobKind.CONFIRM]


# --- a claim that nobody works on


def after(call: Callable[..., object], error: BaseException) -> Callable[..., object]:
    """The call, which raises only when it has done its work."""

    def raising(*arguments: object, **keywords: object) -> object:
        call(*arguments, **keywords)
        raise error

    return raising


@pytest.mark.parametrize("error", [StoreUnavailable("The disk is full."), RuntimeError("a bug"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", ["claim", "note", "job"])
def test_whatever_raises_between_a_claim_and_its_end_the_photo_is_asked_about(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, place: str, error: BaseException
) -> None:
    with monkeypatch.context() as patched:
        match place:
            case "claim":
                patched.setattr(bench.shelf.queue, "claim", after(bench.shelf.queue.claim, error))
            case "note":
                patched.setattr(bench.progress, "note", after(bench.progress.note, error))
            case _:
                bench.doing = after(bench.jobs.append, error)  # type: ignore[assignment]
        with pytest.raises(type(error)):
            bench.delivery.step()
    bench.doing = bench.jobs.append
    (claimed,) = [photo for photo in bench.shelf.photo_queries.photos() if photo.state is State.UPLOADING]
    bench.jobs.clear()
    for _ in range(2):  # a question's turn is one of the two
        bench.delivery.step()
    assert (JobKind.CONFIRM, claimed.id) in [(job.kind, job.photo and job.photo.id) for job in bench.jobs]
    assert bench.channel.rate_limiter._under_way == 0


def test_while_a_doubt_can_not_be_recorded_nothing_else_is_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    full = StoreUnavailable("The disk is full.")
    bench.doing = after(bench.jobs.append, full)  # type: ignore[assignment]
    with pytest.raises(StoreUnavailable):
        bench.delivery.step()
    with monkeypatch.context() as patched:
        patched.setattr(bench.shelf.queue.doubts, "doubt_all_but", after(lambda *_: None, full))
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                bench.delivery.step()
    assert len(bench.jobs) == 1
    bench.doing = bench.jobs.append
    bench.delivery.step()
    assert bench.jobs[-1].kind is JobKind.CONFIRM


def test_a_question_that_can_not_be_counted_is_not_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.shelf.end(bench.shelf.claim(), OutcomeUnknown("The answer was lost."))
    bench.shelf.now += Policy().confirm_after_seconds
    full = StoreUnavailable("The disk is full.")
    bench.delivery._chooser._last["main"] = JobKind.UPLOAD  # it is a question's turn
    with monkeypatch.context() as patched:
        patched.setattr(bench.channel.rate_limiter, "record", after(lambda _known: None, full))
        with pytest.raises(StoreUnavailable):
            bench.delivery.step()
    assert bench.jobs == []
    assert bench.channel.rate_limiter._under_way == 0
    bench.delivery.step()
    assert [job.kind for job in bench.jobs] == [JobKind.CONFIRM]


def test_a_question_that_another_machine_has_spent_the_request_of_is_looked_for_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.shelf.end(bench.shelf.claim(), OutcomeUnknown("The answer was lost."))
    bench.shelf.now += Policy().confirm_after_seconds
    bench.delivery._chooser._last["main"] = JobKind.UPLOAD  # it is a question's turn
    with monkeypatch.context() as patched:
        patched.setattr(bench.channel.rate_limiter, "record", lambda _known: False)
        assert bench.delivery.step() == OUTRUN_SECONDS
    assert bench.jobs == []
    assert bench.channel.rate_limiter._under_way == 0
    bench.delivery.step()
    assert [job.kind for job in bench.jobs] == [JobKind.CONFIRM]


def test_the_photo_that_paused_the_host_is_known_and_whoami_is_about_none(bench: Bench) -> None:
    """A photo that is wrongly suspected is passed over while the host is tried."""

    def broken(job: Job) -> None:
        bench.channel.obey(job.permit, Pause(Scope.HOST, "The connection broke."))
        bench.jobs.append(job)

    bench.doing = broken
    for _ in range(19):
        bench.shelf.claim()
    bench.delivery.step()
    photo = bench.jobs[0].photo
    assert photo is not None
    assert bench.channel.suspect == photo.id
    bench.shelf.queue.apply(photo, Transition(State.QUEUED), bench.shelf.now)
    bench.time += bench.channel.delay()
    bench.delivery.step()
    assert [job.kind for job in bench.jobs] == [JobKind.UPLOAD, JobKind.IDENTIFY]
    assert bench.channel.suspect == 0


@pytest.mark.parametrize(
    ("last", "is_suspect", "kind"),
    [
        (JobKind.UPLOAD, False, JobKind.CONFIRM),
        (JobKind.UPLOAD, True, JobKind.UPLOAD),
        (JobKind.CONFIRM, False, JobKind.UPLOAD),
    ],
)
def test_a_paused_host_is_tried_with_questions_and_uploads_in_turn_but_not_for_the_suspect(
    bench: Bench, last: JobKind, is_suspect: bool, kind: JobKind
) -> None:
    doubtful = bench.shelf.claim()
    bench.shelf.end(doubtful, OutcomeUnknown("The answer was lost."))
    bench.shelf.now += Policy().confirm_after_seconds
    permit = bench.channel.begin()
    assert permit is not None
    permit.about = doubtful.id if is_suspect else 0
    bench.channel.obey(permit, Pause(Scope.HOST, "No connection."))
    bench.channel.give_back(permit)
    bench.time += bench.channel.delay()
    bench.delivery._chooser._last["main"] = last
    bench.delivery.step()
    assert [job.kind for job in bench.jobs] == [kind]
    assert (bench.jobs[0].photo == bench.shelf.again(doubtful)) is (kind is JobKind.CONFIRM)


# --- the watchdog


def test_a_worker_lives_while_bytes_flow_and_is_stuck_when_they_stop(bench: Bench) -> None:
    begun, go = threading.Event(), threading.Event()
    steps: list[float] = []

    def upload(_: Job) -> None:
        for _chunk in range(9):  # 36 seconds, of which none is longer than four
            bench.progress.note()
            steps.append(bench.time)
            begun.set()
            go.wait(PATIENCE_SECONDS)
            go.clear()

    bench.doing = upload
    bench.delivery.start()
    assert begun.wait(PATIENCE_SECONDS)
    for step in range(1, 9):
        bench.time += 4.0
        assert bench.delivery.alive(0.5), "its bytes flow"
        go.set()
        wait_for(lambda step=step: len(steps) > step, "a chunk is sent")  # type: ignore[misc]
    bench.time += 4.0
    assert bench.delivery.alive(0.5)
    bench.time += 4.0
    assert not bench.delivery.alive(0.5)
    bench.doing = bench.jobs.append
    go.set()
    assert bench.delivery.stop(30)
    assert bench.delivery.alive(0.5)


def test_whoever_waited_for_its_turn_while_the_run_ended_claims_nothing(bench: Bench) -> None:
    """The next run has begun anew by then, on the same records: such a claim would be nobody's."""
    bench.delivery.start()
    wait_for(lambda: len(bench.jobs) == 20, "all are sent")
    assert bench.delivery.stop(PATIENCE_SECONDS)
    late = bench.shelf.add(f"{gtin14(20)}__Front.jpg", "late")
    assert bench.delivery.step() is None
    assert bench.shelf.again(late).state is State.QUEUED
