"""The life of the service: starts everything, keeps it going, and stops it so that nothing is left undecided."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from folder_sync.errors import StoreLapsed, StoreUnavailable
from folder_sync.service import store_trouble
from folder_sync.service.audit.rounds import AuditRounds
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.heartbeat import Heartbeat
from folder_sync.service.housekeeping import Housekeeping
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.notify.notifier import Notifier
from folder_sync.service.recovery import Recovery
from folder_sync.service.signals import End, Signals
from folder_sync.service.summary import RunSummary
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.shared_folders import SharedFolders

log = structlog.get_logger()

TICK_SECONDS: Final = 2.0
"""How often to look whether the folders answer. Each look costs half a millisecond of an idle machine's processor."""

GRACE_SECONDS: Final = 2.0
"""How long to wait for the threads that touch folders: they end at once or never."""

CLOSING_SECONDS: Final = 30.0
"""How much time to ask systemd for beyond ``shutdown_seconds``: for the photo being inspected, for the disk, and for
exiting.
"""

PATIENCE_SECONDS: Final = 75.0
"""How long `sync` waits until something more can be done: for a minute's quota or a second look, not for the day's
quota.
"""

HOPELESS_FAILURES: Final = 5
"""After so many failed tries in a row `sync` considers the server down and leaves the rest. At the default times that
is a quarter of a minute at least: a cable that is unplugged for a moment must not leave a delivery undone.
"""


