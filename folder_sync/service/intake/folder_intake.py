"""Taking photos in: from a path that somebody mentioned to a record in the store.

One thread owns the settling gate and does nothing slow. Looking into files happens elsewhere (``inspectors``), at most
one file of a product at a time, so that the heroes of a product are recorded in the order in which they were finished.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.opening import look
from folder_sync.photo import Fingerprint, Reason, ReasonCode
from folder_sync.rules.arrivals import Later, Seen, Wait
from folder_sync.rules.settling import Gate
from folder_sync.service import store_trouble
from folder_sync.service.folders import Folder
from folder_sync.service.intake.announcements import Announcements
from folder_sync.service.intake.held_report import HeldReport
from folder_sync.service.intake.inbox import (
    FolderGone,
    Gone,
    Inboxes,
    Judged,
    LookedThrough,
    LookThrough,
    Message,
    Sighted,
    TurnCame,
    Written,
)
from folder_sync.service.intake.inspectors import Inspector
from folder_sync.service.intake.judging import Judgement, Unfinished, Unreachable, Vanished
from folder_sync.service.intake.other_paths import is_gone
from folder_sync.service.intake.per_product import PerProductQueue, Turn
from folder_sync.service.intake.scanner import Scanner
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.held_files import HeldFiles, WhyHeld
from folder_sync.store.incoming import Incoming

log = structlog.get_logger()

_T = TypeVar("_T")

REWRITTEN_TIMES: Final = 10.0
"""A photo that is overwritten in place, with pauses, looks complete at any moment: the old end still stands behind the
new beginning. So a known file that changes has to be still for this many times ``settle_seconds``.
"""

AGAIN_SECONDS: Final = 2.0
"""How long to wait for the records at the start, until they are asked again."""


class FolderIntake:
    """One watched folder's."""

    def __init__(
        self,
        folder: Folder,
        inboxes: Inboxes,
        incoming: Incoming,
        expected: ExpectedFiles,
        scanner: Scanner,
        inspector: Inspector,
        *,
        availability: FolderAvailability,
        per_product: PerProductQueue,
        held_files: HeldFiles,
        settle_seconds: float,
        incomplete_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self._inbox = inboxes.of(folder)
        self._incoming = incoming
        self._expected = expected
        self._scanner = scanner
        self._inspector = inspector
        self._availability = availability
        self._announcements = Announcements(folder, per_product, inboxes)
        self._gate = Gate(settle_seconds, incomplete_seconds)
        self._held = HeldReport(folder.root, self._gate, held_files, clock)
        self._has_begun = False
        self._rewritten_seconds = REWRITTEN_TIMES * settle_seconds
        self._clock = clock
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._scanner.start()

    def stop(self, seconds: float) -> None:
        """Finish what is being looked at, within so many seconds; the next start's scan finds what still waits."""
        deadline = time.monotonic() + seconds
        self._scanner.stop(seconds)
        self._inbox.close()
        self._thread.join(max(deadline - time.monotonic(), 0.0))
        self._inspector.stop(max(deadline - time.monotonic(), 0.0))

    @property
    def idle(self) -> bool:
        """No pass is running, and no file is waiting or being looked at."""
        return self._inbox.idle and len(self._gate) == 0

    @property
    def held(self) -> int:
        """How many files may not be written to their end yet, or are being looked at."""
        return len(self._gate)

    def _work(self) -> None:
        while not self._inbox.closed:
            if not self._has_begun:
                self._guarded(self._begin, self.folder)
            message = self._inbox.receive(self._patience(time.monotonic()))
            if message is not None:
                try:
                    self._guarded(self._handle, message)
                finally:
                    self._inbox.done()
            for path in self._gate.due(time.monotonic()):
                self._guarded(self._on_due, path)
            self._guarded(self._held.publish, time.monotonic())

    def _begin(self, folder: Folder) -> None:
        """What could not be read may be readable by now, and looks the same to a scan."""
        for path in self._expected.unreadable():
            if folder.holds(path):
                self._inbox.post(Written(path))
        self._has_begun = True

    def _patience(self, now: float) -> float | None:
        """How long to wait for the next message, in seconds; None: there is nothing else to do."""
        times = [self._gate.next_due(), self._held.next_due()]
        times += [] if self._has_begun else [now + AGAIN_SECONDS]
        return min((max(time - now, 0.0) for time in times if time is not None), default=None)

    def _guarded(self, step: Callable[[_T], None], of: _T) -> None:
        try:
            step(of)
        except StoreUnavailable as error:
            store_trouble.tell(error)
        except Exception:  # the top of a thread: a bug must not end the intake
            log.exception("intake_failed")

    def _handle(self, message: Message) -> None:
        match message:
            case Judged(path, turn, fingerprint, end):
                self._on_judged(path, turn, fingerprint, end)
            case TurnCame(turn):
                self._inspect(turn.path, turn.fingerprint, turn)
            case LookThrough(path) | Written(path) | Sighted(path) if self._availability.is_away(path):
                pass  # in a share that is not mounted: what is there is found when it is back
            case LookThrough(start):
                self._scanner.ask(start)
            case Written(path):
                self._on_written(path)
            case LookedThrough(start):
                if start == self.folder.root:
                    self._announcements.looked_through()
            case Sighted(path, fingerprint):
                self._observe(path, fingerprint)
            case Gone(path):
                self._on_gone(path)
            case FolderGone(path):
                for held in [held for held in self._gate.paths() if held.startswith(path + b"/")]:
                    self._forget(held)
                for known in self._expected.paths_below(path):
                    self._on_gone(known)

    def _on_written(self, path: bytes) -> None:
        fingerprint = None
        with suppress(OSError):  # out of reach: it gets another look when it is due
            fingerprint = look(path)
        # Events come late on a busy machine. One that brings nothing new must not restart the clock: a hero that a
        # pass had already seen was once overtaken by the next one.
        self._observe(path, fingerprint)

    def _observe(self, path: bytes, fingerprint: Fingerprint | None) -> None:
        self._gate.observe(path, fingerprint, time.monotonic())
        if fingerprint is not None:
            self._announcements.seen(path, fingerprint)

    def _forget(self, path: bytes) -> None:
        self._gate.forget(path)
        self._held.forget(path)
        self._announcements.withdraw(path)

    def _on_gone(self, path: bytes) -> None:
        if is_gone(path) or not self.folder.looks_at(path):
            self._forget(path)
            self._lost(path)
        elif not self._availability.is_away(path):
            self._on_written(path)

    def _on_due(self, path: bytes) -> None:
        if self._availability.is_away(path):
            self._forget(path)
            return
        try:
            fingerprint = look(path)
        except OSError:
            self._gate.observe(path, None, time.monotonic())
            self._announcements.withdraw(path)
            return
        if fingerprint is None:
            self._on_gone(path)
        elif not self._gate.confirm(path, fingerprint, time.monotonic()):
            self._announcements.seen(path, fingerprint)
        elif (turn := self._announcements.turn(path, fingerprint)) is not None:
            self._inspect_all(self._announcements.take(turn))
        else:
            self._inspect(path, fingerprint, None)

    def _inspect_all(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            self._inspect(turn.path, turn.fingerprint, turn)

    def _inspect(self, path: bytes, fingerprint: Fingerprint, turn: Turn | None) -> None:
        hasty = not self._gate.was_still(path, self._rewritten_seconds, time.monotonic())
        self._inspector.begin(path, fingerprint, turn, hasty=hasty, restless=self._gate.is_restless(path))

    def _on_judged(self, path: bytes, turn: Turn | None, fingerprint: Fingerprint, end: Judgement | Later) -> None:
        if turn is not None:
            # A newer version of it that was seen meanwhile has its own place in the order of the heroes.
            stays = end == Later(Wait.STILLNESS) or self._gate.is_waiting(path)
            self._inspect_all(self._announcements.end(turn, stays_announced=stays))
        match end:
            case Vanished() if is_gone(path):
                self._forget(path)
                self._lost(path)
            case Vanished():
                self._on_written(path)  # some programs delete the old file before the new one gets its name
                if not self._gate.is_waiting(path):
                    self._forget(path)
            case Later(Wait.STILLNESS) if self._gate.hold(path, self._rewritten_seconds, time.monotonic()):
                self._held.explain(path, WhyHeld.WRITTEN)
            case Later():
                self._held.explain(path, WhyHeld.WAITING)
                self._gate.postpone(path, time.monotonic())
            case Unreachable(why):
                self._held.explain(path, WhyHeld.FAILING)
                self._on_failure(path, fingerprint, why)
            case Unfinished(seen):
                self._held.explain(path, WhyHeld.WRITTEN if seen.reason is None else WhyHeld.INCOMPLETE)
                if not self._gate.incomplete(path, time.monotonic()) and self._record(path, fingerprint, seen):
                    self._forget(path)
            case Seen() if path in self._gate:
                self._held.forget(path)
                self._gate.done(path, time.monotonic())
            case Seen():
                self._on_gone(path)  # that was heard of before it was recorded

    def _record(self, path: bytes, fingerprint: Fingerprint, seen: Seen) -> bool:
        """It has not changed for so long that nothing more will come. False: not yet, and it is offered again."""
        try:
            end = self._inspector.record(path, fingerprint, seen, hasty=False)
        except (StoreUnavailable, TimeoutError):
            self._gate.observe(path, None, time.monotonic())  # else it would wait here for ever
            raise
        if isinstance(end, Later):
            self._gate.postpone(path, time.monotonic())
            return False
        return True

    def _on_failure(self, path: bytes, fingerprint: Fingerprint, why: str) -> None:
        """Shown as unreadable when it has failed for long enough, and still tried again, ever less often."""
        now = time.monotonic()
        if self._gate.is_parked(path) or self._expected.is_unreadable(path):
            self._gate.park(path, now)
        elif not self._gate.failing(path, now):
            seen = Seen(self.folder.names.label(path), None, Reason(ReasonCode.UNREADABLE, why))
            if self._record(path, fingerprint, seen):
                self._gate.park(path, now)

    def _lost(self, path: bytes) -> None:
        """The file is gone, unless nothing can be seen there because the folder itself is away."""
        if self._availability.absence_is_conclusive(self.folder.root, path):
            self._incoming.gone(path, self._clock())
