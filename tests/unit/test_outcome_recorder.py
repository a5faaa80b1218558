"""A question that the server does not answer is asked later each time; the rest of the account goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from folder_sync.errors import ApiError, NotSent, OutcomeUnknown
from folder_sync.photo import Image, Reason, Record, State
from folder_sync.rules.outcome import Policy, Transition
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.outcomes import OutcomeRecorder
from folder_sync.service.disposing import AfterPolicy
from folder_sync.service.summary import RunLog
from folder_sync.service.tidying import Tidier
from folder_sync.store.places import Places
from tests.support.bench import bench_channel
from tests.support.proof import gtin14
from tests.support.shelf import Shelf

LOST = OutcomeUnknown("503.")


class Bench:
    def __init__(self, shelf: Shelf, channel: Channel) -> None:
        self.shelf, self.channel = shelf, channel
        self.recorder = OutcomeRecorder(
            shelf.queue,
            Policy(retry_base_seconds=2.0, retry_max_seconds=60.0),
            durable=False,
            run_log=RunLog(),
            tidier=Tidier(AfterPolicy(), [], Places(shelf.db), lambda: shelf.now),
            clock=lambda: shelf.now,
            jitter=lambda: 0.0,
        )

    def doubtful(self, number: int) -> Record:
        self.shelf.add(f"{gtin14(number)}__a.jpg", str(number))
        photo = self.shelf.claim()
        self.shelf.end(photo, LOST)
        return self.shelf.again(photo)

    def wait(self, photo: Record, error: ApiError) -> float:
        """How long the photo is to wait after this failure, on a channel that is free."""
        permit = self.channel.begin()
        assert permit is not None
        self.recorder.postponed(permit, photo, error)
        self.channel.end(permit)
        until = self.shelf.again(photo).not_before
        assert until is not None
        return until - self.shelf.now

    def answered(self, photo: Record) -> None:
        permit = self.channel.begin()
        assert permit is not None
        self.recorder.answered(permit, photo)
        self.channel.end(permit)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    shelf = Shelf(tmp_path / "photos.db")
    channel = bench_channel(shelf.db, policy=Policy(retry_base_seconds=0.0))
    yield Bench(shelf, channel)
    channel.close()
    shelf.db.close()


def test_each_failure_in_a_row_doubles_the_wait_of_that_photo_alone(bench: Bench) -> None:
    one, other = bench.doubtful(1), bench.doubtful(2)
    assert [bench.wait(one, LOST) for _ in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert bench.wait(other, LOST) == 2


def test_an_answer_ends_the_row(bench: Bench) -> None:
    one = bench.doubtful(1)
    assert [bench.wait(one, LOST) for _ in range(3)] == [2, 4, 8]
    bench.answered(one)
    assert bench.wait(one, LOST) == 2


def test_a_question_that_never_left_is_the_pause_of_the_host_at_once(bench: Bench) -> None:
    bench.wait(bench.doubtful(1), NotSent("No route."))
    assert bench.channel.failures() == 1


def test_an_unanswered_question_counts_against_the_host_only_in_a_row(bench: Bench) -> None:
    """Several in a row pause it, as they do for uploads; one that fails among others that succeed does not."""
    one = bench.doubtful(1)
    for _ in range(2):
        bench.wait(one, LOST)
    assert bench.channel.failures() == 0
    bench.wait(one, LOST)
    assert bench.channel.failures() == 1


def test_a_deletion_that_fails_says_nothing_about_the_host(bench: Bench) -> None:
    bench.shelf.wish(deletes_superseded=True)
    for data in "AB":
        bench.shelf.add(f"{gtin14(1)}__a.jpg", data)
        bench.shelf.upload()
    (old,) = bench.shelf.queue.deletions.due("main", bench.shelf.now, 1)
    assert old.state is State.SUPERSEDED
    assert [bench.wait(old, LOST) for _ in range(4)] == [2, 4, 8, 16]
    assert bench.channel.failures() == 0


@pytest.mark.parametrize(
    ("transition", "level"),
    [
        (Transition(State.UPLOADED, image=Image("x" * 22, "", is_primary=False, created=0.0, image_url=None)), "info"),
        (Transition(State.QUEUED, not_before=9.0), "info"),
        (Transition(State.UNCONFIRMED, not_before=9.0), "warning"),
        (Transition(State.WAITING, 9.0, Reason("unknown_product", "It is not there.")), "warning"),
        (Transition(State.REJECTED, reason=Reason("api_422", "No.")), "warning"),
    ],
)
def test_each_end_is_one_line_of_the_log_and_what_did_not_go_is_a_warning(
    bench: Bench, transition: Transition, level: str
) -> None:
    bench.shelf.add(f"{gtin14(1)}__a.jpg", "1")
    photo = bench.shelf.claim()
    with capture_logs() as lines:
        bench.recorder.record(photo, transition, bench.shelf.now)
    assert [(line["photo"], line["log_level"]) for line in lines] == [(photo.id, level)]
