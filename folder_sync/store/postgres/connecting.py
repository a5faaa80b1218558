"""Connections, all made alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import IntLoader

from folder_sync.store.ports import Row

CHANNEL: Final = "folder_sync"
"""Where each transaction that wrote tells its schema."""

_LINE: Final[dict[str, Any]] = {
    # A server that is gone without a word is given up after half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

_SERVERS_LINE: Final = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""The same the other way round: what a machine that is gone had locked is free after half a minute."""

_UNCOMPILED: Final = "SET jit = off"
"""With a million photos known the server takes some of the questions for costly ones, and compiles them for a second;
they are answered in milliseconds."""

_PREPARED_AFTER: Final = 5


def _defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """What an address does not say itself."""
    several = any("," in (given.get(name) or "") for name in ("host", "hostaddr"))
    # For each of several hosts, the first of which may be gone without a word.
    line = {"connect_timeout": 5 if several else 10, **_LINE}
    if several:
        line["target_session_attrs"] = "read-write"  # a standby among them is passed over
    return {name: value for name, value in line.items() if name not in given}


def connect(where: str, *, alias: str = "folder-sync") -> psycopg.Connection[Row]:
    options = _defaults(conninfo_to_dict(where))
    connection = psycopg.connect(where, autocommit=True, prepare_threshold=None, application_name=alias, **options)
    try:
        cursor = connection.execute(f"{_SERVERS_LINE}; {_UNCOMPILED}; SELECT pg_backend_pid()")
        while cursor.nextset():
            pass
        # A pooler, which may hand out another session for each transaction, tells everybody a number of its own making.
        if cursor.fetchall() == [(connection.info.backend_pid,)]:
            connection.prepare_threshold = _PREPARED_AFTER  # a claim takes half the time
    except psycopg.Error:
        connection.close()
        raise
    connection.adapters.register_loader("numeric", IntLoader)  # nothing but sums of whole numbers is one
    return connection
