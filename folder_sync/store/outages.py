"""Which troubles of the records are one, however many threads meet it and however often."""

from __future__ import annotations

import threading
import time
from typing import Final

from folder_sync.errors import Outage

AGAIN_SECONDS: Final = 60.0
"""A trouble is over when nobody has met it for this long: some of what is written may succeed in between."""


class Outages:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lasting: dict[str, tuple[Outage, float]] = {}

    def of(self, what: str) -> Outage:
        """One for all who meet it, as long as somebody does."""
        now = time.monotonic()
        with self._lock:
            outage, met_at = self._lasting.get(what, (Outage(), now))
            if now - met_at > AGAIN_SECONDS:
                outage = Outage()
            self._lasting[what] = outage, now
            return outage
