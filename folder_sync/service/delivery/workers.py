"""The workers: each takes the next job that may go now, and does it. They wake on news, not on a timer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final, Protocol

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.mounts import is_at_or_below
from folder_sync.photo import Gtin14, Record, State
from folder_sync.service.delivery.channel import Channel, Permit
from folder_sync.service.delivery.jobs import Job, JobKind
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.wakeup import Wakeup
from folder_sync.store.queue import Queue

log = structlog.get_logger()

EVERYBODYS_TURN: Final = 5
"""While heroes go first, one turn in this many goes to whatever came first, or to what is in doubt."""

STORE_RETRY_SECONDS: Final = 2.0
"""How long a worker waits when the database can't be used, before it tries again."""

STUCK_SECONDS: Final = 300.0
"""A worker that makes no progress for this long is stuck: each of its steps has a shorter time-out."""


FREE: Final = frozenset({JobKind.COMPARE, JobKind.LOOK_AT_TEST})
"""Nothing is asked of the API for these."""

Lookup = tuple[JobKind, Callable[[], list[Record]]]


class Runner(Protocol):
    """``jobs.JobRunner``."""

    def run(self, job: Job) -> None: ...


class Availability(Protocol):
    """``watch.availability``."""

    @property
    def away(self) -> Collection[bytes]:
        """Places that are not there now: nothing below them can be read."""


