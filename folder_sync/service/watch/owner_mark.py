"""A file in each watched folder, and beside the database, that says which service works there and how far its records
have come.

Two services with records of their own would upload everything in a folder twice, so whoever comes second waits. And an
older copy of the database that was put back is behind what its own mark says: the catalogue has more than it knows.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Final

from folder_sync.files.timeouts import ANSWER_SECONDS, call_with_timeout
from folder_sync.service.watch.mark import HOST, LARGEST, SILENT_SECONDS, Mark, boot, born, data_of, read
from folder_sync.store.provenance import Provenance

BEAT_SECONDS: Final = 30.0
"""How often a running service renews its mark."""

LOOKED_UP: Final = (
    "Photos that seem new are looked up in the catalogue first, and not uploaded again if they are there."
)

_UNNOTICED: Final = "A second service on this folder would not be noticed: no mark can be left here ({})."

LOCK_TRIES: Final = 10
LOCK_PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Claim:
    """``other``: who has the folder. ``behind``: why the catalogue may have more than is known. Neither: it is ours."""

    other: Mark | None = None
    behind: str = ""


class OwnerMark:
    """For one thread. ``recursive``: subfolders are worked on, too. ``above``: the marks of its parent folders, where
    another service may work on everything below. ``is_shared``: which of the services on the same records works here
    is for these to say. ``problem``: why no mark can be left, as a sentence.
    """

    def __init__(
        self,
        path: bytes,
        provenance: Provenance,
        run: str,
        *,
        recursive: bool = False,
        above: Sequence[bytes] = (),
        clock: Callable[[], float] = time.monotonic,
        answer_seconds: float = ANSWER_SECONDS,
        mode: int = 0o644,
        is_shared: bool = False,
    ) -> None:
        self.problem = ""
        self._path = path
        self._provenance = provenance
        self._above = list(above)
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._mode = mode
        self._is_shared = is_shared
        self._taking = threading.Lock()
        self._written = b""
        self._ours = Mark(run, provenance.records, 0, HOST, boot(), os.getpid(), born(os.getpid()) or 0, recursive, 0)
        self._due = 0.0
        self._seen: dict[str, tuple[int, float]] = {}
        """The beat last seen of each other run, and since when."""
        self._ahead: Mark | None = None
        """The last mark that the records were behind."""
        self._caught_up_with: Mark | None = None

    def claim(self) -> Claim:
        """Make the folder ours, or see that it still is. Raises StoreUnavailable.

        A mark that the records are behind stays until ``catch_up``: nothing else knows of that.
        Where no mark can be written there is nothing to go by, and the folder is ours.
        """
        for above in self._above:
            mark = read(above)
            if mark is not None and mark.recursive and self._is_another(mark):
                return Claim(mark)
        data = data_of(self._path)
        if data is not None and data == self._written and self._clock() < self._due:
            return Claim()
        found = None if data is None else Mark.parse(data)
        if found is not None and self._is_another(found):
            return Claim(found)
        ours = found is not None and found.run == self._ours.run
        if (ours or self.problem) and self._clock() < self._due:
            return Claim()
        if found is not None and not ours and found != self._caught_up_with and (behind := self._behind(found)):
            self._ahead = found
            return Claim(behind=behind)
        self._due = self._clock() + BEAT_SECONDS
        try:
            other = self._take_or_replace()
        except OSError as error:
            self.problem = _UNNOTICED.format(error.strerror or str(error).rstrip("."))
            return Claim()
        self.problem = ""
        return Claim(other)

    def catch_up(self) -> None:
        """It is recorded that the records were behind: the mark that said so may go, and where it can't, is known."""
        self._caught_up_with = self._ahead

    def release(self) -> None:
        """Give the folder up. Raises StoreUnavailable."""
        if self._ours.beat == 0:
            return  # it never was ours
        with suppress(OSError), _locked(self._path, self._mode) as file:
            found = Mark.parse(os.pread(file, LARGEST, 0))
            if found is not None and found.run == self._ours.run:
                self._write(file, replace(self._ours, pid=0))

    def _take_or_replace(self) -> Mark | None:
        """Waits no longer for a lock than for anything else: the locks of a share may be kept by a separate service
        that can't be reached although the files can. Raises OSError.
        """
        try:
            return call_with_timeout(self._take, self._answer_seconds)
        except PermissionError:  # it belongs to another user, whose service has ended
            with suppress(FileNotFoundError):
                os.unlink(self._path)
            return call_with_timeout(self._take, self._answer_seconds)

    def _take(self) -> Mark | None:
        """Renew it. Returns the other's mark where somebody was faster. Raises OSError."""
        if not self._taking.acquire(blocking=False):
            raise TimeoutError(errno.ETIMEDOUT, "the last try still waits")
        try:
            with _locked(self._path, self._mode) as file:
                found = Mark.parse(os.pread(file, LARGEST, 0))
                if found is not None and self._is_another(found):
                    return found
                self._write(file, self._ours)
            return None
        finally:
            self._taking.release()

    def _is_another(self, found: Mark) -> bool:
        if self._is_shared and found.records == self._ours.records:
            return False
        return found.run != self._ours.run and not self._is_gone(found)

    def _is_gone(self, mark: Mark) -> bool:
        if mark.has_surely_ended():
            return True
        beat, since = self._seen.get(mark.run, (None, 0.0))
        if beat != mark.beat:
            self._seen[mark.run] = mark.beat, self._clock()
            return False
        return self._clock() - since >= SILENT_SECONDS

    def _behind(self, found: Mark) -> str:
        if found.records != self._provenance.records:
            return "another database was in use here before"
        if found.steps > self._provenance.steps():
            return "an older copy of the database was put back"
        return ""

    def _write(self, file: int, mark: Mark) -> None:
        self._ours = replace(self._ours, beat=self._ours.beat + 1)
        data = json.dumps(asdict(replace(mark, steps=self._provenance.steps(), beat=self._ours.beat))).encode()
        data = data.ljust(os.fstat(file).st_size)  # never empty in between
        os.pwrite(file, data, 0)
        self._written = data


@contextmanager
def _locked(path: bytes, mode: int) -> Iterator[int]:
    """Held only while reading and writing: an open file would keep a disk from being unmounted."""
    # Not blocking: opening a pipe that somebody laid here would wait for its reader for ever.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.open(path, flags, mode)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise OSError(errno.EEXIST, "something else stands there")  # a link to our database, say
        _lock(file)
        yield file
    finally:
        os.close(file)


def _lock(file: int) -> None:
    """Raises BlockingIOError where somebody else holds it, and for longer than a moment."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_SECONDS)
        except OSError:
            return  # not every share has locks
        else:
            return
    raise BlockingIOError(errno.EWOULDBLOCK, "somebody holds its lock")
