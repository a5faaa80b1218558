"""Renews the lease on the records, so that requests may be completed."""

from __future__ import annotations

from typing import Final

from folder_sync.errors import StoreUnavailable
from folder_sync.service import store_trouble
from folder_sync.service.background import BackgroundWork
from folder_sync.store.ports import Lease

RENEW_SECONDS: Final = 5.0
STOP_SECONDS: Final = 5.0


class Heartbeat(BackgroundWork):
    """On a thread of its own: a chore that takes long must not keep it waiting.

    ``request_seconds``: a request is over so long after its last byte.
    """

    def __init__(self, lease: Lease, request_seconds: float, *, renew_seconds: float = RENEW_SECONDS) -> None:
        super().__init__("heartbeat", STOP_SECONDS)
        self._lease = lease
        self._request_seconds = request_seconds
        self._renew_seconds = renew_seconds

    def start(self) -> None:
        """Raises StoreUnavailable."""
        self._lease.renew(self._request_seconds)
        super().start()

    def _work(self) -> None:
        while not self._stopping.wait(self._renew_seconds):
            try:
                self._lease.renew(self._request_seconds)
            except StoreUnavailable as error:
                store_trouble.tell(error)
