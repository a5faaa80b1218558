"""Hearing at once that another machine has written: LISTEN, as far as it is proven to work."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final, Self

import psycopg

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Row
from folder_sync.store.postgres.connecting import CHANNEL

PROOF_SECONDS: Final = 30.0
"""Between two proofs."""
PATIENCE_SECONDS: Final = 2.0
"""For what was called."""


class Listening:
    """As ``ports.News``. ``connect`` may raise StoreUnavailable.

    A pooler takes LISTEN and passes on nothing of what comes; a line that is dead says nothing either. So it calls
    itself from time to time, over another connection, for a session always hears what it calls itself. What can't be
    heard is looked for by whoever asks.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Row]]) -> None:
        self._connect = connect
        self._has_come = False
        self._hears = False
        self._proven_at = 0.0
        self._schema = ""
        self._connection = connect()
        self._while_it_answers(self._begin)

    def _begin(self) -> None:
        self._listen()
        self._prove()

    def _listen(self) -> None:
        ((self._schema,),) = self._connection.execute("SELECT current_schema()").fetchall()
        self._connection.execute(f"LISTEN {CHANNEL}")

    @property
    def descriptor(self) -> int | None:
        return self._connection.fileno() if self._hears and not self._connection.closed else None

    def heard(self) -> bool:
        self._while_it_answers(self._look)
        has_come, self._has_come = self._has_come, False
        return has_come

    def _look(self) -> None:
        if time.monotonic() >= self._proven_at + PROOF_SECONDS:
            self._prove()
        if not self._connection.closed:
            self._take_in(0)

    def _while_it_answers(self, do: Callable[[], None]) -> None:
        try:
            do()
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction, StoreUnavailable):
            self._connection.close()  # a standby says nothing, either

    def _prove(self) -> None:
        self._proven_at, self._hears = time.monotonic(), False
        if self._connection.closed:
            self._connection = self._connect()
            self._listen()
            self._has_come = True  # maybe, in between
        call = f"call {secrets.token_hex(8)}"
        with self._connect() as caller:
            caller.execute("SELECT pg_notify(%s, %s)", (CHANNEL, call))
        self._hears = self._take_in(PATIENCE_SECONDS, until=call)

    def _take_in(self, seconds: float, until: str = "") -> bool:
        """Whether ``until`` came."""
        until_when = time.monotonic() + seconds
        while True:
            left = max(until_when - time.monotonic(), 0.0)
            came = [notify.payload for notify in self._connection.notifies(timeout=left, stop_after=1)]
            self._has_come |= self._schema in came
            if not came or until in came:
                return bool(came)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()