class Delivery:
    """``longest_step_seconds``: a worker that makes no progress for longer is stuck, whatever it does."""

    def __init__(
        self,
        channels: Sequence[Channel],
        queue: Queue,
        jobs: Runner,
        *,
        availability: Availability,
        wakeup: Wakeup,
        progress: Progress,
        concurrency: int,
        longest_step_seconds: float = STUCK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._channels = list(channels)
        self._queue = queue
        self._jobs = jobs
        self._availability = availability
        self._wakeup = wakeup
        self._progress = progress
        self._clock = clock
        self._longest_step_seconds = longest_step_seconds
        # Picking waits for the database; whoever has finished a job need not wait for that. Whoever needs both locks
        # takes picking first.
        self._picking = threading.Lock()
        self._lock = threading.Lock()
        self._stopping = False
        self._asked: set[tuple[str, Gtin14 | None]] = set()
        self._in_doubt = False  # whether a claim may be recorded at which nobody works
        self._turn = 0
        self._last: dict[str, JobKind] = {}  # what each account did last
        self._at: dict[threading.Thread, Job] = {}
        self._left_behind: set[threading.Thread] = set()
        self._enough = concurrency + 1  # of which one is of a product that no worker asks about
        self._threads = [self._worker(number) for number in range(1, concurrency + 1)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _worker(self, number: int) -> threading.Thread:
        return threading.Thread(target=self._work, name=f"delivery-{number}", daemon=True)

    def leave_behind(self, silent: Collection[bytes]) -> None:
        """Workers busy with photos in folders that don't answer wait until they do; others take their places."""
        with self._lock:
            for thread, job in self._at.items():
                if thread in self._left_behind or job.photo is None:
                    continue
                if any(is_at_or_below(job.photo.path, folder) for folder in silent):
                    self._left_behind.add(thread)
                    number = self._threads.index(thread)
                    self._threads[number] = self._worker(number + 1)
                    self._threads[number].start()

    def stop(self, seconds: float) -> bool:
        """Finish what is in flight, within so many seconds. Returns whether everything was finished."""
        self._stopping = True
        self._wakeup.ring_all()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Everything was finished: no connection is needed any more."""
        for channel in self._channels:
            channel.close()

    def alive(self, seconds: float) -> bool:
        """Whether the workers make progress: each has got somewhere within the last ``seconds``.

        A worker that waits for something to do is fine; so is one whose upload takes long while its bytes flow, and one
        that has ended because the service is stopping.
        """
        longest = max(seconds, self._longest_step_seconds)
        with self._lock:
            at_work = self._stopping or all(thread.is_alive() for thread in self._threads)
            stuck = [
                thread
                for thread in self._at.keys() - self._left_behind
                if self._progress.seconds_since(thread) > longest
            ]
        return at_work and not stuck

    def clock_set_back(self, seconds: float) -> None:
        """Every moment that is waited for comes as much earlier as the clock now shows less."""
        self._queue.clock_set_back(seconds, self._clock())
        self._wakeup.ring_all()

    def time_to_next(self, hopeless_failures: int) -> float | None:
        """Seconds until something more can be sent or asked; 0: under way or ready; None: nothing that can go is left.

        Looks at queued and unconfirmed photos only, and not at accounts whose key is refused or whose host did not
        answer so many times in a row.
        """
        with self._picking:
            if self._in_flight:
                return 0.0
            now = self._clock()
            channels = [
                channel for channel in self._channels if not channel.refused and channel.failures() < hopeless_failures
            ]
            waits = [wait for channel in channels if (wait := self._time_to_next(channel, now)) is not None]
        return min(waits, default=None)

    def _time_to_next(self, channel: Channel, now: float) -> float | None:
        ready = (
            self._queue.claimable(channel.account, now, away=self._availability.away)
            or self._queue.due(channel.account, State.UNCONFIRMED, now, 1)
            or self._queue.to_look_for(channel.account, now, 1)
            or self._queue.to_delete(channel.account, now, 1)
        )
        if ready:
            return channel.delay()
        moment = self._queue.next_time(channel.account, now, (State.QUEUED, State.UNCONFIRMED))
        return None if moment is None else max(moment - now, channel.delay())

    @property
    def _in_flight(self) -> int:
        return len(self._at) - len(self._left_behind)

    def _work(self) -> None:
        while threading.current_thread() in self._threads and not self._stopping:
            rings = self._wakeup.rings
            try:
                wait = self.step()
            except StoreUnavailable as error:
                log.error("store_unavailable", reason=str(error))  # noqa: TRY400 -- a state of the world, not a bug
                self._rest()
            except Exception:  # the top of a thread: a bug must not end the deliveries
                log.exception("worker_failed")
                self._rest()
            else:
                if wait != 0 and not self._stopping:
                    self._wakeup.wait(rings, wait)

    def step(self) -> float | None:
        """Do the next job, if one may go now: 0. Else how many seconds to wait for one (None: until it rings)."""
        with self._picking:
            job, wait = self._pick()
        if job is None:
            return wait
        done = False
        try:
            self._jobs.run(job)
            done = True
        finally:
            self._finished(job, done=done)
        job.permit.channel.publish()
        return 0.0

    def _rest(self) -> None:
        deadline = time.monotonic() + STORE_RETRY_SECONDS
        while not self._stopping and (left := deadline - time.monotonic()) > 0:
            self._wakeup.wait(self._wakeup.rings, left)

    def _finished(self, job: Job, *, done: bool) -> None:
        channel = job.permit.channel
        channel.end(job.permit)
        with self._lock:
            del self._at[threading.current_thread()]
            self._in_doubt |= not done  # not earlier: until now it counted as being sent
            self._left_behind.discard(threading.current_thread())
            # An upload never owns this entry: a question about its product may be under way.
            if job.photo is not None and job.kind is not JobKind.UPLOAD:
                self._asked.discard((job.photo.account, job.photo.gtin))
            ring = channel.paused or self._in_flight == 0
        if ring:
            self._wakeup.ring_all()

    def _pick(self) -> tuple[Job | None, float | None]:
        """The next job, which this thread is busy with from now on; else how long to wait for one (None: until it
        rings).
        """
        now = self._clock()
        self._settle_doubts(now)
        waits: list[float] = []
        for channel in list(self._channels):
            permit = channel.begin()
            if permit is None:
                waits.append(max(channel.delay(), 0.001))
                continue
            try:
                job = self._job(permit, now)
                if job is not None:
                    self._take_up(job)
            except BaseException:
                # Whatever it was, the database failing or the disk full: there may be a claim by now, and no job.
                self._in_doubt = True
                channel.give_back(permit)
                raise
            if job is not None:
                return job, None
            channel.give_back(permit)
            moment = self._queue.next_time(channel.account, now)
            if moment is not None:
                waits.append(moment - now)
            if (test := channel.fidelity.seconds_to_look()) is not None:
                waits.append(test)
            if (whoami := channel.seconds_to_identify()) < math.inf:
                waits.append(whoami)
            if (idle := channel.rate_limiter.idle_delay()) > 0:
                waits.append(idle)
        wait = min(waits, default=None)
        return None, None if wait is None or wait == math.inf else max(wait, 0.001)

    def _take_up(self, job: Job) -> None:
        channel = job.permit.channel
        job.permit.about = 0 if job.photo is None else job.photo.id
        if job.kind in FREE:
            channel.give_back(job.permit)
        elif job.kind is not JobKind.UPLOAD:
            channel.rate_limiter.record()
        if job.kind not in FREE:
            self._last[channel.account] = job.kind
        if job.kind is JobKind.RECHECK:
            channel.rate_limiter.spend_idly()
        self._progress.note()
        with self._lock:
            self._at[threading.current_thread()] = job
            if job.photo is not None and job.kind is not JobKind.UPLOAD:
                self._asked.add((job.photo.account, job.photo.gtin))
        # No account starves another.
        self._channels.remove(channel)
        self._channels.append(channel)

    def _settle_doubts(self, now: float) -> None:
        """A claim that nobody works on any more is neither sent nor forgotten: the server is asked about it."""
        with self._lock:
            if not self._in_doubt:
                return
            self._in_doubt = False
            jobs = list(self._at.values())
        try:
            self._queue.doubt_all_but([job.photo.id for job in jobs if job.kind is JobKind.UPLOAD and job.photo], now)
        except BaseException:
            self._in_doubt = True
            raise

    def _job(self, permit: Permit, now: float) -> Job | None:
        """Questions and uploads take turns, so that neither keeps the other from going. Deletions come last."""
        channel = permit.channel
        if channel.must_identify():
            return Job(JobKind.IDENTIFY, permit)
        if (test := channel.fidelity.test_to_look_at()) is not None:
            return Job(JobKind.LOOK_AT_TEST, permit, test)
        if news := channel.fidelity.take_news():
            self._queue.compare_again(channel.account, news, now)
        if permit.probes:
            return self._probe(permit, now)
        if channel.may_identify():
            return Job(JobKind.IDENTIFY, permit)
        self._turn += 1
        if channel.rate_limiter.short() and (job := self._heroes(permit, now)) is not None:
            return job
        ways = [self._question, self._upload]
        if self._last.get(channel.account) is not JobKind.UPLOAD:
            ways.reverse()
        for way in (*ways, self._deletion):
            if (job := way(permit, now)) is not None:
                return job
        return None

    def _heroes(self, permit: Permit, now: float) -> Job | None:
        """While the quota is short heroes go first, and only questions that they wait for are asked; but every few
        turns it is the turn of whatever came first, or of what is in doubt and may hold a hero up.
        """
        account, away = permit.channel.account, self._availability.away
        if self._queue.claimable(account, now, away=away, heroes_only=True):
            if self._turn % EVERYBODYS_TURN:
                return self._upload(permit, now, heroes_only=True)
            return self._doubt(permit, now) or self._upload(permit, now)
        return self._free(permit, *self._looks(account, now, heroes_only=True))

    def _looks(self, account: str, now: float, *, heroes_only: bool = False) -> list[Lookup]:
        def to_look_for(*, listed: bool) -> list[Record]:
            return self._queue.to_look_for(account, now, self._enough, listed=listed, heroes_only=heroes_only)

        return [
            (JobKind.COMPARE, partial(to_look_for, listed=True)),
            (JobKind.LOOK_FOR, partial(to_look_for, listed=False)),
        ]

    def _probe(self, permit: Permit, now: float) -> Job | None:
        """The host is paused. One photo that always breaks the connection must hold up no other: it is no probe."""
        channel = permit.channel
        account, suspect = channel.account, channel.suspect
        question = self._question(permit, now)
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
        return self._deletion(permit, now)

    def _upload(self, permit: Permit, now: float, *, heroes_only: bool = False, besides: int = 0) -> Job | None:
        """In order of arrival."""
        photo = self._queue.claim(
            permit.channel.account, now, away=self._availability.away, heroes_only=heroes_only, besides=besides
        )
        return None if photo is None else Job(JobKind.UPLOAD, permit, photo)

    def _doubt(self, permit: Permit, now: float) -> Job | None:
        account = permit.channel.account
        return self._free(
            permit, (JobKind.CONFIRM, lambda: self._queue.due(account, State.UNCONFIRMED, now, self._enough))
        )

    def _question(self, permit: Permit, now: float) -> Job | None:
        """A photo in doubt, one that may be there already, or one that waits for its product; of each product one."""
        channel = permit.channel
        if not self._queue.anything_to_ask(channel.account, now):
            return None
        lookups: list[Lookup] = [
            (JobKind.CONFIRM, lambda: self._queue.due(channel.account, State.UNCONFIRMED, now, self._enough)),
            *self._looks(channel.account, now),
        ]
        # Nobody waits for these, and there may be thousands: they leave most of the quota to photos that somebody
        # waits for.
        if channel.rate_limiter.idle_delay() == 0:
            lookups.append(
                (JobKind.RECHECK, lambda: self._queue.due(channel.account, State.WAITING, now, self._enough))
            )
        return self._free(permit, *lookups)

    def _deletion(self, permit: Permit, now: float) -> Job | None:
        account = permit.channel.account
        return self._free(permit, (JobKind.DELETE, lambda: self._queue.to_delete(account, now, self._enough)))

    def _free(self, permit: Permit, *lookups: Lookup) -> Job | None:
        """The first that is found whose product no worker asks about."""
        with self._lock:
            # Read before looking: a worker that finishes in between may have settled what was found, and then picks
            # what is left.
            asked = frozenset(self._asked)
        for kind, look_up in lookups:
            for photo in look_up():
                if (photo.account, photo.gtin) not in asked:
                    return Job(kind, permit, photo)
        return None
