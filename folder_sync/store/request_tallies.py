"""How many requests were made of which kind, how they ended and how long they took; and how long photos took.

Counters that never fall: a request is counted in the row of its duration, a photo by a trigger.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from folder_sync.rules.requests import REQUEST_SECONDS, Call, Ending, within
from folder_sync.store.ports import Database


@dataclass(frozen=True, slots=True)
class Requests:
    """``number`` requests that took at most ``within`` seconds, and longer than the next shorter duration; ``seconds``
    together."""

    account: str
    call: str
    ending: str
    within: float
    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The same of photos, from first seen to uploaded."""

    account: str
    within: float
    number: int
    seconds: float


_ADD: Final = """
INSERT INTO requests_made (account, call, ending, within, number, seconds)
VALUES (:account, :call, :ending, :within, :number, :seconds) ON CONFLICT (account, call, ending, within)
DO UPDATE SET number = requests_made.number + excluded.number, seconds = requests_made.seconds + excluded.seconds"""

_Row = tuple[str, str, str, float]
"""Account, call, ending, and the duration that it is counted under."""


class RequestTallies:
    """Thread-safe. What is added is recorded by ``save``: a transaction for each request cost a photo a twentieth of
    its processor time. Of a service that is killed, the counts of its last seconds are lost."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._unsaved: dict[_Row, tuple[int, float]] = {}

    def add(self, account: str, call: Call, ending: Ending, seconds: float) -> None:
        row = account, call.value, ending.value, within(seconds, REQUEST_SECONDS)
        with self._lock:
            self._add(row, 1, seconds)

    def save(self) -> None:
        """Raises StoreUnavailable; what could not be recorded is recorded the next time."""
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        if not unsaved:
            return
        names = "account", "call", "ending", "within", "number", "seconds"
        try:
            with self._db.write() as connection:
                connection.executemany(
                    _ADD, [dict(zip(names, (*row, *added), strict=True)) for row, added in unsaved.items()]
                )
        except BaseException:
            with self._lock:
                for row, added in unsaved.items():
                    self._add(row, *added)
            raise

    def _add(self, row: _Row, number: int, seconds: float) -> None:
        before_number, before_seconds = self._unsaved.get(row, (0, 0.0))
        self._unsaved[row] = before_number + number, before_seconds + seconds

    def requests(self) -> list[Requests]:
        rows = self._db.read("SELECT account, call, ending, within, number, seconds FROM requests_made")
        return [Requests(*row) for row in rows]

    def deliveries(self) -> list[Deliveries]:
        rows = self._db.read("SELECT account, within, number, seconds FROM deliveries")
        return [Deliveries(*row) for row in rows]
