"""When a file is written, and when it is worth another look.

Nobody tells a watcher that a photo is finished. Events name the moment a file was closed, but network file systems
send none, programs close a file and open it again, and copies keep the file times of their source. So stillness is
judged by what was seen here, on the monotonic clock: **a file is settled when one fingerprint was first seen at
least settle_seconds ago, is still there now, and nothing was announced in between.**

* An event (``observe`` without a fingerprint) restarts the clock and makes the known fingerprint worthless: the event
  may have been for a change made after it. ``observe`` then asks for a look, one ``stat`` for a burst of events.
  As the watcher's last event for a file is its closing, the file is handed out exactly settle_seconds after that.
* At the end of that time the caller looks again and ``confirm`` compares, so a slow writer whose writes are not
  announced is caught: its fingerprint differs, and the clock restarts from there. A caller that never answered the
  request for a look is no danger either: with nothing to compare, the first look counts as the start.
* Attributes may never rest, as a program sets them again and again: a file of which nothing but the change time is new
  for incomplete_seconds is handed out all the same. What is sent is compared with what was read anyway.
* A path leaves the gate only by ``done`` or ``forget``, and ``done`` does nothing once something newer was seen of
  the path. Whatever happens to a file while it is being read is therefore offered again.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from itertools import islice

from folder_sync.photo import Fingerprint

LONGEST_POSTPONEMENT_SECONDS = 30.0
"""Every offer costs a reading of the whole photo, and a doubt that nobody settles may last for days."""

LONGEST_PARKED_SECONDS = 3600.0
"""How rarely, in the end, something is tried that fails again and again."""


@dataclass(slots=True)
class _Waiting:
    number: int
    """Counts first sights, so that photos due at the same time come out in the order in which they arrived."""
    fingerprint: Fingerprint | None
    still_since: float
    due: float | None
    """None: handed out, and nothing new was seen since."""
    pause: float
    """Seconds from the next finding that it is incomplete, or can't be decided yet, to the next offer."""
    data: tuple[int, int] | None
    """Size and time of modification."""
    data_since: float
    first_seen: float
    restless: bool = False
    """Only its attributes changed when it was last seen."""
    failing_since: float | None = None
    parked: bool = False
    queued: float | None = None
    """The time of this path's one good heap item; those with other times are stale."""


