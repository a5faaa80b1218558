"""Moves, deletes or keeps the file of a photo that is uploaded or rejected.

The record comes first: it says where the file will be before the file is there, so that the watcher, which sees the
file leave, finds nothing to forget. After an interruption in between, the next start finds the file and tidies again.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import structlog

from folder_sync.errors import FileChanged, StoreUnavailable
from folder_sync.files import disposal
from folder_sync.files.mounts import is_below
from folder_sync.files.opening import look
from folder_sync.photo import Reason, ReasonCode, Record, State
from folder_sync.service.folders import Folder
from folder_sync.store.places import Places
from folder_sync.text import display

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AfterPolicy:
    """The ``[after]`` of the configuration."""

    uploaded: Literal["keep", "move", "delete"] = "keep"
    rejected: Literal["keep", "move"] = "keep"
    uploaded_folder: bytes = b"uploaded"
    rejected_folder: bytes = b"rejected"


FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
"""Pauses between tries to put a file away: they double from the one to the other."""

_PUT_AWAY: Final = (State.UPLOADED, State.REJECTED)

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
        self._after = after
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
        states = [state for state in _PUT_AWAY if self._wish(state) != "keep"]
        for record in self._places.standing(states):
            if folder.holds(record.path):
                self.tidy(record)
        put_away = os.path.join(folder.root, self._after.rejected_folder)
        for record in self._places.uploaded_and_put_away_below(put_away):
            self.tidy(record)

    def tidy(self, record: Record) -> None:
        """A photo has reached its state, durably. What can't be done is reported once, and tried again ever less
        often.
        """
        self.settled(record, record.state, record.reason)

    def settled(self, record: Record, state: State, reason: Reason | None) -> None:
        """The same of a record that was read before it came to this state."""
        if state not in _PUT_AWAY or not self._places.is_here(record):
            return
        at = next((one for one in self._folders if is_below(record.path, one.root)), None)
        if at is None or not self._is_wanted(record.path, state, reason, at.root):
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

    def _is_wanted(self, path: bytes, state: State, reason: Reason | None, root: bytes) -> bool:
        if reason is not None and reason.code == ReasonCode.UNREADABLE:
            return False  # it is tried again where it stands
        if state is State.UPLOADED and self._wish(state) == "move":
            return not path.startswith(os.path.join(root, self._after.uploaded_folder, b""))  # sent once more
        return self._wish(state) != "keep" or (state is State.UPLOADED and self._is_put_away(path, root))

    def _try(self, at: _Folder, later: _Later, now: float) -> None:
        record = later.record
        at.later.pop(record.id, None)
        if now < at.blocked_until:
            at.later[record.id] = replace(later, due=at.blocked_until)
            return
        again = _Later(record, now + later.pause, min(2 * later.pause, LONGEST_PAUSE_SECONDS))
        try:
            self._put_away(record, at.root)
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

    def _put_away(self, record: Record, root: bytes) -> None:
        wish = self._wish(record.state)
        if self._is_put_away(record.path, root):
            self._tidy_put_away(record, root, wish)
        elif wish == "move":
            self._move(record, record.path, root)
        else:
            self._delete(record)

    def _wish(self, state: State) -> str:
        return self._after.uploaded if state is State.UPLOADED else self._after.rejected

    def _is_put_away(self, path: bytes, root: bytes) -> bool:
        return path.startswith(os.path.join(root, self._after.rejected_folder, b""))

    def _tidy_put_away(self, record: Record, root: bytes, wish: str) -> None:
        """A photo that was rejected, put away, retried and uploaded goes where all uploaded photos go."""
        if record.state is State.REJECTED:
            self._explain(record, record.path)  # refused again, maybe for another reason
            return
        found = look(record.path)
        if found is None or (found.size, found.mtime_ns) != (record.fingerprint.size, record.fingerprint.mtime_ns):
            raise FileChanged("The file has changed since it was dealt with.")
        disposal.remove_note(record.path)
        # Putting it away changed its change time; its bytes are those that were just sent.
        photo, home = replace(record, fingerprint=found), self._places.home(record)
        match wish:
            case "move":
                self._move(photo, home, root)
            case "delete":
                self._delete(photo)
            case _ if not os.path.lexists(home):
                disposal.move(photo.path, home, found)
                self._places.bring_home(photo, self._clock())

    def _move(self, record: Record, home: bytes, root: bytes) -> None:
        """Move it below the folder of its state, to the place that ``home`` has below the root."""
        rejected = record.state is State.REJECTED
        folder = self._after.rejected_folder if rejected else self._after.uploaded_folder
        to = disposal.destination(home, root, folder, self._places.is_known)
        step = self._places.put_away(record, to)
        if step is None:
            return
        try:
            # The text comes first: after an interruption behind the move, nothing would come back to write it.
            if rejected:
                self._explain(record, to)
            disposal.move(record.path, to, record.fingerprint)
        except BaseException:
            self._places.undo(step)
            if rejected:
                disposal.remove_note(to)
            raise
        self._places.has_left(step, self._clock())

    def _explain(self, record: Record, path: bytes) -> None:
        if record.reason is not None:
            disposal.write_note(path, _note(record))

    def _delete(self, record: Record) -> None:
        step = self._places.put_away(record, None)
        if step is None:
            return
        try:
            disposal.delete(record.path, record.fingerprint)
        except BaseException:
            self._places.undo(step)
            raise
        self._places.has_left(step, self._clock())


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


def _note(record: Record) -> str:
    name = display(os.path.basename(record.path).decode("utf-8", "replace"))
    message = display(record.reason.message) if record.reason else ""
    return (
        f"{name} was not uploaded.\n\n{message}\n\n"
        "Once it is fixed, put it into the export folder again. This text file may be deleted.\n"
    )
