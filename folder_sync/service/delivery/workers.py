"""The workers: each takes the next errand that may go now, and does it. They wake on news, not on a timer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.mounts import is_at_or_below
from folder_sync.photo import Gtin14, Record, State
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.jobs import Job, JobRunner
from folder_sync.store.queue import Queue

log = structlog.get_logger()

EVERYBODYS_TURN = 5
"""While heroes go first, every so many uploads go to whoever came first."""

STORE_RETRY_SECONDS = 2.0
"""How long a worker waits when the database can't be used, before it tries again."""


class Delivery:
    """``longest_errand_seconds``: an errand that takes longer is stuck, for every step of it has a time-out."""

    def __init__(
        self,
        channels: Sequence[Channel],
        queue: Queue,
        jobs: JobRunner,
        *,
        concurrency: int,
        longest_job_seconds: float = 900.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._channels = list(channels)
        self._queue = queue
        self._jobs = jobs
        self._clock = clock
        # Picking waits for the database: whoever only has news, or has ended an errand, does not wait for that. Where
        # both are held, picking is taken first. ``_news`` grows, so none is missed between picking and waiting.
        self._picking = threading.Lock()
        self._changed = threading.Condition()
        self._news = 0
        self._stopping = False
        self._asked: set[tuple[str, Gtin14 | None]] = set()
        self._doubtful: list[Record] = []
        self._in_flight = 0
        self._claims = 0
        self._at: dict[threading.Thread, tuple[Job, float]] = {}
        self._longest_job_seconds = longest_job_seconds
        self._enough = concurrency + 1  # of which one is of a product that no worker asks about
        self._threads = [self._worker(number) for number in range(1, concurrency + 1)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _worker(self, number: int) -> threading.Thread:
        return threading.Thread(target=self._work, name=f"delivery-{number}", daemon=True)

    def leave_behind(self, silent: Collection[bytes]) -> None:
        """Workers that are at photos of folders that don't answer wait until these do: others take their places."""
        with self._changed:
            for thread, (job, _) in list(self._at.items()):
                if job.photo is not None and any(is_at_or_below(job.photo.path, folder) for folder in silent):
                    del self._at[thread]
                    self._in_flight -= 1
                    number = self._threads.index(thread)
                    self._threads[number] = self._worker(number + 1)
                    self._threads[number].start()

    def wake(self) -> None:
        """There is something new to send: one worker is enough, it wakes nobody needlessly."""
        with self._changed:
            self._news += 1
            self._changed.notify()

    def wake_all(self) -> None:
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def stop(self, seconds: float) -> bool:
        """Finish what is in flight, for so long. Whether everything was finished."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def alive(self, seconds: float) -> bool:
        """Whether the workers make progress: none of them has been at one errand for longer than ``seconds``.

        A worker that waits for something to do is well; so is one whose upload takes long but whose time-outs work,
        and one that has ended because all are to stop.
        """
        horizon = time.monotonic() - max(seconds, self._longest_job_seconds)
        with self._changed:
            at_work = self._stopping or all(thread.is_alive() for thread in self._threads)
            return at_work and all(began >= horizon for _, began in self._at.values())

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
            self._queue.claimable(channel.account, now)
            or self._queue.due(channel.account, State.UNCONFIRMED, now, 1)
            or self._queue.to_look_for(channel.account, now, 1)
            or self._queue.to_delete(channel.account, now, 1)
        )
        if ready:
            return channel.delay(now)
        moment = self._queue.next_time(channel.account, now, (State.QUEUED, State.UNCONFIRMED))
        return None if moment is None else max(moment - now, channel.delay(now))

    def _work(self) -> None:
        while threading.current_thread() in self._threads:
            try:
                job = self._next()
                if job is None:
                    return
                try:
                    self._jobs.run(job)
                except BaseException:
                    self._doubt(job)
                    raise
                finally:
                    self._finished(job)
            except StoreUnavailable as error:
                log.error("store_unavailable", reason=str(error))  # noqa: TRY400 -- a state of the world, not a bug
                self._pause(STORE_RETRY_SECONDS)
            except Exception:  # the top of a thread: a bug must not end the deliveries
                log.exception("worker_failed")
                self._pause(STORE_RETRY_SECONDS)

    def _doubt(self, job: Job) -> None:
        """How this request ended could not be recorded. Until it is, the photo is neither sent nor forgotten."""
        if job.photo is not None and job.photo.state is State.UPLOADING:
            with self._changed:
                self._doubtful.append(job.photo)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, seconds)

    def _next(self) -> Job | None:
        while not self._stopping:
            with self._picking:
                news = self._news
                job, wait = self._pick()
                if job is not None:
                    with self._changed:
                        self._in_flight += 1
                        self._at[threading.current_thread()] = job, time.monotonic()
                    return job
            with self._changed:
                self._changed.wait_for(partial(self._is_news, news), wait)
        return None

    def _is_news(self, known: int) -> bool:
        return self._stopping or self._news != known

    def _finished(self, job: Job) -> None:
        job.channel.end()
        with self._changed:
            if self._at.pop(threading.current_thread(), None) is not None:
                self._in_flight -= 1
            # Not by an upload: it may end while something else is being asked about its product.
            if job.photo is not None and job.photo.state is not State.UPLOADING:
                self._asked.discard((job.photo.account, job.photo.gtin))
            if job.channel.paused or self._in_flight == 0:
                self._news += 1
                self._changed.notify_all()

    def _pick(self) -> tuple[Job | None, float | None]:
        """The next errand; else how long to wait for one (None: until woken)."""
        now = self._clock()
        while self._doubtful:
            self._queue.doubt(self._doubtful[0], now)
            self._doubtful.pop(0)
        waits: list[float] = []
        for channel in self._channels:
            delay = channel.delay(now)
            if delay > 0:
                waits.append(delay)
                continue
            if channel.must_identify():
                channel.begin()
                self._take_turns(channel)
                return Job(channel), None
            if photo := self._pick_of(channel, now):
                self._take_turns(channel)
                return Job(channel, photo), None
            moment = self._queue.next_time(channel.account, now)
            if moment is not None:
                waits.append(moment - now)
        wait = min(waits, default=None)
        return None, None if wait is None or wait == float("inf") else max(wait, 0.001)

    def _pick_of(self, channel: Channel, now: float) -> Record | None:
        """Questions first, for they hold up the photos of their product; deletions last, for nobody waits for them."""
        photo = self._to_ask(channel, now)
        if photo is None:
            claimed = self._claim(channel, now)
            if claimed is not None:
                channel.begin(recorded=True)
                return claimed
            photo = self._free(lambda: self._queue.to_delete(channel.account, now, self._enough))
        if photo is not None:
            channel.begin()
            self._asked.add((photo.account, photo.gtin))
        return photo

    def _claim(self, channel: Channel, now: float) -> Record | None:
        """In order of arrival; heroes first while the quota is short, but not so that the rest never goes."""
        self._claims += 1
        if channel.rate_limiter.short() and self._claims % EVERYBODYS_TURN:
            hero = self._queue.claim(channel.account, now, heroes_only=True)
            if hero is not None:
                return hero
        return self._queue.claim(channel.account, now)

    def _take_turns(self, channel: Channel) -> None:
        """No account starves another."""
        self._channels.remove(channel)
        self._channels.append(channel)

    def _to_ask(self, channel: Channel, now: float) -> Record | None:
        """A photo in doubt, one that may be there already, or one that waits for its product; of each product one."""
        if not self._queue.anything_to_ask(channel.account, now):
            return None
        return self._free(
            lambda: self._queue.due(channel.account, State.UNCONFIRMED, now, self._enough),
            lambda: self._queue.to_look_for(channel.account, now, self._enough),
            lambda: self._queue.due(channel.account, State.WAITING, now, self._enough),
        )

    def _free(self, *lookups: Callable[[], list[Record]]) -> Record | None:
        """The first that is found whose product no worker asks about."""
        with self._changed:
            # Before the look: who ends in between may have settled what was found, and picks what is left himself.
            asked = frozenset(self._asked)
        for look_up in lookups:
            for photo in look_up():
                if (photo.account, photo.gtin) not in asked:
                    return photo
        return None
