"""Statements of a transaction, as the store writes them and as PostgreSQL takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import psycopg

from folder_sync.store.ports import Parameters, Result, Row
from folder_sync.store.postgres.words import InWords

_NAME: Final = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")


class Transaction:
    """Statements, with their errors in words: translated here, where they come from, and not around a caller's code."""

    def __init__(self, connection: psycopg.Connection[Row], in_words: InWords) -> None:
        self._connection = connection
        self._in_words = in_words
        self.has_changed = False

    def run(self, sql: str) -> list[Row]:
        """Several statements, in one round trip. Returns the rows of the last one."""
        with self._in_words:
            cursor = self._connection.execute(sql)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def execute(self, sql: str, parameters: Parameters = ()) -> Result:
        with self._in_words:
            cursor = self._connection.execute(*understood(sql, parameters))
            self.has_changed |= cursor.rowcount != 0 and not (cursor.statusmessage or "").startswith("SELECT")
            return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        for row in rows:
            self.execute(sql, row)


def understood(sql: str, parameters: Parameters) -> tuple[str, Any]:
    """A statement with ``:name`` in it, and its parameters, for psycopg."""
    return (_named(sql), parameters) if parameters else (sql, None)


@lru_cache(maxsize=512)
def _named(sql: str) -> str:
    return _NAME.sub(r"%(\1)s", sql.replace("%", "%%"))
