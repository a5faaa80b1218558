"""Chores of the housekeeping that a pass waits for, for they may find something more to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from folder_sync.service.housekeeping import GivenUp
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.store.adoption import Adoption
from folder_sync.store.incoming import Incoming
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unwatched import Unwatched


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
