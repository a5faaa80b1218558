"""Looks after one watched folder, on threads of its own: whoever touches a share whose server is gone may wait for
ever.

So whatever the supervisor wants to know about a folder is found out here. A thread that does nothing else asks whether
the folder answers at all, for putting away ten thousand files may take a while; a folder that does not answer is paused
until it does. Everything else goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.timeouts import ANSWER_SECONDS
from folder_sync.service import store_trouble
from folder_sync.service.tidying import Tidier
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_watch import FolderWatch

log = structlog.get_logger()

TICK_SECONDS: Final = 2.0
"""How often to look whether the folder is there, and still heard."""

CHECK_ANSWERS: Final = 12.0
"""How many times as long as an answer a check may take, which goes through all folders where watches are placed."""


class FolderMonitor:
    """The supervisor's. ``answer_seconds``: a folder that takes longer to say anything is silent."""

    def __init__(
        self,
        folder_watch: FolderWatch,
        availability: FolderAvailability,
        tidier: Tidier,
        *,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._folder_watch = folder_watch
        self._folder = folder_watch.folder
        self._availability = availability
        self._tidier = tidier
        self._answer_seconds = answer_seconds
        self._watch = True
        self._asked: float | None = None
        self._checking: float | None = None
        self._silent = self._answered = self._rescan = False
        self._must_sweep = True
        self._stopped = threading.Event()
        self._left = threading.Event()
        self._wake = threading.Event()
        self._looked = threading.Event()
        self._prober = threading.Thread(target=self._probe, name="prober", daemon=True)
        self._thread = threading.Thread(target=self._work, name="folder-monitor", daemon=True)

    @property
    def root(self) -> bytes:
        return self._folder.root

    @property
    def works(self) -> bool:
        """Whether the folder answers, has been checked and, where it should be watched, is watched."""
        return not self._silent and self._looked.is_set() and (not self._watch or self._folder_watch.watching)

    def start(self, *, watch: bool) -> None:
        """``watch``: also hear of what comes later; otherwise only check whether the folder is there."""
        self._watch = watch
        self._prober.start()
        self._thread.start()

    def wait(self) -> None:
        """Waits until the folder has been checked for the first time, or found not to answer."""
        while not self._looked.wait(0.1) and not self._silent:
            self.mind()

    def mind(self) -> None:
        """Pause the folder if it has not answered for too long; let it resume once it does. Waits for nothing."""
        # A mount inside it that nobody has heard of yet holds up the check, and not the question.
        silent = self._lasts(self._asked, 1.0) or self._lasts(self._checking, CHECK_ANSWERS)
        if silent and not self._silent:
            self._folder_watch.silence.begin()
        elif self._silent and not silent:
            self._answered = True
            self._wake.set()
        self._silent = silent

    def _lasts(self, since: float | None, answers: float) -> bool:
        return since is not None and time.monotonic() - since >= answers * self._answer_seconds

    @property
    def silence_untold(self) -> bool:
        return self._folder_watch.silence.is_untold

    def tell_of_silence(self) -> None:
        """For another thread than the folder's own, which waits for it. Raises StoreUnavailable."""
        self._folder_watch.silence.tell()

    def rescan(self) -> None:
        """Put files away, and scan all of it."""
        self._rescan = True
        self._wake.set()

    def stop(self) -> None:
        """Hear of nothing more. Work on the folder is not over: uploads of its photos are still finishing."""
        self._stopped.set()
        self._wake.set()

    def leave(self) -> None:
        """Work on the folder is over: it is free for others."""
        self._left.set()

    def join(self, deadline: float) -> None:
        """Waits until a time on the monotonic clock at most."""
        for thread in (self._prober, self._thread):
            thread.join(max(deadline - time.monotonic(), 0.0))

    # On threads of their own:

    def _probe(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            self._asked = time.monotonic()
            with suppress(OSError):  # that is an answer
                self._availability.touch(self._folder.root)
            self._asked = None

    def _work(self) -> None:
        while not self._stopped.is_set():
            if self._answered and not self._silent:
                self._answered = False
                self._folder_watch.answered()
            self._checking = time.monotonic()
            self._guarded(self._folder_watch.check if self._watch else self._folder_watch.look)
            self._checking = None
            must_look = self._rescan or not (self._watch or self._looked.is_set())
            if self._watch:
                self._looked.set()  # nobody waits while ten thousand files are put away
            self._put_files_away()
            if must_look:
                self._rescan = False
                self._folder_watch.look_through()
            self._looked.set()
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
        self._guarded(self._folder_watch.stop)
        while not self._left.wait(TICK_SECONDS):
            self._guarded(self._folder_watch.hold)
        self._guarded(self._folder_watch.leave)

    def _put_files_away(self) -> None:
        """Not in a folder that is away, or another service's."""
        self._must_sweep |= self._rescan
        if self._availability.is_away(self._folder.root):
            return
        if self._must_sweep:
            self._must_sweep = False
            self._guarded(lambda: self._tidier.sweep(self._folder))
        self._guarded(lambda: self._tidier.try_again(self._folder))

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except StoreUnavailable as error:
            store_trouble.tell(error)
        except Exception:  # the top of a thread: a bug must not end the watch
            log.exception("folder_monitor_failed", folder=self._folder.root)
