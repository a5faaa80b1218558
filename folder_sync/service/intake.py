"""Taking photos in: from a path that somebody mentioned to a record in the store.

One thread owns the settling gate and does nothing slow. Looking into files happens on a small pool, at most one
file of a product at a time, so that the heroes of a product are recorded in the order in which they were finished.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.opening import are_alike, is_listed, look
from folder_sync.files.watching import Kind
from folder_sync.photo import Fingerprint, Record
from folder_sync.rules import naming
from folder_sync.rules.arrivals import Arrival, Later, Seen
from folder_sync.rules.settling import Gate
from folder_sync.service.folders import Folder
from folder_sync.service.judging import Judgement, Unfinished, Unreachable, Vanished, judge
from folder_sync.service.presence import Presence
from folder_sync.service.scanner import Scanner
from folder_sync.store.incoming import Incoming, Place

log = structlog.get_logger()

INSPECTORS: Final = 2
"""Decoding runs outside Python's lock, so a second one helps; more would only wait for the disk."""

REWRITTEN_TIMES: Final = 10.0
"""A photo that is written over in place, with pauses, looks complete at any time: the old end still stands behind the
new beginning. So a file that is known, and changes, has to be still for so many times ``settle_seconds``."""

Recorded = Callable[[Arrival, Record], None]


