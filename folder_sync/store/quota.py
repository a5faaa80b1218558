"""What each key has used and may use. Part of the transaction that spends, so the count survives any end."""

from __future__ import annotations

from collections.abc import Iterable

from folder_sync.rules.quota import Window
from folder_sync.store.ports import Database, Transaction

KEEP_SECONDS = 2 * 86_400
"""Longer than any window that is known; older rows tell nothing."""


def give_back(connection: Transaction, account: str, spent_at: float) -> None:
    """A request that was counted then was not made."""
    connection.execute(
        "UPDATE quota_use SET requests = requests - 1 WHERE account = :account AND second = :second",
        {"account": account, "second": int(spent_at)},
    )


class QuotaBook:
    def __init__(self, database: Database) -> None:
        self._db = database

    def spend(self, account: str, now: float) -> None:
        """Count one request. A claim counts its own (trigger ``photo_claimed``)."""
        self._db.change(
            "INSERT INTO quota_use (account, second, requests) VALUES (:account, :second, 1)"
            " ON CONFLICT (account, second) DO UPDATE SET requests = quota_use.requests + 1",
            {"account": account, "second": int(now)},
        )

    def used(self, account: str, since: float) -> list[tuple[int, int]]:
        """(second, requests), oldest first."""
        rows = self._db.read(
            "SELECT second, requests FROM quota_use WHERE account = :account AND second >= :second ORDER BY second",
            {"account": account, "second": int(since)},
        )
        return [(second, requests) for second, requests in rows]

    def trim(self, now: float) -> None:
        """Forget what no window reaches back to."""
        self._db.change("DELETE FROM quota_use WHERE second < :second", {"second": int(now - KEEP_SECONDS)})

    def windows(self, account: str) -> tuple[Window, ...]:
        """As last told by the server; empty where it never was."""
        rows = self._db.read(
            "SELECT max_requests, window_seconds FROM quota_window WHERE account = :account ORDER BY window_seconds",
            {"account": account},
        )
        return tuple(Window(limit, seconds) for limit, seconds in rows)

    def set_windows(self, account: str, windows: Iterable[Window]) -> None:
        with self._db.write() as connection:
            connection.execute("DELETE FROM quota_window WHERE account = :account", {"account": account})
            connection.executemany(
                "INSERT INTO quota_window (account, window_seconds, max_requests) VALUES (:account, :seconds, :limit)",
                [{"account": account, "seconds": window.seconds, "limit": window.limit} for window in windows],
            )
