"""Until when each service that works on a schema may complete requests, and how long whoever asks about them waits.

A server that was restarted, or a cable that was cut, gives the locks of a service free while that may still be sending:
it is others, on other machines, that have to know what can arrive. So a service completes no request later than its
lease, which it renews at the database and counts on its own clock from the moment before it asked; and what the
catalogue says of its requests is believed only once the lease and the time-outs of a request are over, by the
database's clock. A service that ended, or was killed on this machine, sends nothing: then there is nothing to wait for.

One row a machine. Whoever is declared over, since its lease has lapsed, may find out late: so each transaction that
writes asks for its own row first.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import psycopg

from folder_sync.errors import StoreLapsed, StoreTaken
from folder_sync.store.ports import Row, Transaction
from folder_sync.store.postgres import locking
from folder_sync.store.postgres.clock import NOW, Clock, boottime
from folder_sync.store.whose import shared_name
from folder_sync.version import program_version

LEASE_SECONDS: Final = 30.0
MARGIN_SECONDS: Final = 5.0
"""The holder stops so much earlier."""

TABLE: Final = (
    # token: one service, from its start until it ends. is_over: it ended, or was declared over. is_settled: another
    # machine took over what it left in doubt. turn: counts the starts. settled_at: when nothing can arrive any more of
    # what this machine's services sent before.
    """CREATE TABLE worker (
         machine TEXT COLLATE "C" PRIMARY KEY,
         token TEXT NOT NULL,
         kernel TEXT NOT NULL,
         pid BIGINT NOT NULL,
         program TEXT NOT NULL,
         turn BIGINT NOT NULL,
         started_at DOUBLE PRECISION NOT NULL,
         seen_at DOUBLE PRECISION NOT NULL,
         request_seconds DOUBLE PRECISION NOT NULL,
         is_over BIGINT NOT NULL,
         is_settled BIGINT NOT NULL,
         settled_at DOUBLE PRECISION NOT NULL
       ) WITH (fillfactor = 10)""",
    # Whose service takes in each shared folder: nobody's, where that is over.
    """CREATE TABLE taken_in (watcher TEXT COLLATE "C" PRIMARY KEY, token TEXT NOT NULL)""",
)

_SETTLED: Final = f"greatest(worker.settled_at, worker.seen_at + worker.request_seconds + {LEASE_SECONDS})"
_TAKE: Final = f"""
  INSERT INTO worker (machine, token, kernel, pid, program, turn,
    started_at, seen_at, request_seconds, is_over, is_settled, settled_at)
  VALUES (%(machine)s, %(token)s, %(kernel)s, %(pid)s, %(program)s, (SELECT coalesce(max(turn), 0) + 1 FROM worker),
    {NOW}, {NOW}, 0, 0, 0, 0)
  ON CONFLICT (machine) DO UPDATE SET token = excluded.token, kernel = excluded.kernel, pid = excluded.pid,
    program = excluded.program, turn = excluded.turn, started_at = excluded.started_at, seen_at = excluded.seen_at,
    request_seconds = 0, is_over = 0, is_settled = 0,
    settled_at = CASE WHEN worker.is_over = 1 OR %(is_gone)s THEN worker.settled_at ELSE {_SETTLED} END
  RETURNING settled_at - {NOW}"""
_RENEW: Final = f"""
  UPDATE worker SET seen_at = {NOW}, request_seconds = greatest(request_seconds, %s) WHERE token = %s AND is_over = 0
  RETURNING NOT EXISTS (SELECT 1 FROM worker earlier WHERE earlier.is_over = 0 AND earlier.turn < worker.turn), {NOW}"""
_STANDING: Final = "SELECT is_over FROM worker WHERE token = %s"
_LAPSED: Final = f"seen_at < {NOW} - {LEASE_SECONDS}"
_GONE: Final = f"""
  SELECT machine, is_over FROM worker
  WHERE token = %(token)s
     OR machine <> %(machine)s AND is_settled = 0 AND (is_over = 1 OR {_LAPSED})
  ORDER BY machine = %(machine)s DESC, machine"""
# With named parameters as all transactions have them.
_DECLARE_OVER: Final = f"""
  UPDATE worker SET is_over = 1, is_settled = 1,
    settled_at = CASE WHEN is_over = 1 THEN settled_at ELSE {_SETTLED} END
  WHERE machine = :machine AND is_settled = 0 AND (is_over = 1 OR {_LAPSED})
  RETURNING settled_at - {NOW}"""
MACHINES: Final = f"""
  SELECT machine, CASE WHEN runs THEN pid END, CASE WHEN runs THEN started_at END, seen_at, program,
    ARRAY(SELECT substr(watcher, length('shared ') + 1) FROM taken_in WHERE runs AND taken_in.token = found.token
          ORDER BY watcher)
  FROM (SELECT *, is_over = 0 AND NOT ({_LAPSED}) AND {locking.IS_HELD} AS runs
        FROM worker) AS found ORDER BY machine"""
"""Runs: it has its lock, which the server drops with its process, and was heard of, which a cut network ends."""
_TAKE_IN: Final = """
  INSERT INTO taken_in (watcher, token) VALUES (%(watcher)s, %(token)s)
  ON CONFLICT (watcher) DO UPDATE SET token = excluded.token
    WHERE taken_in.token = excluded.token
       OR NOT EXISTS (SELECT 1 FROM worker WHERE worker.token = taken_in.token AND is_over = 0)
  RETURNING 1"""
_IS_TAKEN_IN: Final = """
  SELECT 1 FROM taken_in JOIN worker ON worker.token = taken_in.token WHERE watcher = %s AND is_over = 0"""
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
        self._name = name
        self._machine = machine
        self._connected = connected
        self._wall = wall
        self._clock = clock
        self._token = ""
        self._leads = False
        self._taken_in: frozenset[bytes] = frozenset()
        self._until = self._settled_at = clock()

    @property
    def standing(self) -> str:
        """Asks in SQL what ``expect_standing`` wants to know."""
        return f"SELECT is_over FROM worker WHERE token = '{self._token}'"

    def expect_standing(self, found: Sequence[Row]) -> None:
        """Raises StoreTaken and StoreLapsed where it stands no more."""
        if found == [(0,)]:
            return
        self._until = self._clock()
        if found:
            raise StoreLapsed(
                f"{self._name} did not hear from this machine for more than {LEASE_SECONDS:g} seconds,"
                " and another one took over what it was sending.",
            )
        raise StoreTaken(
            f'Another folder-sync took the name "{self._machine}" over while this one could not reach {self._name}.',
            "Stop one of the two, or give one of them another name (store.machine).",
        )

    def take(self, connection: psycopg.Connection[Row]) -> None:
        """Whoever held it before has it no longer. The writer's lock is held."""
        token = secrets.token_hex(8)
        before = connection.execute("SELECT kernel, pid FROM worker WHERE machine = %s", (self._machine,)).fetchall()
        values = {
            "machine": self._machine,
            "token": token,
            "kernel": _kernel(),
            "pid": os.getpid(),
            "program": program_version(),
            "is_gone": any(kernel == _kernel() and _has_gone(pid) for kernel, pid in before),
        }
        with connection.transaction():
            connection.execute(locking.WRITING)  # no two starts are the same turn
            ((seconds,),) = connection.execute(_TAKE, values).fetchall()
        self._token, self._until = token, self._clock()
        self._settled_at = self._until + seconds

    def begin_anew(self) -> None:
        with self._connected() as connection:
            self.take(connection)

    @property
    def taken_in(self) -> frozenset[bytes]:
        """The shared folders that this machine takes in."""
        return self._taken_in

    def take_in(self, root: bytes) -> bool:
        with self._connected() as connection, connection.transaction():
            connection.execute(locking.WRITING)
            self.expect_standing(connection.execute(_STANDING, (self._token,)).fetchall())
            values = {"watcher": shared_name(root), "token": self._token}
            is_ours = bool(connection.execute(_TAKE_IN, values).fetchall())
        self._taken_in = self._taken_in | {root} if is_ours else self._taken_in - {root}
        return is_ours

    def leave(self, root: bytes) -> None:
        self._taken_in -= {root}
        with self._connected() as connection:
            connection.execute(_LEAVE, (shared_name(root), self._token))

    def is_taken_in(self, root: bytes) -> bool:
        with self._connected() as connection:
            return bool(connection.execute(_IS_TAKEN_IN, (shared_name(root),)).fetchall())

    def gone(self) -> list[str]:
        with self._connected() as connection:
            found = connection.execute(_GONE, {"token": self._token, "machine": self._machine}).fetchall()
        self.expect_standing([(is_over,) for machine, is_over in found if machine == self._machine])
        return [machine for machine, _ in found if machine != self._machine]

    def declare_over(self, transaction: Transaction, machine: str) -> float | None:
        row = transaction.execute(_DECLARE_OVER, {"machine": machine}).fetchone()
        return None if row is None else max(float(row[0]), 0.0)

    def expect(self, connection: psycopg.Connection[Row]) -> None:
        """Raises StoreTaken where another of this name has it, or had it meanwhile."""
        if not (found := connection.execute(_STANDING, (self._token,)).fetchall()):
            self.expect_standing(found)

    def renew(self, request_seconds: float) -> None:
        begun = self._clock()
        with self._connected() as connection:
            asked = self._clock()
            renewed = connection.execute(_RENEW, (request_seconds, self._token)).fetchall()
            if not renewed:
                self.expect_standing(connection.execute(_STANDING, (self._token,)).fetchall())
                return  # it has just begun anew
            self._leads, moment = renewed[0]
            self._wall.set(moment, asked)
        self._until = begun + LEASE_SECONDS - MARGIN_SECONDS

    def holds(self) -> bool:
        return self._clock() < self._until

    def leads(self) -> bool:
        """Nobody is overtaken but who was declared over, and that is later than its trust in its lease ends."""
        return self._leads and self.holds()

    def doubtful_seconds(self) -> float:
        return max(self._settled_at - self._clock(), 0.0)

    def end(self, connection: psycopg.Connection[Row]) -> None:
        self._until = self._clock()
        connection.execute("UPDATE worker SET is_over = 1 WHERE token = %s", (self._token,))


def has_gone(connection: psycopg.Connection[Row], machine: str, holder: int | None) -> bool:
    """Whether who has a lock in this machine's name ended on this very machine, and the server has yet to notice it.

    ``holder``: as ``locking.holder`` says; None: it has noticed by now.
    """
    if holder is None:
        return True
    if holder in (0, os.getpid()) or connection.execute("SELECT to_regclass('worker')").fetchall() == [(None,)]:
        return False
    kernels = connection.execute("SELECT kernel FROM worker WHERE machine = %s", (machine,)).fetchall()
    return kernels == [(_kernel(),)] and _has_gone(holder)


def _kernel() -> str:
    """Within which process ids tell processes apart: one start of one machine, and there one container."""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"


def _has_gone(pid: int) -> bool:
    """Asked of the kernel: /proc may hide what belongs to others."""
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
