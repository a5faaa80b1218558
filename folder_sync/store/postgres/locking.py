"""Locks of transactions: the server drops them when those end, and no pooler gets in their way.

Nothing here tells two services of one name apart. Their rows do that (lease.py).
"""

from __future__ import annotations

import os
import re
from typing import Final

import psycopg

from folder_sync.store.ports import Row

LOCK_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 15
IDLE_SECONDS: Final = 15
LIMITS: Final = (
    f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'; SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s';"
    f" SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
)
WRITING: Final = "SELECT pg_advisory_xact_lock(hashtext('folder-sync ' || current_schema()))"
"""Whoever writes has it until the end of its transaction."""

_RECORDS: Final = "hashtext('folder-sync records'), hashtext(current_schema())"
ALONE: Final = f"SELECT pg_try_advisory_xact_lock({_RECORDS})"
"""Whoever moves the records away has it meanwhile."""
NOT_ALONE: Final = f"SELECT pg_try_advisory_xact_lock_shared({_RECORDS})"
"""Taken by a service that begins."""

_HOLDER: Final = """
  SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = hashtext('folder-sync records')::bigint & 4294967295
    AND objid::bigint = hashtext(current_schema())::bigint & 4294967295"""
_PID: Final = re.compile(r"folder-sync ([0-9]+)")


def alias() -> str:
    """What connections are called that may hold a lock, so that it can be said who has it."""
    return f"folder-sync {os.getpid()}"


def holder(connection: psycopg.Connection[Row]) -> int:
    """The process that keeps others from ``ALONE`` and ``NOT_ALONE``; 0 where that can't be told."""
    for (name,) in connection.execute(_HOLDER).fetchall():
        if found := _PID.fullmatch(name or ""):
            return int(found[1])
    return 0
