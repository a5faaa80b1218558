"""Tells people about trouble, on a thread of its own: whatever a target does, photos are not affected. There is no
queue of messages that could grow. What a target still has to hear follows from its ledger and from the photos; a
message that could not be delivered is written again for the next try, with what has happened since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.messages.message import Message
from folder_sync.messages.process import SenderProcess, Target
from folder_sync.rules.noticing import Kind, have_gathered, may_tell, observe, to_tell, told
from folder_sync.service.background import BackgroundWork
from folder_sync.service.notify import wording
from folder_sync.service.notify.monitor import Monitor, Observation
from folder_sync.store.notification_log import NotificationLog, OfPhotos

log = structlog.get_logger()

LOOK_SECONDS: Final = 5.0
"""How often to look for trouble; more often where ``quiet_seconds`` is shorter."""

TRY_AGAIN_SECONDS: Final = 60.0
"""The pause after a message failed; it doubles each time in a row, up to ``quiet_seconds``."""

PARTING_SECONDS: Final = 2.0
"""How long a message under way has when the service stops. Broken off, it would be sent once more after the next
start.
"""


class TargetNotifier:
    """One target: what it knows, and what it still has to hear."""

    def __init__(
        self,
        target: Target,
        sender: SenderProcess,
        notification_log: NotificationLog,
        quiet_seconds: float,
        *,
        concerns: Callable[[str], bool],
    ) -> None:
        self._target = target
        self._sender = sender
        self._notification_log = notification_log
        self._quiet_seconds = quiet_seconds
        self._concerns = concerns
        self._kept = self._ledger = notification_log.ledger(target.name)
        self._unkept: dict[OfPhotos, int] = {}
        self._failures = 0
        self._again_at = 0.0

    def greet(self) -> None:
        """Better to find a wrong address at the start than when there is something to say."""
        result = self._sender.send(self._target.url, None)
        if not result.ok and not self._sender.stopped:
            log.warning("message_target_wrong", target=self._target.name, reason=result.problem)

    def update(self, view: Observation, now: float, clock: float) -> None:
        """Tell what is due. ``now``: Unix time; ``clock``: monotonic. Raises StoreUnavailable for reading."""
        # A folder that is not watched any more, or a machine that is forgotten by now, is not "back to normal".
        found = {trouble.subject for trouble in view.troubles}
        known = {
            subject: one
            for subject, one in self._ledger.episodes.items()
            if subject in found or self._concerns(subject)
        }
        episodes = observe(known, view.troubles, view.unsure, now)
        self._ledger = replace(self._ledger, episodes=episodes)
        self._keep()
        if clock < self._again_at:
            return
        for kind in Kind:
            if may_tell(self._ledger.last.get(kind), now, self._quiet_seconds) and not self._tell(kind, now, clock):
                return

    def _tell(self, kind: Kind, now: float, clock: float) -> bool:
        """False where the target did not take it."""
        if kind is Kind.REJECTED or kind is Kind.REMARKED:
            return self._tell_of_photos(kind, now, clock)
        episodes = to_tell(kind, self._ledger.episodes, now, self._quiet_seconds)
        if not episodes:
            return True
        if kind is Kind.RECOVERED:
            standing = sum(episode.until is None for episode in self._ledger.episodes.values())
            message = wording.recovered(episodes, standing)
        else:
            message = wording.trouble(kind, episodes)
        if not self._send(kind, message, clock):
            return False
        self._was_told(kind, now)
        self._ledger = replace(self._ledger, episodes=told(self._ledger.episodes, episodes))
        self._keep()
        return True

    def _tell_of_photos(self, kind: OfPhotos, now: float, clock: float) -> bool:
        if kind in self._unkept:
            return True  # the database does not know yet what was told last
        untold = self._notification_log.untold(self._target.name, kind, wording.NAMED)
        if untold is None or not have_gathered(untold.oldest_at, now, self._quiet_seconds):
            return True
        message = wording.rejected(untold) if kind is Kind.REJECTED else wording.remarked(untold)
        if not self._send(kind, message, clock):
            return False
        self._was_told(kind, now)
        self._unkept[kind] = untold.until
        self._keep()
        return True

    def _was_told(self, kind: Kind, now: float) -> None:
        self._ledger = replace(self._ledger, last={**self._ledger.last, kind: now})

    def _send(self, kind: Kind, message: Message, clock: float) -> bool:
        result = self._sender.send(self._target.url, message)
        if result.ok:
            self._failures = 0
            log.info("message_sent", target=self._target.name, kind=kind, subject=message.subject)
            return True
        if self._sender.stopped:
            return False  # broken off by us, which says nothing about the target
        self._failures += 1
        wait = min(TRY_AGAIN_SECONDS * 2 ** min(self._failures - 1, 20), self._quiet_seconds)
        self._again_at = clock + wait
        # Once is enough for the operator; the tries that follow are for whoever looks for a fault.
        level = log.warning if self._failures == 1 else log.debug
        level("message_failed", target=self._target.name, kind=kind, reason=result.problem, again_in=wait)
        return False

    def _keep(self) -> None:
        """What can't be recorded now is recorded later: a full disk is one of the things to report."""
        if self._ledger == self._kept and not self._unkept:
            return
        with suppress(StoreUnavailable):
            self._notification_log.keep(self._target.name, self._ledger, self._unkept)
            self._kept, self._unkept = self._ledger, {}


class Notifier(BackgroundWork):
    """``leads``: whether it is this machine of several that tells people. ``wall``: Unix time; ``clock``: monotonic."""

    def __init__(
        self,
        targets: Sequence[Target],
        sender: SenderProcess,
        notification_log: NotificationLog,
        monitor: Monitor,
        quiet_seconds: float,
        *,
        leads: Callable[[], bool],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("notifier", PARTING_SECONDS)
        self._targets = targets
        self._sender = sender
        self._notification_log = notification_log
        self._monitor = monitor
        self._quiet_seconds = quiet_seconds
        self._leads = leads
        self._wall = wall
        self._clock = clock

    def stop(self) -> None:
        """The message under way may still go; the next is not begun."""
        super().stop()
        self._sender.stop()
        self._join()

    def _work(self) -> None:
        target_notifiers: list[TargetNotifier] = []
        while True:
            try:
                if not self._leads():
                    target_notifiers = []  # another one tells: what people have heard is read when this one leads again
                else:
                    target_notifiers = target_notifiers or self._target_notifiers()
                    self._look(target_notifiers)
            except StoreUnavailable as error:
                log.debug("store_unavailable", reason=str(error))  # the supervisor logs it as an error
            except Exception:
                log.exception("telling_failed")
            if self._stopping.wait(min(LOOK_SECONDS, self._quiet_seconds)):
                return

    def _look(self, target_notifiers: Sequence[TargetNotifier]) -> None:
        now = self._wall()
        view = self._monitor.look(now)
        for target_notifier in target_notifiers:
            if self._leads() and not self._stopping.is_set():
                target_notifier.update(view, now, self._clock())

    def _target_notifiers(self) -> list[TargetNotifier]:
        concerns = self._monitor.concerns
        target_notifiers = [
            TargetNotifier(target, self._sender, self._notification_log, self._quiet_seconds, concerns=concerns)
            for target in self._targets
        ]
        for target_notifier in target_notifiers:
            target_notifier.greet()
        with suppress(StoreUnavailable):  # the disk may be full, and that has to be reported
            self._notification_log.forget_others([target.name for target in self._targets])
        return target_notifiers
