"""Until when the service that works on a schema may complete requests, and how long its successor has to wait.

A server that was restarted, or a cable that was cut, gives the records free while their holder may still be sending: it
is the holder's successor, on another machine, that has to know what can arrive. So the holder completes no request
later than its lease, which it renews at the database and counts on its own clock from the moment before it asked; and
the successor believes what the catalogue says of a request only once the lease and the time-outs of a request are over,
by the database's clock. A holder that ended, or was killed on this machine, sends nothing: then there is nothing to
wait for.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg

from folder_sync.errors import StoreTaken
from folder_sync.store.ports import Row

LEASE_SECONDS: Final = 30.0
MARGIN_SECONDS: Final = 5.0
"""The holder stops so much earlier."""

TABLE: Final = (
    # settled_at: when nothing can arrive any more of what those sent who had the records before.
    """CREATE TABLE worker (
         id BIGINT PRIMARY KEY CHECK (id = 1),
         token TEXT NOT NULL,
         kernel TEXT NOT NULL,
         pid BIGINT NOT NULL,
         seen_at DOUBLE PRECISION NOT NULL,
         request_seconds DOUBLE PRECISION NOT NULL,
         is_over BIGINT NOT NULL,
         settled_at DOUBLE PRECISION NOT NULL
       ) WITH (fillfactor = 10)""",
)

_NOW: Final = "extract(epoch from clock_timestamp())::float8"
_TAKE: Final = f"""
  INSERT INTO worker (id, token, kernel, pid, seen_at, request_seconds, is_over, settled_at)
  VALUES (1, %(token)s, %(kernel)s, %(pid)s, {_NOW}, 0, 0, 0)
  ON CONFLICT (id) DO UPDATE SET token = excluded.token, kernel = excluded.kernel, pid = excluded.pid,
    seen_at = excluded.seen_at, request_seconds = 0, is_over = 0,
    settled_at = CASE WHEN worker.is_over = 1 OR %(is_gone)s THEN worker.settled_at
                      ELSE greatest(worker.settled_at, worker.seen_at + worker.request_seconds + {LEASE_SECONDS}) END
  RETURNING settled_at - {_NOW}"""
_RENEW: Final = f"""
  UPDATE worker SET seen_at = {_NOW}, request_seconds = greatest(request_seconds, %s) WHERE token = %s
  RETURNING 1"""


def boottime() -> float:
    """Goes on while the machine sleeps, unlike ``time.monotonic``."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """As ``ports.Lease``. ``run``: executes a statement on the connection that has the writer's lock."""

    def __init__(
        self, name: str, run: Callable[[str, tuple[object, ...]], list[Row]], clock: Callable[[], float] = boottime
    ) -> None:
        self._name = name
        self._run = run
        self._clock = clock
        self._token = secrets.token_hex(8)
        self._until = self._settled_at = clock()

    def take(self, connection: psycopg.Connection[Row]) -> None:
        """Whoever held it before has it no longer. The writer's lock is held."""
        before = connection.execute("SELECT kernel, pid FROM worker").fetchall()
        values = {
            "token": self._token,
            "kernel": _kernel(),
            "pid": os.getpid(),
            "is_gone": any(kernel == _kernel() and _has_gone(pid) for kernel, pid in before),
        }
        ((seconds,),) = connection.execute(_TAKE, values).fetchall()
        self._settled_at = self._clock() + seconds

    def expect(self, connection: psycopg.Connection[Row]) -> None:
        """Raises StoreTaken where another has it, or had it meanwhile."""
        if connection.execute("SELECT token FROM worker").fetchall() != [(self._token,)]:
            raise self._taken()

    def renew(self, request_seconds: float) -> None:
        begun = self._clock()
        if not self._run(_RENEW, (request_seconds, self._token)):
            raise self._taken()
        self._until = begun + LEASE_SECONDS - MARGIN_SECONDS

    def holds(self) -> bool:
        return self._clock() < self._until

    def doubtful_seconds(self) -> float:
        return max(self._settled_at - self._clock(), 0.0)

    def end(self, connection: psycopg.Connection[Row]) -> None:
        self._until = self._clock()
        connection.execute("UPDATE worker SET is_over = 1 WHERE token = %s", (self._token,))

    def _taken(self) -> StoreTaken:
        self._until = self._clock()
        return StoreTaken(
            f"Another folder-sync took {self._name} over while this one could not reach it.", "Stop one of the two."
        )


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
