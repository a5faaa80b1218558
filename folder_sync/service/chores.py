"""Chores of the housekeeping that nobody waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.photo import State
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.housekeeping import GivenUp
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.store.conversions import Conversions
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Care
from folder_sync.store.quota import QuotaBook
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.search import SearchIndex

log = structlog.get_logger()

CLOCK_STEP_SECONDS: Final = 5.0
"""Clocks are nudged all the time; more than this is a step."""

SUSPICION_SECONDS: Final = 3600.0
"""How often to check a database in which damage was met that the check does not find."""


class DailyUpkeep:
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

    def __init__(self, conversions: Conversions, converted: ConvertedFiles) -> None:
        self._conversions = conversions
        self._converted = converted

    def do(self, _given_up: GivenUp) -> None:
        try:
            if self._converted.holds_any():  # where nothing is converted, the records are not asked
                self._converted.drop_all_but(self._conversions.in_use())
        except OSError as error:
            log.warning("converted_files_not_deleted", reason=str(error))


class MarkRefresh:
    """Keeps the mark beside the database up to date."""

    def __init__(self, mark: OwnerMark) -> None:
        self._mark = mark

    def do(self, _given_up: GivenUp) -> None:
        self._mark.claim()


class DamageCheck:
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

    def do(self, _given_up: GivenUp) -> None:
        if not self._systemd.listens:
            return
        counts = self._photo_queries.counts()
        shown = [f"{counts[state]} {state}" for state in State if counts[state]]
        self._systemd.tell(STATUS=", ".join(shown) or "Waiting for the first photo")
