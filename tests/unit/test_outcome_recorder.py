"""A question that the server does not answer is asked later each time; the rest of the account goes on."""

from __future__ import annotations

from typing import cast
from unittest.mock import Mock

import pytest

from folder_sync.errors import NotSent, OutcomeUnknown
from folder_sync.photo import Record, State
from folder_sync.rules.outcome import Policy
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.outcomes import OutcomeRecorder
from folder_sync.store.queue import Queue

NOW = 1_800_000_000.0


class Bench:
    def __init__(self) -> None:
        self.queue = Mock(spec=Queue)
        self.channel = Mock(spec=Channel)
        self.recorder = OutcomeRecorder(
            self.queue,
            Policy(retry_base_seconds=2.0, retry_max_seconds=60.0),
            durable=False,
            settled=lambda _record, _transition: None,
            clock=lambda: NOW,
            jitter=lambda: 0.0,
        )

    def wait(self, photo: Record, error: NotSent | OutcomeUnknown) -> float:
        """How long the photo is to wait after this failure."""
        self.recorder.postponed(cast("Channel", self.channel), photo, error)
        return float(self.queue.postpone.call_args.args[1]) - NOW

    def answered(self, photo: Record) -> None:
        self.recorder.answered(cast("Channel", self.channel), photo)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def photo(id_: int, state: State = State.UNCONFIRMED, absences: int = 0) -> Record:
    return cast("Record", Mock(spec=Record, id=id_, state=state, absences=absences))


def test_each_failure_in_a_row_doubles_the_wait_of_that_photo_alone(bench: Bench) -> None:
    one, other = photo(1), photo(2)
    assert [bench.wait(one, OutcomeUnknown("503.")) for _ in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert bench.wait(other, OutcomeUnknown("503.")) == 2


def test_an_answer_ends_the_row(bench: Bench) -> None:
    one = photo(1)
    assert [bench.wait(one, OutcomeUnknown("503.")) for _ in range(3)] == [2, 4, 8]
    bench.answered(one)
    bench.channel.reached.assert_called_once_with()
    assert bench.wait(one, OutcomeUnknown("503.")) == 2


def test_a_question_that_never_left_is_the_pause_of_the_host_and_not_the_photos(bench: Bench) -> None:
    one = photo(1)
    assert [bench.wait(one, NotSent("No route.")) for _ in range(3)] == [2, 2, 2]
    assert bench.channel.obey.call_count == 3


def test_an_unanswered_question_only_counts_against_the_host(bench: Bench) -> None:
    """Several in a row pause it, as they do for uploads; one that fails among others that succeed does not."""
    bench.wait(photo(1), OutcomeUnknown("503."))
    bench.channel.unanswered.assert_called_once_with("503.", NOW)
    bench.channel.obey.assert_not_called()


def test_a_deletion_that_fails_says_nothing_about_the_host(bench: Bench) -> None:
    old = photo(1, State.SUPERSEDED)
    assert [bench.wait(old, OutcomeUnknown("503.")) for _ in range(4)] == [2, 4, 8, 16]
    bench.channel.unanswered.assert_not_called()


def test_what_was_surely_absent_before_waits_longer_from_the_start(bench: Bench) -> None:
    assert bench.wait(photo(1, absences=3), OutcomeUnknown("503.")) == 16
