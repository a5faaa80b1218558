"""What has to be done from time to time and nobody waits for, on a thread of its own: it may take long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.store.quota import KEEP_SECONDS, QuotaBook
from folder_sync.store.sqlite.backup import back_up

log = structlog.get_logger()

TICK_SECONDS: Final = 1.0

STOP_SECONDS: Final = 5.0
"""How long to wait at the end for what is being done: a backup that is given up ends within a moment."""


class Housekeeping:
    def __init__(self, database: Path, book: QuotaBook, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._done_on = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Nothing new; what is being done may end."""
        self._stopping.set()

    def stop(self) -> None:
        """Also where it was never started."""
        self.leave()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._once_a_day()
            except StoreUnavailable as error:
                log.error("store_unavailable", reason=str(error))  # noqa: TRY400 -- a state of the world, not a bug
            except Exception:  # the top of a thread: a bug must not end the housekeeping
                log.exception("housekeeping_failed")

    def _once_a_day(self) -> None:
        now = self._clock()
        today = time.strftime("%Y-%m-%d", time.localtime(now))
        if today == self._done_on:
            return
        self._done_on = today  # what fails is tried again tomorrow, not every second
        self._book.forget_before(now - KEEP_SECONDS)
        if (copy := back_up(self._database, today, given_up=self._stopping.is_set)) is not None:
            log.info("database_backed_up", path=str(copy))
