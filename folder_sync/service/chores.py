"""The chores of the housekeeping: each checks whether it is due, does it, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from folder_sync.files.pictures.converted_files import REST_SECONDS, ConvertedFiles
from folder_sync.photo import State
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.housekeeping import GivenUp
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.owner_mark import BEAT_SECONDS, OwnerMark
from folder_sync.store.adoption import Adoption
from folder_sync.store.incoming import Incoming
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Care
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.search import SearchIndex
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unwatched import Unwatched

log = structlog.get_logger()

CLOCK_STEP_SECONDS: Final = 5.0
"""Clocks are nudged all the time; more than this is a step."""

STATUS_SECONDS: Final = 5.0

SUSPICION_SECONDS: Final = 3600.0
"""How often to check a database in which damage was met that the check does not find."""


class Upkeep:
    """Once a day: forget what keys used long ago, see that the records are sound, and make a copy of them."""

    def __init__(self, care: Care, book: QuotaBook, *, clock: Callable[[], float] = time.time) -> None:
        self._care = care
        self._book = book
        self._clock = clock
        self._done_on = ""

    def do(self, given_up: GivenUp) -> None:
        now = self._clock()
        today = time.strftime("%Y-%m-%d", time.localtime(now))
        if today == self._done_on:
            return
        self._done_on = today  # what fails is tried again tomorrow, not every second
        self._book.trim(now)
        self._care.make_sure()  # before a copy of damage takes the place of a sound one
        if (copy := self._care.back_up(today, given_up=given_up)) is not None:
            log.info("database_backed_up", path=copy)


class ConvertedLeftovers:
    """Deletes converted files that no photo waits for any more: the records of some were lost, others are settled."""

    def __init__(self, queue: Queue, converted: ConvertedFiles) -> None:
        self._queue = queue
        self._converted = converted
        self._due_at = 0.0

    def do(self, _given_up: GivenUp) -> None:
        now = time.monotonic()
        if now < self._due_at:
            return
        self._due_at = now + REST_SECONDS
        try:
            if self._converted.holds_any():  # where nothing is converted, the records are not asked
                self._converted.drop_all_but(self._queue.recipes_in_use())
        except OSError as error:
            log.warning("converted_files_not_deleted", reason=str(error))


class Beat:
    """Keeps the mark beside the database up to date."""

    def __init__(self, mark: OwnerMark) -> None:
        self._mark = mark
        self._due_at = 0.0

    def do(self, _given_up: GivenUp) -> None:
        now = time.monotonic()
        if now >= self._due_at:
            self._due_at = now + BEAT_SECONDS
            self._mark.claim()


class Suspicion:
    """Checks the database after somebody met damage in it."""

    def __init__(self, care: Care) -> None:
        self._care = care
        self._not_before = 0.0

    def do(self, _given_up: GivenUp) -> None:
        if time.monotonic() >= self._not_before and self._care.is_suspected():
            self._not_before = time.monotonic() + SUSPICION_SECONDS
            self._care.make_sure()


class RequestCounts:
    """Records what was counted of requests since the last time."""

    def __init__(self, tallies: RequestTallies) -> None:
        self._tallies = tallies

    def do(self, _given_up: GivenUp) -> None:
        self._tallies.save()


class SearchIndexing:
    """The page's search finds the newest photos without the index, and all others through it."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    def do(self, given_up: GivenUp) -> None:
        while self._index.catch_up() and not given_up():
            pass


class ClockSteps:
    """Nothing may wait longer because the clock was set back."""

    def __init__(self, delivery: Delivery, *, clock: Callable[[], float] = time.time) -> None:
        self._delivery = delivery
        self._clock = clock
        self._offset = clock() - time.monotonic()

    def do(self, _given_up: GivenUp) -> None:
        offset = self._clock() - time.monotonic()
        back = self._offset - offset
        if back > CLOCK_STEP_SECONDS:
            self._delivery.clock_set_back(back)
            log.warning("clock_set_back", seconds=round(back))
        self._offset = offset