class Service:
    """All the parts at work on one database; ``app`` builds it. Its own thread hears signals, feeds the watchdog and
    pauses folders that don't answer: it does nothing that could keep it from that.
    """

    def __init__(
        self,
        folder_monitors: Sequence[FolderMonitor],
        intake: Intakes,
        delivery: Delivery,
        housekeeping: Housekeeping,
        *,
        recovery: Recovery,
        availability: FolderAvailability,
        summary: RunSummary,
        systemd: SystemdNotifier,
        notifier: Notifier | None,
        audit_rounds: AuditRounds | None,
        heartbeat: Heartbeat | None,
        shared_folders: SharedFolders,
        shutdown_seconds: float,
    ) -> None:
        self._folder_monitors = list(folder_monitors)
        self._intake = intake
        self._delivery = delivery
        self._housekeeping = housekeeping
        self._recovery = recovery
        self._availability = availability
        self.summary = summary
        self._systemd = systemd
        self._notifier = notifier
        self._audit_rounds = audit_rounds
        self._heartbeat = heartbeat
        self._shared_folders = shared_folders
        self._shutdown_seconds = shutdown_seconds
        self._fed_at = -math.inf
        self._unconfirmed: int | None = None

    def recover(self, *, adopt: bool = False) -> None:
        """What comes before all else. ``adopt`` as in ``run_once``.

        Raises StoreUnavailable: this service is good for nothing then.
        """
        if self._heartbeat is not None:
            self._heartbeat.start()
        try:
            self._unconfirmed = self._recovery.begin(adopt=adopt)
        except StoreUnavailable:
            if self._heartbeat is not None:
                self._heartbeat.stop()
            raise

    def run(self, signals: Signals) -> End:
        """Runs until told to stop or to reload, or until it has to start anew; everything is stopped when this returns.

        Raises StoreUnavailable at the start, until ``recover`` is through; StoreDamaged, StoreGone and StoreTaken as
        soon as that is found.
        """
        self._start(watch=True, adopt=False)
        if self._notifier is not None:
            self._notifier.start()
        if self._audit_rounds is not None:
            self._audit_rounds.start()
        self._systemd.tell(READY=1)
        watchdog = self._systemd.watchdog_seconds
        tick = TICK_SECONDS if watchdog is None else min(TICK_SECONDS, watchdog / 4)
        while (end := signals.wait(tick)) is None and not self._must_end:
            self._mind_the_folders()
            self._feed_the_watchdog()
        damage = self._housekeeping.damage
        if isinstance(damage, StoreLapsed):
            log.warning("service_starts_anew", reason=str(damage))
            # It records nothing any more, and others ask about what it sends: nothing of that may be completed.
            self._delivery.give_up()
            end, damage = end or End.ANEW, None
        end = end or (End.RELOAD if damage is None else End.STOP)
        self._stop(signals, end)
        if damage is not None:
            raise damage
        return end

    @property
    def _must_end(self) -> bool:
        return self._housekeeping.damage is not None or self._shared_folders.has_changed

    def run_once(self, progress: Callable[[], None], signals: Signals, *, adopt: bool = False) -> bool:
        """Take in what is there and upload what can go now. False where it was interrupted. Raises StoreUnavailable.

        ``adopt``: before anything is uploaded, look whether the catalogue has it; on an empty database always.
        """
        self._start(watch=False, adopt=adopt)
        end = None
        mind_at = time.monotonic() + TICK_SECONDS
        try:
            while end is None and not self._through():
                progress()
                end = signals.wait(0.1)
                if time.monotonic() >= mind_at:
                    mind_at = time.monotonic() + TICK_SECONDS
                    self._mind_the_folders()
        finally:
            self._stop(signals, End.STOP)
        return end is None

    @property
    def held(self) -> int:
        """How many files may not be written to their end yet, or are being looked at."""
        return self._intake.held

    def _start(self, *, watch: bool, adopt: bool) -> None:
        """``watch``: also hear of what comes later; otherwise the folders are scanned once."""
        if self._unconfirmed is None:
            self.recover(adopt=adopt)
        self._intake.start()
        for folder_monitor in self._folder_monitors:
            folder_monitor.start(watch=watch)
        for folder_monitor in self._folder_monitors:
            folder_monitor.wait()
        # Only now: the folders have said whether the catalogue may have more than is known ...
        self._shared_folders.announce()
        self._delivery.start()
        # ... and before the first pass has begun, an intake that is idle has not seen everything.
        self._housekeeping.start()
        folders = [folder_monitor.root for folder_monitor in self._folder_monitors]
        log.info("service_started", pid=os.getpid(), folders=folders, unconfirmed=self._unconfirmed)

    def _stop(self, signals: Signals, end: End) -> None:
        """Finish what is in flight for at most ``shutdown_seconds``; a second signal leaves at once."""
        self._housekeeping.leave()
        if self._notifier is not None:
            self._notifier.leave()
        if self._audit_rounds is not None:
            self._audit_rounds.leave()
        self._systemd.tell(
            **({"STOPPING": 1} if end is End.STOP else _reloading()),
            STATUS="Finishing uploads",
            EXTEND_TIMEOUT_USEC=round((self._shutdown_seconds + CLOSING_SECONDS) * 1e6),
        )
        deadline = time.monotonic() + (0.0 if end is End.ANEW else self._shutdown_seconds)
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
            folder_monitor.leave()
        for folder_monitor in self._folder_monitors:
            folder_monitor.join(grace)
        self._intake.stop(max(deadline, grace) - time.monotonic())
        if self._notifier is not None:
            self._notifier.stop()
        if self._audit_rounds is not None:
            self._audit_rounds.stop()
        self._housekeeping.stop()
        # What a worker is still sending stays `uploading`, and is asked about by the next start.
        if finished:
            self._delivery.close()
        else:
            self._delivery.give_up()
        self._recovery.end()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        log.info("service_stopped", finished=finished)

    def _through(self) -> bool:
        """Whether nothing is left that can go now. Raises StoreUnavailable."""
        if not (self._intake.idle and self._housekeeping.settled()):
            return False
        wait = self._delivery.time_to_next(HOPELESS_FAILURES)
        # Asked once more: whatever intake or a conclusion has handed over meanwhile has to be sent, too.
        return (wait is None or wait > PATIENCE_SECONDS) and self._intake.idle and self._housekeeping.settled()

    def _mind_the_folders(self) -> None:
        for folder_monitor in self._folder_monitors:
            try:
                folder_monitor.mind()
            except StoreUnavailable as error:
                store_trouble.tell(error)
        self._delivery.leave_behind(self._availability.silent | self._shared_folders.silent)
        self._intake.leave_behind(self._availability.silent)

    def _feed_the_watchdog(self) -> None:
        """At most twice a tick: ``_stop`` calls this in a tight loop."""
        watchdog, now = self._systemd.watchdog_seconds, time.monotonic()
        if watchdog is None or now < self._fed_at + min(TICK_SECONDS, watchdog / 4) / 2:
            return
        if self._delivery.alive(watchdog):
            self._fed_at = now
            self._systemd.tell(WATCHDOG=1)


def _reloading() -> dict[str, str | int]:
    """systemd wants the monotonic time of the reload with it (sd_notify(3))."""
    return {"RELOADING": 1, "MONOTONIC_USEC": time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}
