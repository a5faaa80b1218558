"""What each key has used and may use, over all machines. Part of the transaction that spends, so the count survives any
end.

A request is counted in the second in which it ended; until then its photo is `uploading` (questions are short, and are
counted as they begin). Where several machines share the records, each has a row of how often it spent: whoever spends
says what it knows of the others', and is refused where that is no longer so. So no two take the last request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from folder_sync.rules.quota import Window
from folder_sync.store.ports import Database, Transaction

KEEP_SECONDS: Final = 2 * 86_400
"""Longer than any window that is known; older rows tell nothing."""

AS_KNOWN: Final = """
  :known = (SELECT coalesce(sum(times), 0) FROM quota_spender WHERE account = :account AND watcher <> :machine)"""
"""Whether the other machines have spent nothing since they were looked at."""

_SPEND: Final = """
  INSERT INTO quota_use (account, second, watcher, requests) VALUES (:account, :second, :watcher, 1)
  ON CONFLICT (account, second, watcher) DO UPDATE SET requests = quota_use.requests + 1"""

_LOOK: Final = """
  SELECT 'used', watcher, second, requests, 0.0 FROM quota_use WHERE account = :account AND second >= :since
  UNION ALL SELECT 'under way', owner, 0, count(*), 0.0 FROM photo
    WHERE account = :account AND state = 'uploading' AND state IN ('uploading', 'unconfirmed') GROUP BY owner
  UNION ALL SELECT 'spender', watcher, 0, times, held_until FROM quota_spender WHERE account = :account
  UNION ALL SELECT 'window', '', window_seconds, max_requests, 0.0 FROM quota_window WHERE account = :account
  ORDER BY 3"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the records say of a key at one moment. ``used``: (machine, second, requests), oldest first. ``times``: how
    often other machines have spent. ``held_until``: Unix time. ``windows``: as last told by the server; empty where it
    never was.
    """

    used: Sequence[tuple[str, int, int]] = ()
    under_way: Mapping[str, int] = field(default_factory=dict)
    times: int = 0
    held_until: float = 0.0
    windows: tuple[Window, ...] = ()


def give_back(connection: Transaction, account: str, watcher: str, ended_at: float) -> None:
    """A request that was counted then was not made."""
    connection.execute(
        "UPDATE quota_use SET requests = requests - 1"
        " WHERE account = :account AND second = :second AND watcher = :watcher",
        {"account": account, "second": int(ended_at), "watcher": watcher},
    )


def count_as_now(connection: Transaction, now: float) -> None:
    """Requests that were counted in the future, before the clock was set back, are counted now, once and for all. Left
    there, they would count as just made at each start, and for audits and `status`, until that time comes: for years,
    where a machine had begun with a wrong clock."""
    second = {"second": int(now)}
    connection.execute(
        "INSERT INTO quota_use (account, second, watcher, requests)"
        " SELECT account, :second, watcher, sum(requests) FROM quota_use WHERE second > :second"
        " GROUP BY account, watcher ON CONFLICT (account, second, watcher)"
        " DO UPDATE SET requests = quota_use.requests + excluded.requests",
        second,
    )
    connection.execute("DELETE FROM quota_use WHERE second > :second", second)
    connection.execute(
        "INSERT INTO audit_use (account, second, requests)"
        " SELECT account, :second, sum(requests) FROM audit_use WHERE second > :second GROUP BY account"
        " ON CONFLICT (account, second) DO UPDATE SET requests = audit_use.requests + excluded.requests",
        second,
    )
    connection.execute("DELETE FROM audit_use WHERE second > :second", second)


def _machine(owner: str) -> str:
    """Whose run sends a photo (``queue``)."""
    return owner.rpartition("|")[0]


class _Refused(Exception):
    pass


class QuotaBook:
    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def watcher(self) -> str:
        """Who spends."""
        return self._db.watcher

    @property
    def is_shared(self) -> bool:
        """Whether other machines may spend as well."""
        return bool(self._db.watcher)

    def spend(self, account: str, now: float, known: int | None = None) -> bool:
        """Count one request; False: refused, since other machines have spent more often than ``known``. A photo counts
        its own (trigger ``photo_spent``)."""
        values = {"account": account, "second": int(now), "watcher": self._db.watcher}
        if not self.is_shared:
            self._db.change(_SPEND, values)
            return True
        with suppress(_Refused), self._db.write() as connection:  # what is refused leaves nothing to commit
            self._note(connection, account, known)
            connection.execute(_SPEND, values)
            return True
        return False

    def hold(self, account: str, until: float) -> None:
        """Nothing goes before that moment (Unix time), from no machine."""
        if self.is_shared:
            with self._db.write() as connection:
                self._note(connection, account, held_until=until)

    def look(self, account: str, since: float) -> Ledger:
        """``since``: what was used from then on (Unix time)."""
        used: list[tuple[str, int, int]] = []
        under_way: dict[str, int] = {}
        windows: list[Window] = []
        times, held_until = 0, 0.0
        for what, watcher, second, number, moment in self._db.read(_LOOK, {"account": account, "since": int(since)}):
            match what:
                case "used":
                    used.append((watcher, second, number))
                case "under way":
                    machine = _machine(watcher)
                    under_way[machine] = under_way.get(machine, 0) + number
                case "spender":
                    times += number if watcher != self._db.watcher else 0
                    held_until = max(held_until, moment)
                case _:
                    windows.append(Window(number, second))
        return Ledger(used, under_way, times, held_until, tuple(windows))

    def used(self, account: str, since: float) -> list[tuple[int, int]]:
        """(second, requests), oldest first. What is under way counts in the second in which it began."""
        rows = self._db.read(
            """SELECT second, sum(requests) FROM (
                 SELECT second, requests FROM quota_use WHERE account = :account AND second >= :second
                 UNION ALL SELECT CAST(started_at AS BIGINT), 1 FROM photo
                   WHERE account = :account AND state = 'uploading' AND state IN ('uploading', 'unconfirmed')
               ) AS every GROUP BY second ORDER BY second""",
            {"account": account, "second": int(since)},
        )
        return [(second, int(requests)) for second, requests in rows]

    def trim(self, now: float) -> None:
        """Forget what no window reaches back to, and machines that have used nothing since."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM quota_use WHERE second < :second", {"second": int(now - KEEP_SECONDS)})
            connection.execute(
                "DELETE FROM quota_spender WHERE held_until < :now AND NOT EXISTS (SELECT 1 FROM quota_use"
                " WHERE quota_use.account = quota_spender.account AND quota_use.watcher = quota_spender.watcher)",
                {"now": now},
            )

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
            if self.is_shared:
                self._note(connection, account)

    def _note(self, connection: Transaction, account: str, known: int | None = None, held_until: float = 0.0) -> None:
        """Other machines have to look before they spend. Raises _Refused."""
        noted = connection.execute(
            f"""INSERT INTO quota_spender (account, watcher, times, held_until)
                SELECT :account, :watcher, 1, :held_until WHERE {"true" if known is None else AS_KNOWN}
                ON CONFLICT (account, watcher) DO UPDATE SET times = quota_spender.times + 1,
                  held_until = CASE WHEN quota_spender.held_until < excluded.held_until THEN excluded.held_until
                                    ELSE quota_spender.held_until END
                RETURNING 1""",
            {
                "account": account,
                "watcher": self._db.watcher,
                "machine": self._db.watcher,
                "known": known,
                "held_until": held_until,
            },
        )
        if not noted.rows:
            raise _Refused
