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
from folder_sync.service.intake.per_product import PerProductQueue, Product, Turn
from folder_sync.service.intake.scanner import Scanner
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.store.held_files import HeldFile, HeldFiles, WhyHeld
from folder_sync.store.incoming import Incoming

log = structlog.get_logger()

_T = TypeVar("_T")

PUBLISH_SECONDS: Final = 2.0
"""What is held for longer than this is published for `status`, and this often: most photos are held only for a
moment.
"""

NAMED: Final = 20
"""How many of them are named."""

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
        self._inboxes = inboxes
        self._inbox = inboxes.of(folder)
        self._incoming = incoming
        self._scanner = scanner
        self._inspector = inspector
        self._availability = availability
        self._per_product = per_product
        self._held_files = held_files
        self._gate = Gate(settle_seconds, incomplete_seconds)
        self._announced: dict[bytes, Product] = {}
        self._why: dict[bytes, WhyHeld] = {}
        self._published: Sequence[HeldFile] = ()
        self._publish_at = 0.0
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
            self._guarded(self._publish, time.monotonic())

    def _begin(self, folder: Folder) -> None:
        """What could not be read may be readable by now, and looks the same to a scan."""
        for path in self._incoming.unreadable():
            if folder.holds(path):
                self._inbox.post(Written(path))
        self._has_begun = True

    def _patience(self, now: float) -> float | None:
        """How long to wait for the next message, in seconds; None: there is nothing else to do."""
        times = [self._gate.next_due(), self._publish_at if len(self._gate) or self._published else None]
        times += [] if self._has_begun else [now + AGAIN_SECONDS]
        return min((max(time - now, 0.0) for time in times if time is not None), default=None)

    def _publish(self, now: float) -> None:
        """Publish what is held for longer than photos usually are: at once when nothing is held any more, else now and
        then.
        """
        if now < self._publish_at and len(self._gate):
            return
        self._publish_at = now + PUBLISH_SECONDS
        held = self._gate.held_since(now - PUBLISH_SECONDS, NAMED)
        ago = self._clock() - now
        files = [HeldFile(path, round(since + ago, 1), self._why_held(path)) for path, since in held]
        count = len(self._gate) if files else 0
        if count or self._published:
            self._held_files.publish(self.folder.root, count, files)
        self._published = files

    def _why_held(self, path: bytes) -> WhyHeld:
        why = self._why.get(path)
        if why is not None:
            return why
        return WhyHeld.WAITING if self._gate.is_handed_out(path) else WhyHeld.WRITTEN

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
                    self._inboxes.tell(self._per_product.looked_through(start))
            case Sighted(path, fingerprint):
                self._observe(path, fingerprint)
            case Gone(path):
                self._on_gone(path)
            case FolderGone(path):
                for held in [held for held in self._gate.paths() if held.startswith(path + b"/")]:
                    self._forget(held)
                for known in self._incoming.paths_below(path):
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
            self._announce(path, fingerprint)

    def _forget(self, path: bytes) -> None:
        self._gate.forget(path)
        self._why.pop(path, None)
        self._withdraw(path)

    def _announce(self, path: bytes, fingerprint: Fingerprint) -> None:
        turn = self._turn(path, fingerprint)
        if turn is None or not turn.is_hero or self._announced.get(path, turn.product) != turn.product:
            self._withdraw(path)  # under the product that its name meant before the products or shots changed
        if turn is not None and turn.is_hero:
            self._announced[path] = turn.product
            self._inboxes.tell(self._per_product.announce(turn))

    def _withdraw(self, path: bytes) -> None:
        if (product := self._announced.pop(path, None)) is not None:
            self._inboxes.tell(self._per_product.withdraw(product, path))

    def _turn(self, path: bytes, fingerprint: Fingerprint) -> Turn | None:
        """None where the name does not say which product it shows: then it has no place in any product's order."""
        names = self.folder.names
        product = names.product(path)
        if product is None:
            return None
        return Turn((self.folder.account, product), names.is_hero(path), self.folder, path, fingerprint)

    def _on_gone(self, path: bytes) -> None:
        if is_gone(path):
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
            self._withdraw(path)
            return
        if fingerprint is None:
            self._on_gone(path)
        elif not self._gate.confirm(path, fingerprint, time.monotonic()):
            self._announce(path, fingerprint)
        elif (turn := self._turn(path, fingerprint)) is not None:
            self._tell(self._per_product.take(turn))
        else:
            self._inspect(path, fingerprint, None)

    def _tell(self, turns: Sequence[Turn]) -> None:
        """Whose turn it is now. This folder's own need no message."""
        for turn in turns:
            if turn.folder is self.folder:
                self._inspect(turn.path, turn.fingerprint, turn)
            else:
                self._inboxes.tell([turn])

    def _inspect(self, path: bytes, fingerprint: Fingerprint, turn: Turn | None) -> None:
        hasty = not self._gate.was_still(path, self._rewritten_seconds, time.monotonic())
        self._inspector.begin(path, fingerprint, turn, hasty=hasty, restless=self._gate.is_restless(path))

    def _on_judged(self, path: bytes, turn: Turn | None, fingerprint: Fingerprint, end: Judgement | Later) -> None:
        if turn is not None:
            stays = end == Later(Wait.STILLNESS)
            if not stays:
                self._announced.pop(path, None)
            self._tell(self._per_product.end(turn, stays_announced=stays))
        match end:
            case Vanished():
                self._forget(path)
                if is_gone(path):
                    self._lost(path)
            case Later(Wait.STILLNESS) if self._gate.hold(path, self._rewritten_seconds, time.monotonic()):
                self._why[path] = WhyHeld.WRITTEN
            case Later():
                self._why[path] = WhyHeld.WAITING
                self._gate.postpone(path, time.monotonic())
            case Unreachable(why):
                self._why[path] = WhyHeld.FAILING
                self._on_failure(path, fingerprint, why)
            case Unfinished(seen):
                self._why[path] = WhyHeld.WRITTEN if seen.reason is None else WhyHeld.INCOMPLETE
                if not self._gate.incomplete(path, time.monotonic()) and self._record(path, fingerprint, seen):
                    self._forget(path)
            case Seen():
                self._why.pop(path, None)
                self._gate.done(path, time.monotonic())

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
        if self._gate.is_parked(path) or self._incoming.is_unreadable(path):
            self._gate.park(path, now)
        elif not self._gate.failing(path, now):
            seen = Seen(self.folder.names.label(path), None, Reason(ReasonCode.UNREADABLE, why))
            if self._record(path, fingerprint, seen):
                self._gate.park(path, now)

    def _lost(self, path: bytes) -> None:
        """The file is gone, unless nothing can be seen there because the folder itself is away."""
        if self._availability.absence_is_conclusive(self.folder.root, path):
            self._incoming.gone(path, self._clock())
