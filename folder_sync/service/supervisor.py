"""The life of the service: start everything, keep it going, stop it so that nothing is left undecided."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Final, Protocol

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import State
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.folders import Folder
from folder_sync.service.housekeeping import Housekeeping
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.notify.notifier import Notifier
from folder_sync.service.summary import RunLog
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.store.incoming import Incoming
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.queue import Queue
from folder_sync.store.service_state import ServiceState

log = structlog.get_logger()

TICK_SECONDS: Final = 1.0
"""How often the supervisor looks whether folders answer and whether another process wrote to the database."""

STATUS_SECONDS: Final = 5.0

GRACE_SECONDS: Final = 2.0
"""How long it is waited for what looks at folders: that takes a moment, or for ever."""

CLOSING_SECONDS: Final = 30.0
"""What systemd is asked for beyond ``shutdown_seconds``: the photo that is being looked into, the disk, leaving."""

CLOCK_STEP_SECONDS: Final = 5.0
"""Clocks are nudged all the time; more than this is a step."""

PATIENCE_SECONDS: Final = 75.0
"""How long `sync` waits for a moment to come: a minute's quota, a second look; not the day's quota."""

HOPELESS_FAILURES: Final = 5
"""After so many vain tries in a row `sync` takes the server for down, and leaves the rest: at the default times that
is a quarter of a minute at least, for a cable that is plugged in again must not leave a delivery undone."""


class End(Enum):
    STOP = auto()
    RELOAD = auto()


class Signals(Protocol):
    def wait(self, seconds: float) -> End | None:
        """A request that came within so many seconds."""


class ProcessSignals:
    """TERM, INT and HUP, taken one at a time by whoever waits. There is no handler, so nothing is ever interrupted.

    To be made before any thread is started: threads inherit the mask.
    """

    _ENDS: Final[Mapping[int, End]] = {signal.SIGTERM: End.STOP, signal.SIGINT: End.STOP, signal.SIGHUP: End.RELOAD}

    def __init__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, self._ENDS)

    def wait(self, seconds: float) -> End | None:
        received = signal.sigtimedwait(self._ENDS, seconds)
        # A process that was stopped (SIGSTOP, a debugger) for longer than it meant to wait gets memory that nobody
        # has filled: CPython 3.11 returns it after EINTR where the time is up.
        return None if received is None else self._ENDS.get(received.si_signo)


class Service:
    """Everything that works together on one database; built by ``app``."""

    def __init__(
        self,
        folders: Sequence[Folder],
        folder_monitors: Sequence[FolderMonitor],
        intake: Intakes,
        delivery: Delivery,
        run_log: RunLog,
        *,
        housekeeping: Housekeeping,
        wakeup: Wakeup,
        queue: Queue,
        incoming: Incoming,
        service_state: ServiceState,
        availability: FolderAvailability,
        photo_queries: PhotoQueries,
        rescan_seconds: float,
        shutdown_seconds: float,
        confirm_after_seconds: float,
        systemd: SystemdNotifier,
        notifier: Notifier | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folders = list(folders)
        self._intake = intake
        self._delivery = delivery
        self.summary = run_log.summary
        self._housekeeping = housekeeping
        self._wakeup = wakeup
        self._queue = queue
        self._incoming = incoming
        self._service_state = service_state
        self._availability = availability
        self._photo_queries = photo_queries
        self._rescan_seconds = rescan_seconds
        self._shutdown_seconds = shutdown_seconds
        self._confirm_after_seconds = confirm_after_seconds
        self._systemd = systemd
        self._notifier = notifier
        self._clock = clock
        self._folder_monitors = list(folder_monitors)
        self._version = 0
        self._fed_at = -math.inf
        self._offset = clock() - time.monotonic()

    def start(self, *, watch: bool, adopt: bool = False) -> None:
        """``watch``: also hear of what comes later; without, the folders are only looked through once.

        ``adopt``: before anything is uploaded, look whether the catalogue has it; on an empty database always.
        """
        now = self._clock()
        if adopt or self._service_state.is_new():
            self._service_state.adopt(now)
        self._incoming.adopting = self._service_state.adopting()
        self._queue.wait_from(now)
        doubtful = self._queue.recover(now, self._confirm_after_seconds)
        self._service_state.started(os.getpid(), now)
        self._version = self._photo_queries.version()
        self._intake.leave_what_is_not_watched(now)
        self._service_state.forget_mounts_but([folder.root for folder in self._folders])
        self._intake.start()
        self._delivery.start()
        for folder_monitor in self._folder_monitors:
            folder_monitor.start(watch=watch)
        for folder_monitor in self._folder_monitors:
            folder_monitor.wait()
        log.info(
            "service_started", pid=os.getpid(), folders=[folder.root for folder in self._folders], doubtful=doubtful
        )

    def run(self, signals: Signals) -> End:
        """Until told to stop or to reload; everything is stopped when this returns."""
        self.start(watch=True)
        if self._notifier is not None:
            self._notifier.start()
        self._housekeeping.start()
        self._tell_systemd(READY=1)
        rescan_at = time.monotonic() + self._rescan_seconds
        status_at = time.monotonic() + STATUS_SECONDS
        watchdog = self._systemd.watchdog_seconds
        tick = TICK_SECONDS if watchdog is None else min(TICK_SECONDS, watchdog / 4)
        while (end := signals.wait(tick)) is None:
            now = time.monotonic()
            try:
                self._look_around()
                self._mind_the_clock()
                if now >= rescan_at:
                    rescan_at = now + self._rescan_seconds
                    self._rescan()
                self._feed_the_watchdog()
                if now >= status_at:
                    status_at = now + STATUS_SECONDS
                    self._tell_systemd()
            except StoreUnavailable as error:
                log.error("store_unavailable", reason=str(error))  # noqa: TRY400 -- a state of the world, not a bug
        self.stop(signals, end)
        return end

    def run_once(self, progress: Callable[[], None], signals: Signals, *, adopt: bool = False) -> bool:
        """Take in what is there and upload what can go now. False where it was interrupted."""
        self.start(watch=False, adopt=adopt)
        end = None
        look_at = time.monotonic() + TICK_SECONDS
        while end is None and not self._through():
            progress()
            end = signals.wait(0.1)
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + TICK_SECONDS
                self._mind_the_folders()
        self.stop(signals, End.STOP)
        return end is None

    def stop(self, signals: Signals, end: End) -> None:
        """Finish what is in flight for at most ``shutdown_seconds``; a second signal leaves at once."""
        self._systemd.tell(
            **({"STOPPING": 1} if end is End.STOP else _reloading()),
            STATUS="Finishing uploads",
            EXTEND_TIMEOUT_USEC=round((self._shutdown_seconds + CLOSING_SECONDS) * 1e6),
        )
        if self._notifier is not None:
            self._notifier.leave()
        deadline = time.monotonic() + self._shutdown_seconds
        self._housekeeping.leave()
        for folder_monitor in self._folder_monitors:
            folder_monitor.stop()
        finished = self._delivery.stop(0.0)
        while not finished and time.monotonic() < deadline:
            if signals.wait(0.05) is End.STOP:
                break
            self._feed_the_watchdog()
            finished = self._delivery.stop(0.0)
        grace = time.monotonic() + GRACE_SECONDS
        for folder_monitor in self._folder_monitors:
            folder_monitor.join(grace)
        self._intake.stop(max(deadline, grace) - time.monotonic())
        if self._notifier is not None:
            self._notifier.stop()
        self._housekeeping.stop()
        # What a worker is still sending stays `uploading`, and is asked about by the next start.
        if finished:
            self._delivery.close()
        log.info("service_stopped", finished=finished)

    @property
    def held(self) -> int:
        """How many files may not be written to their end yet, or are being looked at."""
        return self._intake.held

    def _feed_the_watchdog(self) -> None:
        """Hardly more often than ``run`` asks for it: while the end is awaited, it is asked for all the time."""
        watchdog, now = self._systemd.watchdog_seconds, time.monotonic()
        if watchdog is None or now < self._fed_at + min(TICK_SECONDS, watchdog / 4) / 2:
            return
        if self._delivery.alive(watchdog):
            self._fed_at = now
            self._systemd.tell(WATCHDOG=1)

    def _through(self) -> bool:
        if not self._intake.idle:
            return False
        self._conclude()
        self._end_adoption()
        wait = self._delivery.time_to_next(HOPELESS_FAILURES)
        # Intake first, delivery second: what intake hands over in between keeps the delivery from being through.
        return self._intake.idle and (wait is None or wait > PATIENCE_SECONDS)

    def _look_around(self) -> None:
        self._mind_the_folders()
        if self._intake.idle:
            self._conclude()
        if (
            self._incoming.adopting
            and self._intake.idle
            and all(folder_monitor.watching for folder_monitor in self._folder_monitors)
        ):
            self._end_adoption()
        version = self._photo_queries.version()
        if version != self._version:  # another process wrote: a `retry`
            self._version = version
            self._wakeup.ring_all()
            self._rescan()

    def _mind_the_folders(self) -> None:
        for folder_monitor in self._folder_monitors:
            folder_monitor.mind()
        self._delivery.leave_behind(self._availability.silent)
        self._intake.leave_behind(self._availability.silent)

    def _mind_the_clock(self) -> None:
        """What waits for a moment must not wait twice because the clock was set back."""
        offset = self._clock() - time.monotonic()
        back, self._offset = self._offset - offset, offset
        if back > CLOCK_STEP_SECONDS:
            self._delivery.clock_set_back(back)
            log.warning("clock_set_back", seconds=round(back))

    def _conclude(self) -> None:
        """The intake is idle."""
        if self._incoming.unconcluded:
            self._incoming.conclude(self._clock())

    def _end_adoption(self) -> None:
        """Everything that stood in the folders has been taken in: what comes from now on is new to the catalogue.

        Not while a folder is away, or nothing was found at all, as in a mount point without its mount.
        """
        if self._incoming.adopting and not self._service_state.is_new() and not self._availability.away:
            self._service_state.adopted()
            self._incoming.adopting = False

    def _rescan(self) -> None:
        for folder_monitor in self._folder_monitors:
            folder_monitor.rescan()

    def _tell_systemd(self, **fields: str | int) -> None:
        if self._systemd.listens:  # counting is not for nothing
            self._systemd.tell(**fields, STATUS=self._in_words())

    def _in_words(self) -> str:
        counts = self._photo_queries.counts()
        shown = [f"{counts[state]} {state}" for state in State if counts[state]]
        return ", ".join(shown) or "Waiting for the first photo"


def _reloading() -> dict[str, str | int]:
    """systemd wants the monotonic time of the reload with it (sd_notify(3))."""
    return {"RELOADING": 1, "MONOTONIC_USEC": time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}
