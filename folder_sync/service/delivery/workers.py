"""The workers: each takes the next job that may go now, and does it. They wake on news, not on a timer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.mounts import is_at_or_below
from folder_sync.service import store_trouble
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.choosing import FREE, Availability, JobChooser, Product
from folder_sync.service.delivery.completion import Completion
from folder_sync.service.delivery.jobs import Job, JobKind
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.wakeup import Wakeup
from folder_sync.store.look_first import LookFirst
from folder_sync.store.queue import Queue

log = structlog.get_logger()

STORE_RETRY_SECONDS: Final = 2.0
"""How long a worker waits when the database can't be used, before it tries again."""

OUTRUN_SECONDS: Final = 0.001
"""Another machine was faster: what is left now is to be asked at once."""

STUCK_SECONDS: Final = 300.0
"""A worker that makes no progress for this long is stuck: each of its steps has a shorter time-out."""


class Runner(Protocol):
    """``jobs.JobRunner``."""

    def run(self, job: Job) -> None: ...


class Delivery:
    """``longest_step_seconds``: a worker that makes no progress for longer is stuck, whatever it does."""

    def __init__(
        self,
        channels: Sequence[Channel],
        queue: Queue,
        look_first: LookFirst,
        jobs: Runner,
        *,
        availability: Availability,
        wakeup: Wakeup,
        progress: Progress,
        completion: Completion,
        concurrency: int,
        longest_step_seconds: float = STUCK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._channels = list(channels)
        self._queue = queue
        self._jobs = jobs
        self._wakeup = wakeup
        self._progress = progress
        self._completion = completion
        self._clock = clock
        self._longest_step_seconds = longest_step_seconds
        # Picking waits for the database; whoever has finished a job need not wait for that. Whoever needs both locks
        # takes picking first.
        self._picking = threading.Lock()
        self._lock = threading.Lock()
        self._stopping = False
        self._asked: set[Product] = set()
        self._in_doubt = False  # whether a claim may be recorded at which nobody works
        self._at: dict[threading.Thread, Job] = {}
        self._left_behind: set[threading.Thread] = set()
        self._chooser = JobChooser(queue, look_first, availability, concurrency + 1)
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

    def give_up(self) -> None:
        """What is still in flight is broken off, or its answer is not waited for: the next run asks about it."""
        self._completion.end()

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
        """The clock was set back: bring forward by as much every moment that a photo waits for."""
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
            waits = [wait for channel in channels if (wait := self._chooser.time_to_next(channel, now)) is not None]
        return min(waits, default=None)

    @property
    def _in_flight(self) -> int:
        return len(self._at) - len(self._left_behind)

    def _work(self) -> None:
        while threading.current_thread() in self._threads and not self._stopping:
            rings = self._wakeup.rings
            try:
                wait = self.step()
            except StoreUnavailable as error:
                store_trouble.tell(error)
                self._rest()
            except Exception:  # the top of a thread: a bug must not end the deliveries
                if self._completion.is_over:
                    return  # the photo is the next run's by now, and so is its record
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
        if self._stopping:  # since it waited for its turn: the next run begins anew, maybe beside this thread
            return None, None
        now = self._clock()
        self._settle_doubts(now)
        waits: list[float] = []
        for channel in list(self._channels):
            permit = channel.begin()
            if permit is None:
                waits.append(max(channel.delay(), 0.001))
                continue
            try:
                with self._lock:
                    asked = frozenset(self._asked)
                job = self._chooser.job(permit, now, asked)
                outrun = not self._take_up(job) if job is not None else channel.rate_limiter.is_behind(permit.known)
            except BaseException:
                # Whatever it was, the database failing or the disk full: there may be a claim by now, and no job.
                self._in_doubt = True
                channel.give_back(permit)
                raise
            if job is not None and not outrun:
                return job, None
            channel.give_back(permit)
            waits += [OUTRUN_SECONDS] if outrun else self._chooser.waits(channel, now)
        wait = min(waits, default=math.inf)
        return None, None if wait == math.inf else max(wait, 0.001)

    def _take_up(self, job: Job) -> bool:
        """False where another machine has spent what this would have taken; a claim is not even found then."""
        channel = job.permit.channel
        job.permit.about = 0 if job.photo is None else job.photo.id
        if job.kind in FREE:
            channel.give_back(job.permit)
        elif job.kind is not JobKind.UPLOAD and not channel.rate_limiter.record(job.permit.known):
            return False
        self._chooser.taken(job)
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
        return True

    def _settle_doubts(self, now: float) -> None:
        """A claim that nobody works on any more is neither sent nor forgotten: the server is asked about it."""
        with self._lock:
            if not self._in_doubt:
                return
            self._in_doubt = False
            jobs = list(self._at.values())
        try:
            self._queue.doubts.doubt_all_but(
                [job.photo.id for job in jobs if job.kind is JobKind.UPLOAD and job.photo], now
            )
        except BaseException:
            self._in_doubt = True
            raise
