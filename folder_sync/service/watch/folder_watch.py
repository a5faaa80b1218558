"""Keeps one folder watched: resumes after it was away, polls where watching does not work, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable, WatchLimit, WatchUnavailable
from folder_sync.files.scanning import folder_unavailable
from folder_sync.files.watching import WatchEvent, Watching, watch
from folder_sync.service.folders import Backend, Folder
from folder_sync.service.intake.inbox import FolderGone, Gone, Inbox, LookThrough, Written
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.canary import Canary
from folder_sync.service.watch.folder_pauses import FolderPauses, does_not_answer, is_empty, no_longer_mounted
from folder_sync.service.watch.owner_mark import LOOKED_UP, OwnerMark
from folder_sync.service.watch.silence import Silence
from folder_sync.store.adoption import Adoption
from folder_sync.store.service_state import ServiceState, WatchRemark, WatchStatus

log = structlog.get_logger()

POLLING_SHARE: Final = 10.0
"""Passes take at most this fraction (one tenth) of a processor: the interval stretches with what a pass costs."""

TRY_AGAIN_SECONDS: Final = 300.0
"""How long to poll a folder because of a limit of the kernel before trying to watch it again."""

_LIMITED: Final = "Until then it is scanned from time to time."
_DEAF: Final = "No events arrive although the folder is watched: it is scanned from time to time instead."


class FolderWatch:
    """Owned by its monitor's thread; only ``_reported`` is called on a watcher's thread, and ``silence`` on others.

    What happens in the folder is posted to ``inbox``; ``pass_cost`` tells the processor seconds of its last full pass.
    """

    def __init__(
        self,
        folder: Folder,
        *,
        availability: FolderAvailability,
        service_state: ServiceState,
        inbox: Inbox,
        mark: OwnerMark,
        adoption: Adoption,
        pass_cost: Callable[[], float],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._availability = availability
        self._service_state = service_state
        self._inbox = inbox
        self._mark = mark
        self._adoption = adoption
        self._pass_cost = pass_cost
        self._wall = wall
        self._clock = clock
        self._canary = Canary(folder.canary, wall=wall, clock=clock)
        self._watching: Watching | None = None
        self._backend: Backend = "native"
        self._remark, self._remark_text = WatchRemark.NONE, ""
        self._again_at = float("inf")
        self._paused = ""
        self._unmounted: frozenset[bytes] = frozenset()
        self._noted: WatchStatus | None = None
        self._pauses = FolderPauses(service_state)
        self.silence = Silence(folder, availability, self._pauses)

    @property
    def watching(self) -> bool:
        return self._watching is not None and not self._paused

    def look_through(self) -> None:
        """Have the whole folder scanned, now."""
        self._inbox.post(LookThrough(self.folder.root))

    def check(self) -> None:
        """Begin to watch, or make sure that it still works. Cheap enough for every second."""
        mounts_changed = self._availability.mounts_changed(self.folder.root, self.folder.looks_into)
        if self._watching is None or mounts_changed or not self._watching.alive() or self._clock() >= self._again_at:
            self._begin()
        if self._watching is None:
            return
        self._judge()
        if not self._paused and self._backend == "native":
            self._prove()
        self._note()

    def look(self) -> None:
        """The same without watching: whether the folder is there, and not suspiciously empty."""
        self._availability.mounts_changed(self.folder.root, self.folder.looks_into)
        try:
            self._availability.mark_available(self.folder.root)
        except WatchUnavailable as error:
            self._pause(str(error))
        else:
            self._judge()

    def answered(self) -> None:
        """It does again; the next check ends the pause, or finds another reason for it."""
        self.silence.end()
        self._paused = does_not_answer(self.folder.name)

    def stop(self) -> None:
        if self._watching is not None:
            self._watching.stop()
            self._watching = None
            self._canary.begin()

    def hold(self) -> None:
        """The folder is still worked on, though no longer watched."""
        if not self._paused:
            self._mark.claim()

    def leave(self) -> None:
        """Work on the folder is over."""
        self._mark.release()

    def _begin(self) -> None:
        self.stop()
        self._again_at = float("inf")
        try:
            self._availability.mark_available(self.folder.root)
            self._watching = self._watch_somehow()
        except WatchUnavailable as error:
            self._pause(str(error))
        except OSError as error:
            self._pause(str(folder_unavailable(self.folder.root, error)))
        else:
            if not self._paused:  # else the next judgement ends the pause, and says so
                self._judge_at_first()
            if not self._paused:
                # A scan finds whatever happened before the watch was in place.
                self.look_through()

    def _judge_at_first(self) -> None:
        try:
            self._judge()
        except StoreUnavailable:
            self.stop()  # nothing was scanned yet: the next check begins anew
            raise

    def _watch_somehow(self) -> Watching:
        if self._canary.misses > 1:
            return self._poll(WatchRemark.DEAF, _DEAF)
        self._backend, self._remark_text = self.folder.chosen_backend()
        self._remark = WatchRemark.NETWORK if self._remark_text else WatchRemark.NONE
        try:
            return self._watch(self._backend)
        except WatchLimit as error:
            if self.folder.backend == "native":
                raise
            self._again_at = self._clock() + TRY_AGAIN_SECONDS
            return self._poll(WatchRemark.LIMITED, f"{error} {_LIMITED}")

    def _poll(self, remark: WatchRemark, text: str) -> Watching:
        if self._remark is not remark:
            log.warning("watching_by_polling", folder=self.folder.root, reason=text)
        self._backend, self._remark, self._remark_text = "polling", remark, text
        return self._watch("polling")

    def _watch(self, backend: Backend) -> Watching:
        return watch(
            self.folder.root,
            recursive=self.folder.recursive,
            backend=backend,
            poll_seconds=self._poll_seconds,
            ignore=self.folder.ignore,
            on=self._reported,
            canary=self.folder.canary,
        )

    def _poll_seconds(self) -> float:
        return max(self.folder.poll_seconds, POLLING_SHARE * self._pass_cost())

    def _reported(self, event: WatchEvent, path: bytes) -> None:
        if event is WatchEvent.HEARD:
            self._canary.heard()
            return
        self._canary.other_event()
        match event:
            case WatchEvent.WRITTEN:
                self._inbox.post(Written(path))
            case WatchEvent.GONE:
                self._inbox.post(Gone(path))
            case WatchEvent.FOLDER_GONE:
                self._inbox.post(FolderGone(path))
            case WatchEvent.FOLDER | WatchEvent.LOST:
                self._inbox.post(LookThrough(path))

    def _prove(self) -> None:
        """Where nothing is heard, rebuild the watches; if that does not help, poll."""
        if not self._canary.is_unheard():
            self._canary.make_when_due()
            return
        self._canary.miss()
        log.warning("watching_deaf", folder=self.folder.root, times=self._canary.misses)
        self._begin()

    def _judge(self) -> None:
        """Whether what the folder shows can be believed."""
        try:
            if self._availability.is_suspiciously_empty(self.folder.root):
                self._pause(is_empty(self.folder.name))
                return
        except OSError as error:
            self._pause(str(folder_unavailable(self.folder.root, error)))
            return
        if (place := self._availability.lost_mount(self.folder.root)) is not None:
            self._pause(no_longer_mounted(place))
            return
        if not self._is_ours():
            return
        self._availability.trust_what_it_shows(self.folder.root)
        if self._paused:
            self._resume()
        self._tell_of_mounts()

    def _is_ours(self) -> bool:
        """Whether no other service works on it. What was done here with other records is looked up first."""
        claim = self._mark.claim()
        if claim.behind:
            self._adoption.begin(self._wall())
            log.error("records_behind", folder=self.folder.root, reason=f"{claim.behind}. {LOOKED_UP}")
            self._mark.catch_up()
            claim = self._mark.claim()
        if claim.other is not None:
            other = f"another folder-sync, {claim.other.owner}, which keeps records of its own"
            self._pause(f"{self.folder.name} is watched by {other}. Stop one of the two.")
            return False
        return True

    def _pause(self, reason: str) -> None:
        self._availability.mark_away(self.folder.root)
        if self._paused != reason:
            self._pauses.pause(self.folder.root, reason)
            self._paused = reason

    def _resume(self) -> None:
        self._availability.mark_available(self.folder.root)
        self._pauses.resume(self.folder.root)
        self._paused = ""
        self.look_through()

    def _tell_of_mounts(self) -> None:
        """Report what should be mounted inside the folder and is not."""
        unmounted = self._availability.unmounted(self.folder.root)
        for place in unmounted - self._unmounted:
            self._pauses.pause(place, no_longer_mounted(place))
        for place in self._unmounted - unmounted:
            self._pauses.resume(place)
        self._unmounted = unmounted

    def _note(self) -> None:
        polling = self._backend == "polling"
        watch_status = WatchStatus(
            self.folder.root,
            self._backend,
            None if polling else self._canary.heard_at,
            float(f"{self._poll_seconds():.3g}") if polling else None,
            " ".join(filter(None, (self._remark_text, "" if polling else self._canary.problem, self._mark.problem))),
            self._remark,
        )
        if watch_status != self._noted:
            self._service_state.set_watch_status(watch_status)
            self._noted = watch_status
