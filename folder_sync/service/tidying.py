"""When to put away the file of a photo that is uploaded or rejected, and when to try again. ``disposing`` says how."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from folder_sync.errors import FileChanged, StoreUnavailable
from folder_sync.files import disposal
from folder_sync.files.mounts import is_below
from folder_sync.photo import Reason, Record, State
from folder_sync.service.disposing import PUT_AWAY, AfterPolicy, Disposer
from folder_sync.service.folders import Folder
from folder_sync.store.places import Places

log = structlog.get_logger()


FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
"""Pauses between tries to put a file away: they double from the one to the other."""

_THE_FOLDER: Final = 0
"""No photo's id."""


@dataclass(frozen=True, slots=True)
class _Later:
    """A record whose file is to be put away at a time on the monotonic clock, or else tried again after ``pause``."""

    record: Record
    due: float
    pause: float


class _Folder:
    """What is still to be put away in one watched folder, and what was said about it. Whoever works there holds its
    lock.
    """

    def __init__(self, root: bytes, first_pause_seconds: float) -> None:
        self.root = root
        self._first_pause_seconds = first_pause_seconds
        self.lock = threading.Lock()
        self.later: dict[int, _Later] = {}
        self.blocked_until = -math.inf
        self._pause = first_pause_seconds
        self._said: set[tuple[int, str]] = set()

    def say(self, record: Record, reason: str, *, about: int) -> None:
        """Once, until it goes well."""
        if (about, reason) not in self._said:
            self._said.add((about, reason))
            log.warning("file_left", photo=record.id, path=record.path, reason=reason)

    def block(self, now: float) -> None:
        """Because one can't be put away, the others are not tried either, for a while that grows."""
        self.blocked_until = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def unblock(self, record: Record) -> None:
        """This one has been put away."""
        self.blocked_until, self._pause = -math.inf, self._first_pause_seconds
        self._said = {said for said in self._said if said[0] not in (record.id, _THE_FOLDER)}


class Tidier:
    """``rest_seconds``: how long a file that is moved for its name alone must have been still. Nobody has looked into
    it, and programs give odd names to what they are still writing.
    """

    def __init__(
        self,
        after: AfterPolicy,
        folders: Iterable[Folder],
        places: Places,
        clock: Callable[[], float],
        *,
        rest_seconds: float = 0.0,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._disposer = Disposer(after, places, clock)
        self._folders = [_Folder(folder.root, first_pause_seconds) for folder in folders]
        self._places = places
        self._clock = clock
        self._rest_seconds = rest_seconds
        self._first_pause_seconds = first_pause_seconds
        self._monotonic = monotonic

    def sweep(self, folder: Folder) -> None:
        """Put away what an earlier run did not get to, and forget the records of put-away photos that somebody has
        deleted.
        """
        at = next(one for one in self._folders if one.root == folder.root)
        is_there = _shows_something(folder.root)
        for record, home in self._places.rejected_and_put_away():
            if is_there and folder.holds(record.path):
                with at.lock:  # its record says where it will be before the file is there
                    if _has_gone(record.path, home):
                        self._places.forget(record)
                        disposal.remove_note(record.path)
        states = [state for state in PUT_AWAY if self._disposer.moves_or_deletes(state)]
        for record in self._places.standing(states):
            if folder.holds(record.path):
                self.tidy(record)
        for record in self._places.uploaded_and_put_away_below(self._disposer.rejected_folder(folder.root)):
            self.tidy(record)

    def tidy(self, record: Record) -> None:
        """A photo has reached its state, durably. What can't be done is reported once, and tried again ever less
        often.
        """
        self.settled(record, record.state, record.reason)

    def settled(self, record: Record, state: State, reason: Reason | None) -> None:
        """The same of a record that was read before it came to this state."""
        if state not in PUT_AWAY or not self._places.is_here(record):
            return
        at = next((one for one in self._folders if is_below(record.path, one.root)), None)
        if at is None or not self._disposer.is_wanted(record.path, state, reason, at.root):
            return
        record = replace(record, state=state, reason=reason)  # only now: it has forty fields
        with at.lock:
            now = self._monotonic()
            if record.id in at.later:
                at.later[record.id] = replace(at.later[record.id], record=record)
            elif (rest := self._rest(record)) > 0:
                at.later[record.id] = _Later(record, now + rest, self._first_pause_seconds)
            else:
                self._try(at, _Later(record, now, self._first_pause_seconds), now)

    def _rest(self, record: Record) -> float:
        """For how many more seconds a file is left alone. One that an earlier run knew has rested since then: otherwise
        nobody who runs `sync` every hour would ever see it put away.
        """
        if record.state is not State.REJECTED or record.sha256 is not None:
            return 0.0
        return self._rest_seconds - max(self._clock() - record.first_seen, 0.0)

    def try_again(self, folder: Folder) -> None:
        """Put away the files whose time has come."""
        at = next(one for one in self._folders if one.root == folder.root)
        with at.lock:
            now = self._monotonic()
            due = [later for later in at.later.values() if later.due <= now]
            for later in sorted(due, key=lambda later: later.pause):  # the one that failed most often comes last
                self._try(at, later, now)

    def _try(self, at: _Folder, later: _Later, now: float) -> None:
        record = later.record
        at.later.pop(record.id, None)
        if now < at.blocked_until:
            at.later[record.id] = replace(later, due=at.blocked_until)
            return
        again = _Later(record, now + later.pause, min(2 * later.pause, LONGEST_PAUSE_SECONDS))
        try:
            self._disposer.dispose(record, at.root)
        except FileChanged:
            log.info("file_left", photo=record.id, path=record.path, reason="it has changed since")
        except disposal.IsLink as error:
            at.say(record, str(error), about=record.id)
        except disposal.FileInUse as error:
            at.say(record, str(error.strerror), about=record.id)
            at.later[record.id] = again
        except (OSError, StoreUnavailable) as error:
            at.say(record, getattr(error, "strerror", None) or str(error), about=_THE_FOLDER)
            at.later[record.id] = again
            at.block(now)
        else:
            at.unblock(record)


def _has_gone(path: bytes, home: bytes) -> bool:
    """Whether a file that was put away is at neither place. Another machine may be moving it just now, from the one to
    the other, so that is asked about once more.
    """
    return not (os.path.lexists(path) or os.path.lexists(home) or os.path.lexists(path))


def _shows_something(root: bytes) -> bool:
    """An empty place is where the folder should be mounted, say: nothing in it tells what somebody has deleted."""
    try:
        with os.scandir(root) as entries:
            return any(not entry.name.startswith(b".") for entry in entries)
    except OSError:
        return False