class Conclusions:
    """What can be concluded only once intake has looked at everything: what is superseded, and that adoption is
    over.
    """

    def __init__(
        self,
        incoming: Incoming,
        adoption: Adoption,
        service_state: ServiceState,
        *,
        intake: Intakes,
        folder_monitors: Sequence[FolderMonitor],
        availability: FolderAvailability,
        wakeup: Wakeup,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._incoming = incoming
        self._adoption = adoption
        self._service_state = service_state
        self._intake = intake
        self._folder_monitors = list(folder_monitors)
        self._availability = availability
        self._wakeup = wakeup
        self._clock = clock

    @property
    def due(self) -> bool:
        """Whether there is anything to conclude; that happens once intake is idle."""
        return self._incoming.unconcluded or self._may_end_adoption()

    def do(self, _given_up: GivenUp) -> None:
        if not (self._intake.idle and self.due):
            return
        may_end = self._may_end_adoption()
        if self._incoming.unconcluded and self._incoming.conclude(self._clock()):
            self._wakeup.ring_all()  # there may be images to delete
        if may_end and self._intake.idle:
            self._adoption.end()

    def _may_end_adoption(self) -> bool:
        """Everything that stood in the folders has been taken in: what comes from now on is new to the catalogue.

        Not while a folder is away, or nothing was found at all, as in a mount point without its mount.
        """
        return (
            self._adoption.is_open
            and not self._availability.away
            and all(folder_monitor.works for folder_monitor in self._folder_monitors)
            and not self._service_state.is_new()
        )


class SilentFolders:
    """Records folders that don't answer as paused: their own threads are stuck waiting for them."""

    def __init__(self, folder_monitors: Sequence[FolderMonitor]) -> None:
        self._folder_monitors = list(folder_monitors)

    @property
    def due(self) -> bool:
        return any(folder_monitor.silence_untold for folder_monitor in self._folder_monitors)

    def do(self, _given_up: GivenUp) -> None:
        for folder_monitor in self._folder_monitors:
            folder_monitor.tell_of_silence()


class Leftovers:
    """Deals with the records of folders that are no longer in the configuration: their photos can't be read any
    more.
    """

    def __init__(self, unwatched: Unwatched, roots: Sequence[bytes], *, clock: Callable[[], float] = time.time) -> None:
        self._unwatched = unwatched
        self._roots = list(roots)
        self._clock = clock
        self._done = False

    @property
    def due(self) -> bool:
        return not self._done

    def do(self, given_up: GivenUp) -> None:
        if self._done:
            return
        for _ in self._unwatched.leave(self._roots, self._clock()):
            if given_up():
                return
        self._done = True


class Rescans:
    """A full pass from time to time, and whenever a command has written, as `retry` does. What other machines write may
    let photos go that had to wait for theirs."""

    def __init__(
        self,
        photo_queries: PhotoQueries,
        folder_monitors: Sequence[FolderMonitor],
        wakeup: Wakeup,
        *,
        rescan_seconds: float,
    ) -> None:
        self._photo_queries = photo_queries
        self._folder_monitors = list(folder_monitors)
        self._wakeup = wakeup
        self._rescan_seconds = rescan_seconds
        self._version, self._commanded = photo_queries.version(), photo_queries.commanded()
        self._due_at = time.monotonic() + rescan_seconds

    def do(self, _given_up: GivenUp) -> None:
        now = time.monotonic()
        version = self._photo_queries.version()
        is_asked_for = False
        if version != self._version:
            self._wakeup.ring_all()
            commanded = self._photo_queries.commanded()
            is_asked_for = commanded != self._commanded
            self._version, self._commanded = version, commanded
        if not is_asked_for and now < self._due_at:
            return
        self._due_at = now + self._rescan_seconds
        for folder_monitor in self._folder_monitors:
            folder_monitor.rescan()


class StatusLine:
    """What `systemctl status` shows beside the name."""

    def __init__(self, photo_queries: PhotoQueries, systemd: SystemdNotifier) -> None:
        self._photo_queries = photo_queries
        self._systemd = systemd
        self._due_at = 0.0

    def do(self, _given_up: GivenUp) -> None:
        now = time.monotonic()
        if not self._systemd.listens or now < self._due_at:
            return
        self._due_at = now + STATUS_SECONDS
        counts = self._photo_queries.counts()
        shown = [f"{counts[state]} {state}" for state in State if counts[state]]
        self._systemd.tell(STATUS=", ".join(shown) or "Waiting for the first photo")
