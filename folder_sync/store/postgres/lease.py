"""Until when each service that works on a schema may complete requests, and how long whoever asks about them waits.

A service whose server was restarted, or whose cable was cut, may still be sending:
it is others, on other machines, that have to know what can arrive. So a service completes no request later than its
lease, which it renews at the database and counts on its own clock from the moment before it asked; and what the
catalogue says of its requests is believed only once the lease and the time-outs of a request are over: the lease on
the clock of whoever looks on (``silence``), and for its successor on the database's. A service that ended, or was
killed on this machine, sends nothing: then there is nothing to wait for.

One row a machine, which also keeps a second service of its name away. No lock of a session could: a pooler may hand out
another one for each transaction. Whoever is declared over, since its lease has lapsed, or whose name another
service has by now, may find out late: so each transaction that writes asks for its own row first.

The row also counts what its service has written. A standby that lagged when it was promoted, and a backup that was put
back, count less than the service does: then records of what was sent are gone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

import psycopg
from psycopg import sql

from folder_sync.errors import AlreadyRunning, StoreLapsed, StoreSetBack, StoreTaken
from folder_sync.store.ports import Row, Transaction
from folder_sync.store.postgres import locking, process
from folder_sync.store.postgres.clock import NOW, Clock, boottime
from folder_sync.store.postgres.process import Process, this_kernel
from folder_sync.store.postgres.silence import Silence
from folder_sync.store.postgres.words import as_machine
from folder_sync.store.postgres.workers import IS_AHEAD, IS_OLD, LEASE_SECONDS, PHOTOS_WAIT, WORKS
from folder_sync.store.whose import shared_name
from folder_sync.version import program_version

MARGIN_SECONDS: Final = 5.0
"""The holder stops so much earlier."""

_SETTLED: Final = f"""
  CASE WHEN {IS_AHEAD} THEN {NOW} + worker.request_seconds + {LEASE_SECONDS}
    ELSE greatest(worker.settled_at, worker.seen_at + worker.request_seconds + {LEASE_SECONDS}) END"""
_TAKE: Final = f"""
  INSERT INTO worker (machine, token, kernel, pid, program, turn,
    is_pass, started_at, seen_at, request_seconds, is_over, has_ended, is_settled, settled_at, writes)
  VALUES (%(machine)s, %(token)s, %(kernel)s, %(pid)s, %(program)s, (SELECT coalesce(max(turn), 0) + 1 FROM worker),
    0, {NOW}, {NOW}, 0, 0, 0, 0, {NOW} + %(doubtful)s, 0)
  ON CONFLICT (machine) DO UPDATE SET token = excluded.token, kernel = excluded.kernel, pid = excluded.pid,
    program = excluded.program, turn = excluded.turn, is_pass = 0, started_at = excluded.started_at,
    seen_at = excluded.seen_at, request_seconds = 0, is_over = 0, has_ended = 0, is_settled = 0, writes = 0,
    settled_at = greatest(excluded.settled_at,
      CASE WHEN worker.is_over = 1 OR %(is_gone)s THEN worker.settled_at ELSE {_SETTLED} END)
  RETURNING settled_at - {NOW}, turn"""
_RENEW: Final = f"""
  UPDATE worker SET seen_at = {NOW}, request_seconds = greatest(request_seconds, %s)
  WHERE token = %s AND is_over = 0 AND writes >= %s
  RETURNING is_pass = 0 AND NOT EXISTS (SELECT 1 FROM worker earlier
    WHERE earlier.is_over = 0 AND earlier.is_pass = 0 AND earlier.turn < worker.turn), {NOW}"""
_STANDING: Final = "SELECT token, turn, is_over, writes FROM worker WHERE machine = {}"
_OTHERS: Final = "SELECT machine, seen_at, is_over FROM worker WHERE machine <> %s AND is_settled = 0 ORDER BY machine"
# With named parameters as all transactions have them. Where nothing was heard of it for a lease, it has completed no
# request since.
_DECLARE_OVER: Final = f"""
  UPDATE worker SET is_over = 1, is_settled = 1,
    settled_at = CASE WHEN is_over = 1 THEN settled_at ELSE greatest(settled_at, {NOW} + request_seconds) END
  WHERE machine = :machine AND is_settled = 0 AND (is_over = 1 OR seen_at = :seen_at)
  RETURNING settled_at - {NOW}"""
_BEFORE: Final = f"SELECT kernel, pid, token, turn, {WORKS} AND NOT ({IS_AHEAD}) FROM worker WHERE machine = %s"
_FORGET: Final = f"DELETE FROM worker WHERE is_settled = 1 AND {IS_OLD} AND NOT {PHOTOS_WAIT} RETURNING machine"
_TAKE_IN: Final = """
  INSERT INTO taken_in (watcher, token, is_settled) VALUES (%(watcher)s, %(token)s, 0)
  ON CONFLICT (watcher) DO UPDATE SET token = excluded.token, is_settled = 0
    WHERE taken_in.token = excluded.token
       OR NOT EXISTS (SELECT 1 FROM worker WHERE worker.token = taken_in.token AND is_over = 0)
  RETURNING 1"""
_IS_TAKEN_IN: Final = """
  SELECT taken_in.is_settled FROM taken_in JOIN worker ON worker.token = taken_in.token
  WHERE watcher = %s AND is_over = 0"""
_SETTLE: Final = "UPDATE taken_in SET is_settled = 1 WHERE watcher = %s AND token = %s"
_LEAVE: Final = "DELETE FROM taken_in WHERE watcher = %s AND token = %s"


class Lease:
    """As ``ports.Lease``. ``name``: of the database, as people know it.

    ``connected``: lends the connection that has the writer's lock, for statements that are nobody's news. ``wall``: the
    database's clock, which each renewal sets; on ``clock``, as the lease is.
    """

    def __init__(
        self,
        name: str,
        machine: str,
        connected: Callable[[], AbstractContextManager[psycopg.Connection[Row]]],
        wall: Clock,
        clock: Callable[[], float] = boottime,
    ) -> None:
        self.standing = sql.SQL(_STANDING).format(sql.Literal(machine)).as_string()
        """Asks in SQL what ``expect_standing`` wants to know."""
        self._name = name
        self._machine = machine
        self._connected = connected
        self._wall = wall
        self._clock = clock
        self._token = ""
        self._turn = self._writes = 0
        self.was_set_back = ""
        self._request_seconds = 0.0
        self._leads = False
        self._taken_in: frozenset[bytes] = frozenset()
        self._silence = Silence()
        self._until = self._settled_at = clock()

    def expect_standing(self, found: Sequence[Row]) -> None:
        """``found``: what ``standing`` asks for. Raises StoreTaken, StoreLapsed and StoreSetBack where it stands no
        more.
        """
        token, turn, is_over, writes = found[0] if found else ("", 0, 0, 0)
        if token == self._token and writes >= self._writes and not is_over:
            self._writes = writes
            return
        self._until = self._clock()
        if turn < self._turn or (token == self._token and writes < self._writes):
            self.was_set_back = f"{self._name} has lost what this service had recorded"
            raise StoreSetBack(
                f"{self._name} has lost what this service had recorded: was a standby promoted that lagged, or a backup"
                " put back?",
                "`folder-sync sync --adopt` looks for photos in the catalogue before it sends them.",
            )
        if token == self._token:
            raise StoreLapsed(
                f"{self._name} did not hear from this machine for more than {LEASE_SECONDS:g} seconds,"
                " and another one took over what it was sending.",
            )
        raise StoreTaken(
            f'Another folder-sync took the name "{self._machine}" over while this one could not reach {self._name}.',
            "Stop one of the two, or give one of them another name (store.machine).",
        )

    def take(self, connection: psycopg.Connection[Row]) -> None:
        """Raises AlreadyRunning where another service of this name works, or the records are being moved; StoreTaken
        where this one began before, and has lost its name since.
        """
        token = secrets.token_hex(8)
        with process.begins(token), connection.transaction():
            # No two starts are the same turn, nor two of one name.
            connection.execute(f"{locking.LIMITS}; {locking.WRITING}")
            values = {
                "machine": self._machine,
                "token": token,
                "kernel": this_kernel(),
                "pid": os.getpid(),
                "program": program_version(),
                "is_gone": self._expect_free(connection),
                # Records that have lost something do not know when this service was last heard from.
                "doubtful": self._request_seconds if self.was_set_back else 0.0,
            }
            ((seconds, turn),) = connection.execute(_TAKE, values).fetchall()
        process.end(self._token)
        self._token, self._turn, self._writes = token, turn, 0
        self._until, self._taken_in = self._clock(), frozenset()
        self._settled_at = self._until + seconds

    def _expect_free(self, connection: psycopg.Connection[Row]) -> bool:
        """Whether the process of the service before is known to have gone. Who begins anew must still have the name."""
        if connection.execute(locking.NOT_ALONE).fetchall() != [(True,)]:
            raise AlreadyRunning(locking.holder(connection), self._name)
        for kernel, pid, token, turn, works in connection.execute(_BEFORE, (self._machine,)).fetchall():
            if has_gone := Process(kernel, pid, token).has_gone():
                return has_gone
            if token != self._token and turn >= self._turn > 0:
                self.expect_standing([(token, turn, 0, 0)])
            if works and token != self._token:
                raise AlreadyRunning(pid, as_machine(self._name, self._machine))
        return False

    def begin_anew(self) -> None:
        with self._connected() as connection:
            self.take(connection)

    def catch_up(self) -> None:
        self.was_set_back = ""

    @property
    def counting(self) -> str:
        """Counts, in SQL, what ``has_written`` counts here."""
        return f"UPDATE worker SET writes = writes + 1 WHERE token = '{self._token}'"

    def has_written(self) -> None:
        self._writes += 1

    @property
    def taken_in(self) -> frozenset[bytes]:
        """The shared folders that this machine takes in."""
        return self._taken_in

    def take_in(self, root: bytes) -> bool:
        with self._connected() as connection, connection.transaction():
            connection.execute(locking.WRITING)
            self._expect(connection)
            values = {"watcher": shared_name(root), "token": self._token}
            is_ours = bool(connection.execute(_TAKE_IN, values).fetchall())
        self._taken_in = self._taken_in | {root} if is_ours else self._taken_in - {root}
        return is_ours

    def leave(self, root: bytes) -> None:
        self._taken_in -= {root}
        with self._connected() as connection:
            connection.execute(_LEAVE, (shared_name(root), self._token))

    def settle(self, root: bytes) -> None:
        with self._connected() as connection:
            connection.execute(_SETTLE, (shared_name(root), self._token))

    def is_taken_in(self, root: bytes) -> bool | None:
        with self._connected() as connection:
            found = connection.execute(_IS_TAKEN_IN, (shared_name(root),)).fetchall()
        return None if not found else bool(found[0][0])

    def gone(self) -> list[str]:
        with self._connected() as connection:
            self._expect(connection)
            others = connection.execute(_OTHERS, (self._machine,)).fetchall()
        self._silence.look({machine: seen_at for machine, seen_at, _ in others}, self._clock())
        return [machine for machine, _, is_over in others if is_over or self._silence.lasts(machine)]

    def declare_over(self, transaction: Transaction, machine: str) -> float | None:
        row = transaction.execute(
            _DECLARE_OVER, {"machine": machine, "seen_at": self._silence.seen_at(machine)}
        ).fetchone()
        return None if row is None else max(float(row[0]), 0.0)

    def forget(self) -> list[str]:
        with self._connected() as connection:
            return [machine for (machine,) in connection.execute(_FORGET).fetchall()]

    def _expect(self, connection: psycopg.Connection[Row]) -> None:
        self.expect_standing(connection.execute(self.standing).fetchall())

    def renew(self, request_seconds: float) -> None:
        begun, self._request_seconds = self._clock(), request_seconds
        with self._connected() as connection:
            asked = self._clock()
            renewed = connection.execute(_RENEW, (request_seconds, self._token, self._writes)).fetchall()
            if not renewed:
                self._expect(connection)
                return  # it has just begun anew
            self._leads, moment = renewed[0]
            self._wall.set(moment, asked)
        self._until = begun + LEASE_SECONDS - MARGIN_SECONDS

    def holds(self) -> bool:
        return self._clock() < self._until

    def leads(self) -> bool:
        """Nobody is overtaken but who was declared over, and that is later than its trust in its lease ends."""
        return self._leads and self.holds()

    def stand_back(self) -> None:
        self._leads = False
        with self._connected() as connection:
            connection.execute("UPDATE worker SET is_pass = 1 WHERE token = %s", (self._token,))

    def doubtful_seconds(self) -> float:
        return max(self._settled_at - self._clock(), 0.0)

    def end(self, connection: psycopg.Connection[Row]) -> None:
        self._until = self._clock()
        process.end(self._token)
        connection.execute("UPDATE worker SET is_over = 1, has_ended = 1 WHERE token = %s", (self._token,))