class Intake:
    """``recorded`` is told every decision that was written, ``organization_of`` names an account's organization.

    ``roots``: the watched folders. What stands anywhere else does not exist.
    """

    def __init__(
        self,
        incoming: Incoming,
        *,
        roots: Collection[bytes],
        presence: Presence,
        settle_seconds: float,
        incomplete_seconds: float,
        max_bytes: int,
        organization_of: Callable[[str], str | None],
        recorded: Recorded,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._incoming = incoming
        self._roots = {root.rstrip(b"/") + b"/": root for root in roots}
        self._presence = presence
        self._gate = Gate(settle_seconds, incomplete_seconds)
        self._rewritten_seconds = REWRITTEN_TIMES * settle_seconds
        self._max_bytes = max_bytes
        self._organization_of = organization_of
        self._recorded = recorded
        self._clock = clock
        self._inbox: SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._outstanding = 0
        self._folder_of: dict[bytes, Folder] = {}
        self._chains: dict[tuple[str, str], deque[tuple[Folder, bytes, Fingerprint]]] = {}
        self._pool = ThreadPoolExecutor(INSPECTORS, thread_name_prefix="inspector")
        self._scanner = Scanner(incoming, self)
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._scanner.start()

    def stop(self) -> None:
        """What is being looked at is finished; what waits in the gate is found again by the next start's scan."""
        self._scanner.stop()
        self._inbox.put(None)
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def idle(self) -> bool:
        """Nothing is being looked for, waited for or looked at."""
        return self._scanner.idle and self._outstanding == 0 and len(self._gate) == 0

    def pass_cost(self, folder: Folder) -> float:
        """Processor seconds of the last full pass over a folder; 0 before the first."""
        return self._scanner.cost.get(folder.root, 0.0)

    # Called from other threads:

    def hear(self, folder: Folder, kind: Kind, path: bytes) -> None:
        """What a watcher reports."""
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
        return self._presence.is_there(folder.root, folder.root)

    def leave_what_is_not_watched(self) -> None:
        """At start: photos of folders that were taken out of the configuration can't be read any more."""
        for inner in self._incoming.folders_below(b""):
            if not (inner + b"/").startswith(tuple(self._roots)):
                for name in self._incoming.fingerprints(inner):
                    self._incoming.gone(os.path.join(inner, name), self._clock())

    def look_again(self, folder: Folder, path: bytes) -> None:
        """A file is not what it was thought to be."""
        self._post(self._on_changed, folder, path)

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
        if self._presence.is_away(path):
            return  # it lies under a share that is not mounted; what is there when that is back is found then
        self._folder_of[path] = folder
        now = time.monotonic()
        if self._gate.observe(path, None, now):
            with suppress(OSError):  # out of reach: looked at again when it is due
                if (fingerprint := look(path)) is not None:
                    self._gate.observe(path, fingerprint, now)

    def _on_changed(self, folder: Folder, path: bytes) -> None:
        """Unlike an event this says nothing of when: what has been still for a while goes on being so."""
        with suppress(OSError):
            if (fingerprint := look(path)) is not None:
                self._on_seen(folder, path, fingerprint)
                return
        self._on_written(folder, path)

    def _on_seen(self, folder: Folder, path: bytes, fingerprint: Fingerprint) -> None:
        if self._presence.is_away(path):
            return
        self._folder_of[path] = folder
        self._gate.observe(path, fingerprint, time.monotonic())

    def _on_gone(self, folder: Folder, path: bytes) -> None:
        if _is_gone(path):
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
        if self._presence.is_away(path):
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
            if self._incoming.is_known(path) and self._gate.hold(path, self._rewritten_seconds, now):
                return
            key = _chain_key(folder, path)
            if key is None:
                self._inspect(folder, path, fingerprint, None)
            elif key in self._chains:
                self._chains[key].append((folder, path, fingerprint))
            else:
                self._chains[key] = deque()
                self._inspect(folder, path, fingerprint, key)

    def _inspect(self, folder: Folder, path: bytes, fingerprint: Fingerprint, key: tuple[str, str] | None) -> None:
        with self._lock:
            self._outstanding += 1
        self._pool.submit(self._judge, folder, path, fingerprint, key)

    def _on_judged(
        self, folder: Folder, path: bytes, key: tuple[str, str] | None, fingerprint: Fingerprint, end: Judgement | Later
    ) -> None:
        if key is not None:
            if waiting := self._chains[key]:
                self._inspect(*waiting.popleft(), key)
            else:
                del self._chains[key]
        match end:
            case Vanished():
                self._leave(path)
                if _is_gone(path):
                    self._lost(folder, path)
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
            end = self._record(folder, path, fingerprint, seen)
        except StoreUnavailable:
            self._gate.observe(path, None, time.monotonic())  # offered again, else it would wait here for ever
            raise
        if isinstance(end, Later):
            self._gate.postpone(path, time.monotonic())
        else:
            self._leave(path)

    def _lost(self, folder: Folder, path: bytes) -> None:
        """No file stands there any more; unless nothing stands there, for the folder itself is away."""
        if self._presence.is_there(folder.root, path):
            self._incoming.gone(path, self._clock())

    def _leave(self, path: bytes) -> None:
        self._gate.forget(path)
        self._folder_of.pop(path, None)

    # On the pool:

    def _judge(self, folder: Folder, path: bytes, fingerprint: Fingerprint, key: tuple[str, str] | None) -> None:
        end: Judgement | Later = Later()
        opened = fingerprint
        try:
            judgement, opened = judge(path, folder.root, fingerprint, self._max_bytes)
            if isinstance(judgement, Seen):
                if look(path) == opened == fingerprint:
                    end = self._record(folder, path, opened, judgement)
            else:
                end = judgement
        except OSError as error:
            log.warning("photo_out_of_reach", path=path, reason=str(error))
        except StoreUnavailable as error:
            log.error("store_unavailable", reason=str(error))  # noqa: TRY400 -- a state of the world, not a bug
        except Exception:  # the top of a thread: one photo's bug must not stop the others
            log.exception("inspection_failed", path=path)
        finally:
            self._post(self._on_judged, folder, path, key, opened, end)
            with self._lock:
                self._outstanding -= 1

    def _record(self, folder: Folder, path: bytes, fingerprint: Fingerprint, seen: Seen) -> Seen | Later:
        place = Place(path, folder.account, self._organization_of(folder.account), fingerprint)
        arrival, record = self._incoming.arrive(place, seen, self._clock(), exists=partial(self._exists, beside=path))
        if record is None:
            return Later()
        self._recorded(arrival, record)
        return seen

    def _exists(self, path: bytes, *, beside: bytes) -> bool:
        """Whether another file stands at ``path`` than the one ``beside`` it, or may, in a folder that is away."""
        root = next((root for prefix, root in self._roots.items() if path.startswith(prefix)), None)
        if root is None:
            return False
        try:
            if look(path) is None:
                return not self._presence.is_there(root, path)
            return not are_alike(path, beside) or is_listed(path)
        except OSError:
            return True


def _chain_key(folder: Folder, path: bytes) -> tuple[str, str] | None:
    understood = naming.parse(os.fsdecode(os.path.basename(path)))
    if not isinstance(understood, naming.Named):
        return None
    return folder.account, understood.label.gtin


def _is_gone(path: bytes) -> bool:
    """Surely: what can't be reached has not gone. The name counts, for shares find a file under others as well."""
    try:
        return look(path) is None or not is_listed(path)
    except OSError:
        return False
