"""The machines whose services work on a schema, or did, as all others see them: a row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import psycopg

from folder_sync.errors import AlreadyRunning
from folder_sync.store.ports import Machine, Row
from folder_sync.store.postgres import locking
from folder_sync.store.postgres.clock import NOW
from folder_sync.store.postgres.process import Process

LEASE_SECONDS: Final = 30.0
"""Whoever is not heard from for this long is taken for gone."""

SILENT_SECONDS: Final = 60.0
"""A service that was killed, or whose host starts anew, is often back before that."""

FORGOTTEN_SECONDS: Final = 30 * 86_400.0
"""Who was not heard from for this long will not be back, unless photos wait there."""

TABLE: Final = (
    # token: one service, from its start until it ends. is_over: it ended, or was declared over; has_ended: it said so
    # itself. is_settled: another machine took over what it left in doubt. turn: counts the starts. is_pass: it ends
    # soon. settled_at: when nothing can arrive any more of what this machine's services sent before. writes: how often
    # this service has written.
    """CREATE TABLE worker (
         machine TEXT COLLATE "C" PRIMARY KEY,
         token TEXT NOT NULL,
         kernel TEXT NOT NULL,
         pid BIGINT NOT NULL,
         program TEXT NOT NULL,
         turn BIGINT NOT NULL,
         is_pass BIGINT NOT NULL,
         started_at DOUBLE PRECISION NOT NULL,
         seen_at DOUBLE PRECISION NOT NULL,
         request_seconds DOUBLE PRECISION NOT NULL,
         is_over BIGINT NOT NULL,
         has_ended BIGINT NOT NULL,
         is_settled BIGINT NOT NULL,
         settled_at DOUBLE PRECISION NOT NULL,
         writes BIGINT NOT NULL
       ) WITH (fillfactor = 10)""",
    # Whose service takes in each shared folder: nobody's, where that is over.
    """CREATE TABLE taken_in (
         watcher TEXT COLLATE "C" PRIMARY KEY,
         token TEXT NOT NULL,
         is_settled BIGINT NOT NULL  -- it has seen what may have to be looked up first: others may send
       )""",
)

IS_AHEAD: Final = f"worker.seen_at > {NOW} + {LEASE_SECONDS}"
"""The clock was set back, and a service that lives has renewed its lease within seconds since."""
LAPSED: Final = f"seen_at < {NOW} - {LEASE_SECONDS}"
WORKS: Final = f"is_over = 0 AND NOT ({LAPSED})"
_IS_SILENT: Final = f"has_ended = 0 AND seen_at < {NOW} - {SILENT_SECONDS}"
IS_OLD: Final = f"seen_at < {NOW} - {FORGOTTEN_SECONDS} AND (is_over = 1 OR {LAPSED})"
PHOTOS_WAIT: Final = """EXISTS (SELECT 1 FROM photo WHERE photo.watcher = worker.machine
  AND (state = 'queued' OR state IN ('uploading', 'unconfirmed', 'waiting')))"""
MACHINES: Final = f"""
  SELECT kernel, pid, token, machine, CASE WHEN {WORKS} THEN started_at END, seen_at, program,
    ARRAY(SELECT substr(watcher, length('shared ') + 1) FROM taken_in WHERE taken_in.token = worker.token
          ORDER BY watcher),
    {_IS_SILENT}, {IS_OLD} AND {PHOTOS_WAIT}
  FROM worker ORDER BY machine"""
_AT_WORK: Final = f"SELECT kernel, pid, token FROM worker WHERE {WORKS} ORDER BY turn"
_OF_NOBODY: Final = f"UPDATE worker SET token = 'nobody ' || machine, pid = 0 WHERE is_over = 1 OR {LAPSED}"


def machines(rows: Sequence[Row]) -> list[Machine]:
    """Of ``MACHINES``. A service that was heard from within its lease runs, unless its process is known to be gone."""
    found = []
    for kernel, pid, token, name, started_at, seen_at, program, takes_in, is_silent, are_left in rows:
        if started_at is None or Process(kernel, pid, token).has_gone():
            found.append(Machine(name, None, None, seen_at, program, (), is_silent, are_left))
        else:
            found.append(Machine(name, pid, started_at, seen_at, program, takes_in))
    return found


def holder(found: Sequence[Machine], name: str) -> int | None:
    """The process of the service of this name."""
    return next((machine.pid for machine in found if machine.name == name), None)


def at_work(connection: psycopg.Connection[Row]) -> int | None:
    """The process of any service that works; None where none does."""
    if connection.execute("SELECT to_regclass('worker')").fetchall() == [(None,)]:
        return None
    found = (Process(*row) for row in connection.execute(_AT_WORK).fetchall())
    return next((known.pid for known in found if not known.has_gone()), None)


def have_alone(connection: psycopg.Connection[Row], name: str) -> None:
    """Until the transaction ends that is begun here: no service works, and none begins.

    One that was silent for longer than its lease may be alive: when it is heard from again it has lost its name.
    Raises AlreadyRunning.
    """
    with connection.transaction():
        connection.execute(f"{locking.LIMITS}; {locking.WRITING}")
        _expect_nobody(connection, name)
        if connection.execute("SELECT to_regclass('worker')").fetchall() != [(None,)]:
            connection.execute(_OF_NOBODY)
    connection.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
    _expect_nobody(connection, name)


def _expect_nobody(connection: psycopg.Connection[Row], name: str) -> None:
    if connection.execute(locking.ALONE).fetchall() != [(True,)]:
        raise AlreadyRunning(locking.holder(connection), name)
    if (pid := at_work(connection)) is not None:
        raise AlreadyRunning(pid, name)
