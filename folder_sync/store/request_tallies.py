"""How many requests were made of which kind, how they ended and how long they took; and how long photos took.

Counters that never fall: a request is counted in the row of its duration, a photo by a trigger.
"""

from __future__ import annotations

from dataclasses import dataclass

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


class RequestTallies:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, account: str, call: Call, ending: Ending, seconds: float) -> None:
        """Raises StoreUnavailable."""
        self._db.change(
            "INSERT INTO requests_made (account, call, ending, within, number, seconds)"
            " VALUES (:account, :call, :ending, :within, 1, :seconds) ON CONFLICT (account, call, ending, within)"
            " DO UPDATE SET number = requests_made.number + 1, seconds = requests_made.seconds + excluded.seconds",
            {
                "account": account,
                "call": call.value,
                "ending": ending.value,
                "within": within(seconds, REQUEST_SECONDS),
                "seconds": seconds,
            },
        )

    def requests(self) -> list[Requests]:
        rows = self._db.read("SELECT account, call, ending, within, number, seconds FROM requests_made")
        return [Requests(*row) for row in rows]

    def deliveries(self) -> list[Deliveries]:
        rows = self._db.read("SELECT account, within, number, seconds FROM deliveries")
        return [Deliveries(*row) for row in rows]
