"""A schema that is filled with the records of another store, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Row

ROWS_AT_ONCE: Final = 500
_NO_LIMITS: Final = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
_COLUMNS: Final = """
  SELECT table_name, column_name FROM information_schema.columns
  WHERE table_schema = current_schema()
    AND table_name NOT IN ('written', 'written_by', 'worker', 'taken_in', 'photo_text')
  ORDER BY table_name <> 'photo', table_name, column_name COLLATE "C\""""
_IDENTITIES: Final = """
  SELECT table_name FROM information_schema.columns
  WHERE table_schema = current_schema() AND column_name = 'id' AND is_identity = 'YES'"""


@contextmanager
def receiver(connection: psycopg.Connection[Row], name: str) -> Iterator[Receiver]:
    """The tables are there. Within a transaction that is nobody else's."""
    connection.execute(_NO_LIMITS)
    # Not by their numbers, which a move that was broken off leaves counted on.
    has_some = connection.execute("SELECT EXISTS (SELECT 1 FROM photo) OR EXISTS (SELECT 1 FROM tally)").fetchall()
    if has_some == [(True,)]:
        raise StoreUnavailable(f"There are records in {name} already.", "Name an empty database, or another schema.")
    found = Receiver(connection)
    tables = [table for table, _ in found.tables()]
    for table in tables:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield found
    for (table,) in connection.execute(_IDENTITIES).fetchall():
        # Also where the store that they come from counts otherwise.
        connection.execute(
            f"SELECT setval('{table}_id_seq', greatest(max(id), (SELECT last_value FROM {table}_id_seq)))"
            f" FROM {table} HAVING max(id) IS NOT NULL"
        )
    for table in tables:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


class Receiver:
    """As ``ports.Receiver``."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def tables(self) -> list[tuple[str, tuple[str, ...]]]:
        columns: dict[str, list[str]] = {}
        for table, column in self._connection.execute(_COLUMNS).fetchall():
            columns.setdefault(table, []).append(column)
        return [(table, tuple(names)) for table, names in columns.items()]

    def fill(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        self._connection.execute(f"DELETE FROM {table}")
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            for row in rows:
                try:
                    copy.write_row(row)
                except psycopg.DataError as error:
                    raise StoreUnavailable(f"PostgreSQL does not take such text (table {table}): {error}.") from error

    def rows(self, sql: str) -> Iterator[Row]:
        with self._connection.cursor("copied") as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(ROWS_AT_ONCE):
                yield from found

    def number_on(self, table: str, last: int) -> None:
        if last:
            self._connection.execute("SELECT setval(%s, %s)", (f"{table}_id_seq", last))
