"""Which job comes next: questions and uploads take turns, heroes go first while the quota is short, and no product is
asked about by two workers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import partial
from typing import Final, Protocol

from folder_sync.photo import Gtin14, Record, State
from folder_sync.service.delivery.channel import Channel, Permit
from folder_sync.service.delivery.jobs import Job, JobKind
from folder_sync.store.look_first import LookFirst
from folder_sync.store.queue import Queue

EVERYBODYS_TURN: Final = 5
"""While heroes go first, one turn in this many goes to whatever came first, or to what is in doubt."""

QUESTIONS_SECONDS: Final = 0.05
"""How long it is taken for granted that there is no question, as long as there are photos to send."""

FREE: Final = frozenset({JobKind.COMPARE, JobKind.LOOK_AT_TEST})
"""Nothing is asked of the API for these."""

Product = tuple[str, Gtin14 | None]
"""Account and GTIN."""

Lookup = tuple[JobKind, Callable[[], list[Record]]]


class Availability(Protocol):
    """``watch.availability``."""

    @property
    def away(self) -> Collection[bytes]:
        """Places that are not there now: nothing below them can be read."""


class JobChooser:
    """For one thread at a time. ``most``: of so many photos one is of a product that no worker asks about.

    What it returns to upload is claimed by then.
    """

    def __init__(self, queue: Queue, look_first: LookFirst, availability: Availability, most: int) -> None:
        self._queue = queue
        self._look_first = look_first
        self._availability = availability
        self._most = most
        self._turn = 0
        self._last: dict[str, JobKind] = {}  # what each account did last
        self._nothing_at: dict[str, float] = {}  # when there was no question the last time

    def taken(self, job: Job) -> None:
        """A worker does it now."""
        if job.kind not in FREE:
            self._last[job.permit.channel.account] = job.kind

    def time_to_next(self, channel: Channel, now: float) -> float | None:
        """Seconds until a photo of the account can be sent or asked about; None: there is none."""
        ready = (
            self._queue.claimable(channel.account, now, away=self._availability.away)
            or self._queue.due(channel.account, State.UNCONFIRMED, now, 1)
            or self._look_first.to_look_for(channel.account, now, 1)
            or self._queue.deletions.due(channel.account, now, 1)
        )
        if ready:
            return channel.delay()
        moment = self._queue.next_time(channel.account, now, (State.QUEUED, State.UNCONFIRMED))
        return None if moment is None else max(moment - now, channel.delay())

    def waits(self, channel: Channel, now: float) -> list[float]:
        """The seconds after which ``job`` may find something that it does not find now; infinite: never by itself."""
        moment, test = self._queue.next_time(channel.account, now), channel.fidelity.seconds_to_look()
        waits = [channel.seconds_to_identify(), channel.rate_limiter.idle_delay() or math.inf]
        waits += [] if moment is None else [moment - now]
        waits += [] if test is None else [test]
        return waits

    def job(self, permit: Permit, now: float, asked: Collection[Product]) -> Job | None:
        """``asked``: the products that workers ask about, read before this is called: a worker that finishes meanwhile
        may have settled what is found here, and then picks what is left.

        Questions and uploads take turns, so that neither keeps the other from going. Deletions come last."""
        channel = permit.channel
        if channel.must_identify():
            return Job(JobKind.IDENTIFY, permit)
        if (test := channel.fidelity.test_to_look_at()) is not None:
            return Job(JobKind.LOOK_AT_TEST, permit, test)
        if news := channel.fidelity.take_news():
            self._look_first.compare_again(channel.account, news, now)
        if permit.probes:
            return self._probe(permit, now, asked)
        if channel.may_identify():
            return Job(JobKind.IDENTIFY, permit)
        if channel.uploads_fail and (doubt := self._doubt(permit, now, asked)) is not None:
            return doubt  # the next upload may pause everything again, for long
        self._turn += 1
        if channel.rate_limiter.short() and (job := self._heroes(permit, now, asked)) is not None:
            return job
        question, upload = partial(self._question, permit, now, asked), partial(self._upload, permit, now)
        account = channel.account
        asks_first = self._last.get(account) is JobKind.UPLOAD and not self._asked_just_now(account, now)
        first, second = (question, upload) if asks_first else (upload, question)
        return first() or second() or self._deletion(permit, now, asked)

    def _asked_just_now(self, account: str, now: float) -> bool:
        """Whether there was no question a moment ago: in a burst each photo would look for one."""
        return 0.0 <= now - self._nothing_at.get(account, -math.inf) < QUESTIONS_SECONDS

    def _heroes(self, permit: Permit, now: float, asked: Collection[Product]) -> Job | None:
        """While the quota is short heroes go first, and only questions that they wait for are asked; but every few
        turns it is the turn of whatever came first, or of what is in doubt and may hold a hero up.
        """
        account, away = permit.channel.account, self._availability.away
        if self._queue.claimable(account, now, away=away, heroes_only=True):
            if self._turn % EVERYBODYS_TURN:
                return self._upload(permit, now, heroes_only=True)
            return self._doubt(permit, now, asked) or self._upload(permit, now)
        return self._free(permit, asked, *self._looks(account, now, heroes_only=True))

    def _looks(self, account: str, now: float, *, heroes_only: bool = False) -> list[Lookup]:
        def to_look_for(*, listed: bool) -> list[Record]:
            return self._look_first.to_look_for(account, now, self._most, listed=listed, heroes_only=heroes_only)

        return [
            (JobKind.COMPARE, partial(to_look_for, listed=True)),
            (JobKind.LOOK_FOR, partial(to_look_for, listed=False)),
        ]

    def _probe(self, permit: Permit, now: float, asked: Collection[Product]) -> Job | None:
        """The host is paused. One photo that always breaks the connection must hold up no other: it is no probe."""
        channel = permit.channel
        account, suspect = channel.account, channel.suspect
        question = self._question(permit, now, asked)
        about_another = question is not None and question.photo is not None and question.photo.id != suspect
        # One kind of request may fail for days while the other works.
        if about_another and self._last.get(account) is JobKind.UPLOAD:
            return question
        if (upload := self._upload(permit, now, besides=suspect)) is not None:
            return upload
        if about_another:
            return question
        waiting = question is not None or self._queue.claimable(account, now, away=self._availability.away)
        if waiting or channel.may_identify():
            return Job(JobKind.IDENTIFY, permit)
        return self._deletion(permit, now, asked)

    def _upload(self, permit: Permit, now: float, *, heroes_only: bool = False, besides: int = 0) -> Job | None:
        """In order of arrival."""
        photo = self._queue.claim(
            permit.channel.account,
            now,
            away=self._availability.away,
            heroes_only=heroes_only,
            besides=besides,
            known=permit.known,
        )
        return None if photo is None else Job(JobKind.UPLOAD, permit, photo)

    def _doubt(self, permit: Permit, now: float, asked: Collection[Product]) -> Job | None:
        account = permit.channel.account
        return self._free(
            permit, asked, (JobKind.CONFIRM, lambda: self._queue.due(account, State.UNCONFIRMED, now, self._most))
        )

    def _question(self, permit: Permit, now: float, asked: Collection[Product]) -> Job | None:
        """A photo in doubt, one that may be there already, or one that waits for its product; of each product one."""
        channel = permit.channel
        if not self._queue.anything_to_ask(channel.account, now):
            self._nothing_at[channel.account] = now
            return None
        lookups: list[Lookup] = [
            (JobKind.CONFIRM, lambda: self._queue.due(channel.account, State.UNCONFIRMED, now, self._most)),
            *self._looks(channel.account, now),
        ]
        # Nobody waits for these, and there may be thousands: they leave most of the quota to photos that somebody
        # waits for.
        if channel.rate_limiter.idle_delay() == 0:
            lookups.append((JobKind.RECHECK, lambda: self._queue.due(channel.account, State.WAITING, now, self._most)))
        return self._free(permit, asked, *lookups)

    def _deletion(self, permit: Permit, now: float, asked: Collection[Product]) -> Job | None:
        account = permit.channel.account
        return self._free(permit, asked, (JobKind.DELETE, lambda: self._queue.deletions.due(account, now, self._most)))

    def _free(self, permit: Permit, asked: Collection[Product], *lookups: Lookup) -> Job | None:
        """The first that is found whose product no worker asks about."""
        for kind, look_up in lookups:
            for photo in look_up():
                if (photo.account, photo.gtin) not in asked:
                    return Job(kind, permit, photo)
        return None