class Gate:
    """Holds paths back until they are still. All times are seconds on one monotonic clock; one thread owns a gate.

    Every operation but ``paths`` costs O(log n) in the number of paths held.
    """

    def __init__(self, settle_seconds: float, incomplete_seconds: float) -> None:
        self._settle = settle_seconds
        self._incomplete = incomplete_seconds
        self._paths: dict[bytes, _Waiting] = {}
        self._heap: list[tuple[float, int, bytes]] = []
        self._parked = 0
        self._arrivals = 0

    def observe(self, path: bytes, fingerprint: Fingerprint | None, now: float) -> bool:
        """Something happened at this path (None), or this is what was seen there.

        True asks the caller to look at the file now, and to tell in a second ``observe`` what it saw.
        """
        waiting = self._paths.get(path)
        if waiting is None:
            self._arrivals += 1
            waiting = _Waiting(self._arrivals, fingerprint, now, None, self._settle, _data(fingerprint), now, now)
            self._paths[path] = waiting
        elif fingerprint is not None and fingerprint == waiting.fingerprint:
            return False
        elif fingerprint is not None and _data(fingerprint) != waiting.data:
            waiting.data, waiting.data_since = _data(fingerprint), now
        elif fingerprint is not None and now >= waiting.data_since + self._incomplete:
            # Only its attributes never rest: some program sets them again and again.
            waiting.fingerprint, waiting.still_since, waiting.restless = fingerprint, waiting.data_since, True
            self._offer(path, waiting, now + self._settle if waiting.due is None else now)
            return False
        waiting.fingerprint = fingerprint
        waiting.still_since = now
        waiting.pause = self._settle
        waiting.failing_since, waiting.restless = None, False
        self._unpark(waiting)
        self._offer(path, waiting, now + self._settle)
        return fingerprint is None

    def due(self, now: float) -> list[bytes]:
        """Paths that were still for long enough, first due first; each once, until it is seen changed or put back."""
        ready: list[bytes] = []
        while (next_due := self.next_due()) is not None and next_due <= now:
            _, _, path = heappop(self._heap)
            self._paths[path].due = self._paths[path].queued = None
            ready.append(path)
        return ready

    def next_due(self) -> float | None:
        """When ``due`` will have something to say; None while nothing waits."""
        while self._heap:
            queued, _, path = self._heap[0]
            waiting = self._paths.get(path)
            if waiting is None or waiting.due is None or waiting.queued != queued:
                heappop(self._heap)
            elif waiting.due != queued:  # put off since it was queued
                waiting.queued = waiting.due
                heapreplace(self._heap, (waiting.due, waiting.number, path))
            else:
                return queued
        return None

    def confirm(self, path: bytes, fingerprint: Fingerprint, now: float) -> bool:
        """Whether a path handed out still is what was seen of it. If not, the clock has been restarted."""
        waiting = self._paths.get(path)
        if waiting is not None and waiting.due is None:
            if waiting.restless and waiting.data == _data(fingerprint):
                waiting.fingerprint = fingerprint
            if waiting.fingerprint == fingerprint:
                return True
        self.observe(path, fingerprint, now)
        return False

    def hold(self, path: bytes, seconds: float, now: float) -> bool:
        """A path handed out has to be still for longer than others. True where it was not, and is offered again when
        it was, or when something newer was seen of it."""
        if self.was_still(path, seconds, now):
            return False
        waiting = self._paths[path]
        if waiting.due is None:
            self._offer(path, waiting, waiting.still_since + seconds)
        return True

    def was_still(self, path: bytes, seconds: float, now: float) -> bool:
        waiting = self._paths.get(path)
        return waiting is None or now >= waiting.still_since + seconds

    def incomplete(self, path: bytes, now: float) -> bool:
        """The content of a path handed out ends too early: offer it again, at growing intervals.

        False once it has been like that, unchanged, for incomplete_seconds: it won't be completed, and is not
        offered again until it changes.
        """
        waiting = self._paths.get(path)
        if waiting is None:
            self.observe(path, None, now)
            return True
        return waiting.due is not None or self._offer_until(waiting.still_since + self._incomplete, path, waiting, now)

    def postpone(self, path: bytes, now: float) -> None:
        """What a path handed out means can't be decided yet: offer it again, at growing intervals."""
        waiting = self._paths.get(path)
        if waiting is None:
            self.observe(path, None, now)
        elif waiting.due is None:
            self._offer(path, waiting, now + waiting.pause)
            waiting.pause = min(2 * waiting.pause, max(LONGEST_POSTPONEMENT_SECONDS, self._settle))

    def failing(self, path: bytes, now: float) -> bool:
        """Looking into a path handed out failed: offer it again, at growing intervals.

        False once it has failed again and again for incomplete_seconds; it is not offered again then, unless parked.
        """
        waiting = self._paths.get(path)
        if waiting is None:
            self.observe(path, None, now)
            return True
        if waiting.due is not None:
            return True
        if waiting.failing_since is None:
            waiting.failing_since = now
        return self._offer_until(waiting.failing_since + self._incomplete, path, waiting, now)

    def _offer_until(self, deadline: float, path: bytes, waiting: _Waiting, now: float) -> bool:
        if now >= deadline:
            return False
        self._offer(path, waiting, min(now + waiting.pause, deadline))
        waiting.pause *= 2
        return True

    def park(self, path: bytes, now: float) -> None:
        """Nobody has to wait for a path handed out any more, but it is offered again, ever less often."""
        waiting = self._paths.get(path)
        if waiting is not None and waiting.due is None:
            if not waiting.parked:
                waiting.parked = True
                self._parked += 1
            self._offer(path, waiting, now + waiting.pause)
            waiting.pause = min(2 * waiting.pause, max(LONGEST_PARKED_SECONDS, self._settle))

    def is_parked(self, path: bytes) -> bool:
        waiting = self._paths.get(path)
        return waiting is not None and waiting.parked

    def is_restless(self, path: bytes) -> bool:
        """Whether it is handed out although its attributes may change at any moment."""
        waiting = self._paths.get(path)
        return waiting is not None and waiting.restless

    def done(self, path: bytes, now: float) -> None:
        """A path handed out has been dealt with. If something newer was seen of it since, it stays."""
        waiting = self._paths.get(path)
        if waiting is not None and waiting.due is None:
            self.forget(path)
        elif waiting is not None:
            waiting.data_since = now  # what changes from now on is another matter

    def forget(self, path: bytes) -> None:
        """The file is gone."""
        waiting = self._paths.pop(path, None)
        if waiting is not None:
            self._unpark(waiting)

    def paths(self) -> list[bytes]:
        """Every path held, waiting or handed out, in the order of first sight."""
        return list(self._paths)

    def held_since(self, time: float, most: int) -> list[tuple[bytes, float]]:
        """The paths that are held since then or longer, and since when; those first that were seen first. O(n)."""
        held = ((path, waiting.first_seen) for path, waiting in self._paths.items() if not waiting.parked)
        return list(islice(((path, since) for path, since in held if since <= time), most))

    def is_handed_out(self, path: bytes) -> bool:
        waiting = self._paths.get(path)
        return waiting is not None and waiting.due is None

    def is_waiting(self, path: bytes) -> bool:
        """Whether something newer was seen of a path since it was handed out."""
        waiting = self._paths.get(path)
        return waiting is not None and waiting.due is not None

    def __contains__(self, path: bytes) -> bool:
        return path in self._paths

    def __len__(self) -> int:
        """How many are held, without those that are parked."""
        return len(self._paths) - self._parked

    def _unpark(self, waiting: _Waiting) -> None:
        if waiting.parked:
            waiting.parked = False
            self._parked -= 1

    def _offer(self, path: bytes, waiting: _Waiting, due: float) -> None:
        # Putting off leaves the heap alone, next_due moves the item when it comes up: a photo written in a thousand
        # pieces costs one item, not a thousand.
        waiting.due = due
        if waiting.queued is None or due < waiting.queued:
            waiting.queued = due
            heappush(self._heap, (due, waiting.number, path))


def _data(fingerprint: Fingerprint | None) -> tuple[int, int] | None:
    return None if fingerprint is None else (fingerprint.size, fingerprint.mtime_ns)
