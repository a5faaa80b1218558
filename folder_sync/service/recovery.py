"""The first thing at a start: clears up what an earlier run left behind, before anything new begins."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.service.watch.owner_mark import LOOKED_UP, OwnerMark
from folder_sync.store.adoption import Adoption
from folder_sync.store.ports import Lease
from folder_sync.store.queue import Queue
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.service_state import ServiceState

log = structlog.get_logger()


class Recovery:
    """``mark``: the one beside the database; ``roots``: the watched folders."""

    def __init__(
        self,
        queue: Queue,
        service_state: ServiceState,
        adoption: Adoption,
        mark: OwnerMark,
        roots: Sequence[bytes],
        *,
        request_tallies: RequestTallies,
        lease: Lease,
        machine: str,
        confirm_after_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._service_state = service_state
        self._adoption = adoption
        self._mark = mark
        self._roots = list(roots)
        self._request_tallies = request_tallies
        self._lease = lease
        self._machine = machine
        self._confirm_after_seconds = confirm_after_seconds
        self._clock = clock

    def begin(self, *, adopt: bool) -> int:
        """How many photos an earlier run may have sent without getting an answer. Raises StoreUnavailable.

        ``adopt``: before anything is uploaded, look whether the catalogue has it; on an empty database always.
        """
        now = self._clock()
        behind = self._mark.claim().behind or self._lease.was_set_back
        if (is_lost := adopt or bool(behind)) or self._service_state.is_new():
            self._adoption.begin(now, is_new=not is_lost)
        if behind:
            log.error("records_behind", reason=f"{behind}. {LOOKED_UP}")
            self._lease.catch_up()
            self._mark.catch_up()
            self._mark.claim()
        unconfirmed = self._queue.doubts.recover(now, max(self._confirm_after_seconds, self._lease.doubtful_seconds()))
        self._queue.wait_from(now)  # after that, which makes this run's what the last one had to settle
        self._service_state.started(os.getpid(), now, self._machine)
        self._service_state.forget_mounts_but(self._roots)
        return unconfirmed

    def end(self) -> None:
        """At the end of the service: record what was counted, and how far its records have come."""
        with suppress(StoreUnavailable):  # which costs no more than the counts of the last seconds
            self._request_tallies.save()
        with suppress(StoreUnavailable):  # then the mark is a little behind
            self._mark.release()
