"""Taking photos in: from a path that somebody mentioned to a record in the store.

One thread owns the settling gate and does nothing slow. Looking into files happens elsewhere (``inspecting``), at most
one file of a product at a time, so that the heroes of a product are recorded in the order in which they were finished.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.opening import look
from folder_sync.files.watching import Kind
from folder_sync.photo import Fingerprint
from folder_sync.rules.arrivals import Later, Seen, Wait
from folder_sync.rules.names import convention
from folder_sync.rules.settling import Gate
from folder_sync.service.folders import Folder
from folder_sync.service.intake.inspectors import Inspection
from folder_sync.service.intake.judging import Judgement, Unfinished, Unreachable, Vanished
from folder_sync.service.intake.other_paths import is_gone
from folder_sync.service.intake.per_product import PerProductQueue, Product
from folder_sync.service.intake.scanner import Scanner
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.store.incoming import Incoming

log = structlog.get_logger()

REWRITTEN_TIMES: Final = 10.0
"""A photo that is written over in place, with pauses, looks complete at any time: the old end still stands behind the
new beginning. So a file that is known, and changes, has to be still for so many times ``settle_seconds``."""


class Intake:
    """One watched folder's."""

    def __init__(
        self,
        incoming: Incoming,
        inspection: Inspection,
        *,
        availability: FolderAvailability,
        per_product: PerProductQueue,
        settle_seconds: float,
        incomplete_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._incoming = incoming
        self._inspection = inspection
        self._availability = availability
        self._per_product = per_product
        self._gate = Gate(settle_seconds, incomplete_seconds)
        self._rewritten_seconds = REWRITTEN_TIMES * settle_seconds
        self._clock = clock
        self._inbox: SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._outstanding = 0
        self._folder_of: dict[bytes, Folder] = {}
        self._scanner = Scanner(incoming, self)
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._scanner.start()

    def stop(self, seconds: float) -> None:
        """What is being looked at is finished, for so long; what waits is found again by the next start's scan."""
        deadline = time.monotonic() + seconds
        self._scanner.stop(seconds)
        self._inbox.put(None)
        self._thread.join(max(deadline - time.monotonic(), 0.0))
        self._inspection.stop(max(deadline - time.monotonic(), 0.0))

    @property
    def idle(self) -> bool:
        """Nothing is being looked for, waited for or looked at."""
        return self._scanner.idle and self._outstanding == 0 and len(self._gate) == 0

    @property
    def held(self) -> int:
        """How many files may not be written to their end yet, or are being looked at."""
        return len(self._gate)

    def pass_cost(self, folder: Folder) -> float:
        """Processor seconds of the last full pass over a folder; 0 before the first."""
        return self._scanner.cost.get(folder.root, 0.0)

    # Called from other threads:

    def hear(self, folder: Folder, kind: Kind, path: bytes) -> None:
        """What a watcher reports."""
        if kind in (Kind.FOLDER, Kind.LOST) and self._availability.is_away(path):
            return  # looked through when it is back
        match kind:
            case Kind.WRITTEN:
                self._post(self._on_written, folder, path)
            case Kind.GONE:
                self._post(self._on_gone, folder, path)
            case Kind.FOLDER:
                self._scanner.ask(folder, path)
            case Kind.FOLDER_GONE:
                self._post(self._on_folder_gone, folder, path)
            case Kind.LOST:
                self._scanner.ask(folder, folder.root)

    def seen(self, folder: Folder, path: bytes, fingerprint: Fingerprint) -> None:
        self._post(self._on_seen, folder, path, fingerprint)

    def gone(self, folder: Folder, path: bytes) -> None:
        self._post(self._on_gone, folder, path)

    def believes(self, folder: Folder) -> bool:
        return self._availability.absence_is_conclusive(folder.root, folder.root)

    def look_again(self, folder: Folder, path: bytes) -> None:
        """A file is not what it was thought to be."""
        self._post(self._on_written, folder, path)

    def _post(self, handler: Callable[..., None], *arguments: object) -> None:
        with self._lock:
            self._outstanding += 1
        self._inbox.put((handler, arguments))

    # On the intake thread:

    def _work(self) -> None:
        while True:
            next_due = self._gate.next_due()
            timeout = None if next_due is None else max(next_due - time.monotonic(), 0.0)
            try:
                message = self._inbox.get(timeout=timeout)
            except Empty:
                pass
            else:
                if message is None:
                    return
                self._handle(*message)
            for path in self._gate.due(time.monotonic()):
                self._guarded(self._on_due, path)

    def _handle(self, handler: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        try:
            self._guarded(handler, *arguments)
        finally:
            with self._lock:
                self._outstanding -= 1

    def _guarded(self, handler: Callable[..., None], *arguments: Any) -> None:
        try:
            handler(*arguments)
        except StoreUnavailable as error:
            log.error("store_unavailable", reason=str(error))  # noqa: TRY400 -- a state of the world, not a bug
        except Exception:  # the top of a thread: a bug must not end the intake
            log.exception("intake_failed")

    def _on_written(self, folder: Folder, path: bytes) -> None:
        if self._availability.is_away(path):
            return  # it lies under a share that is not mounted; what is there when that is back is found then
        self._folder_of[path] = folder
        fingerprint = None
        with suppress(OSError):  # out of reach: looked at again when it is due
            fingerprint = look(path)
        # Events come late on a busy machine. One that tells nothing new must not restart the clock: a hero that a pass
        # had already seen was overtaken by the next one.
        self._gate.observe(path, fingerprint, time.monotonic())

    def _on_seen(self, folder: Folder, path: bytes, fingerprint: Fingerprint) -> None:
        if self._availability.is_away(path):
            return
        self._folder_of[path] = folder
        self._gate.observe(path, fingerprint, time.monotonic())

    def _on_gone(self, folder: Folder, path: bytes) -> None:
        if is_gone(path):
            self._leave(path)
            self._lost(folder, path)
        else:
            self._on_written(folder, path)

    def _on_folder_gone(self, folder: Folder, path: bytes) -> None:
        for held in [held for held in self._gate.paths() if held.startswith(path + b"/")]:
            self._leave(held)
        for known in self._incoming.paths_below(path):
            self._on_gone(folder, known)

    def _on_due(self, path: bytes) -> None:
        if self._availability.is_away(path):
            self._leave(path)
            return
        try:
            fingerprint = look(path)
        except OSError:
            self._gate.observe(path, None, time.monotonic())
            return
        folder = self._folder_of[path]
        if fingerprint is None:
            self._on_gone(folder, path)
        elif self._gate.confirm(path, fingerprint, now := time.monotonic()):
            hasty = not self._gate.was_still(path, self._rewritten_seconds, now)
            product = _product(folder, path)
            begin = partial(self._inspect, folder, path, fingerprint, product, hasty=hasty)
            if product is None:
                begin()
            else:
                self._per_product.take(product, begin)

    def _inspect(
        self, folder: Folder, path: bytes, fingerprint: Fingerprint, product: Product | None, *, hasty: bool
    ) -> None:
        """May be called on the thread of another folder's intake, whose turn is over."""
        with self._lock:
            self._outstanding += 1
        judged = partial(self._judged, folder, path, product)
        self._inspection.begin(folder, path, fingerprint, judged, hasty=hasty)

    def _judged(
        self, folder: Folder, path: bytes, product: Product | None, fingerprint: Fingerprint, end: Judgement | Later
    ) -> None:
        """Called on the crew."""
        self._post(self._on_judged, folder, path, product, fingerprint, end)
        with self._lock:
            self._outstanding -= 1

    def _on_judged(
        self, folder: Folder, path: bytes, product: Product | None, fingerprint: Fingerprint, end: Judgement | Later
    ) -> None:
        if product is not None:
            self._per_product.end(product)
        match end:
            case Vanished():
                self._leave(path)
                if is_gone(path):
                    self._lost(folder, path)
            case Later(Wait.STILLNESS) if self._gate.hold(path, self._rewritten_seconds, time.monotonic()):
                pass
            case Later():
                self._gate.postpone(path, time.monotonic())
            case Unreachable():
                self._gate.observe(path, None, time.monotonic())
            case Unfinished(seen):
                if not self._gate.incomplete(path, time.monotonic()):
                    self._give_up(folder, path, fingerprint, seen)
            case Seen():
                self._gate.done(path)
                if path not in self._gate:
                    self._folder_of.pop(path, None)

    def _give_up(self, folder: Folder, path: bytes, fingerprint: Fingerprint, seen: Seen) -> None:
        """It stayed as it is for so long that nothing more will come."""
        try:
            end = self._inspection.record(folder, path, fingerprint, seen, hasty=False)
        except (StoreUnavailable, TimeoutError):
            self._gate.observe(path, None, time.monotonic())  # offered again, else it would wait here for ever
            raise
        if isinstance(end, Later):
            self._gate.postpone(path, time.monotonic())
        else:
            self._leave(path)

    def _lost(self, folder: Folder, path: bytes) -> None:
        """No file stands there any more; unless nothing stands there, for the folder itself is away."""
        if self._availability.absence_is_conclusive(folder.root, path):
            self._incoming.gone(path, self._clock())

    def _leave(self, path: bytes) -> None:
        self._gate.forget(path)
        self._folder_of.pop(path, None)


def _product(folder: Folder, path: bytes) -> Product | None:
    understood = convention.parse(os.fsdecode(os.path.basename(path)))
    if not isinstance(understood, convention.Named):
        return None
    return folder.account, understood.label.gtin
