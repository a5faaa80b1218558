"""One service of a name works on a schema: locks of sessions, which the server drops when their process has gone.

Two of them. The first is taken before anything else. The second belongs to the very connection that the service writes
through: where the server was restarted, or the network was away, and another service of its name began meanwhile, the
first one can't write any more, whatever it still believes.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from typing import Final

import psycopg

from folder_sync.store.ports import Row

_ATTEMPTS: Final = 10
PAUSE_SECONDS: Final = 0.1

SERVICE: Final = "folder-sync service"
WRITER: Final = "folder-sync writer"
RECORDS: Final = "folder-sync records"
"""Of all services that write, and of one alone that moves the records away."""
WRITING: Final = "SELECT pg_advisory_xact_lock(hashtext('folder-sync ' || current_schema()))"
"""Whoever writes has it until the end of its transaction."""

_HELD: Final = """
  locktype = 'advisory' AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND objid::bigint = hashtext(current_schema())::bigint & 4294967295
  AND classid::bigint IN ({classes})"""


def _held(machine: str, *locks: str) -> str:
    """``machine``: in SQL."""
    classes = (f"hashtext('{what} ' || {machine})::bigint & 4294967295" for what in locks or (SERVICE, WRITER))
    return _HELD.format(classes=", ".join(classes))


_NAME: Final = "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE"
_HOLDER: Final = f"{_NAME} {_held('%s::text')}"
_ANYBODY: Final = f"{_NAME} {_held('%s::text', RECORDS)}"
IS_HELD: Final = f"EXISTS (SELECT 1 FROM pg_locks WHERE {_held('machine')})"
"""Whether a service of the name in the column ``machine`` has its lock."""
_PID: Final = re.compile(r"folder-sync ([0-9]+)")


def alias() -> str:
    """What connections that hold a lock are called, so that it can be said who has it."""
    return f"folder-sync {os.getpid()}"


def take(connection: psycopg.Connection[Row], what: str, machine: str = "", *, shared: bool = False) -> bool:
    """False where somebody else has it; ``shared``: where somebody has it alone."""
    function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
    for _ in range(_ATTEMPTS):
        taken = connection.execute(
            f"SELECT {function}(hashtext(%s), hashtext(current_schema()))", (f"{what} {machine}",)
        )
        if taken.fetchone() == (True,):
            return True
        time.sleep(PAUSE_SECONDS)  # the server may not have noticed yet that its holder was killed
    return False


def release(connection: psycopg.Connection[Row]) -> None:
    """And close it."""
    with suppress(psycopg.Error):
        connection.execute("SELECT pg_advisory_unlock_all()")
    connection.close()


def holder(connection: psycopg.Connection[Row], machine: str) -> int | None:
    """The process of this name, wherever it runs; 0 where that can't be told."""
    return _process(connection.execute(_HOLDER, (machine, machine)).fetchall())


def anybody(connection: psycopg.Connection[Row]) -> int | None:
    """The process of any service that writes, or has the records alone."""
    return _process(connection.execute(_ANYBODY, ("",)).fetchall())


def _process(names: list[Row]) -> int | None:
    """Another one rather than this very process, which has one of the locks while it waits for the other."""
    found = [_PID.fullmatch(name or "") for (name,) in names]
    pids = [int(match[1]) if match else 0 for match in found]
    return min(pids, key=lambda pid: pid == os.getpid(), default=None)


class SessionLock:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def release(self) -> None:
        release(self._connection)
