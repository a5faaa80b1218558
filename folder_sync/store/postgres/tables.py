"""The tables of a schema: made, brought up to date, and refused where they are of another version."""

from __future__ import annotations

import psycopg

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Row
from folder_sync.store.postgres import locking, searching
from folder_sync.store.postgres.schema import STEPS, VERSION
from folder_sync.store.postgres.words import none_yet
from folder_sync.version import program_version


def migrate(connection: psycopg.Connection[Row]) -> None:
    """Take the steps that this schema has not taken yet. Whoever else starts meanwhile waits."""
    with connection.transaction():
        connection.execute(f"{locking.LIMITS}; {locking.WRITING}")
        taken = _version(connection)
        for statements in list(STEPS.values())[taken:]:
            for statement in statements:
                connection.execute(statement)
        if taken < VERSION:
            connection.execute(
                "INSERT INTO written_by (id, schema, program) VALUES (1, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET schema = excluded.schema, program = excluded.program",
                (VERSION, program_version()),
            )
        searching.index(connection)


def expect_tables(connection: psycopg.Connection[Row], name: str) -> None:
    """``name``: of the database, as people know it. Raises StoreUnavailable where there are none of this version."""
    version = _version(connection)
    if not version:
        raise StoreUnavailable(*none_yet(name))
    if version < VERSION:
        raise StoreUnavailable(
            f"The database {name} is still that of folder-sync {_writer(connection)}; this is {program_version()}.",
            "Restart the service: `folder-sync run` or `sync` brings it up to date.",
        )


def _version(connection: psycopg.Connection[Row]) -> int:
    """The version of its tables; 0 where there are none. Raises StoreUnavailable for those of a later program."""
    if connection.execute("SELECT to_regclass('written_by')").fetchall() == [(None,)]:
        return 0
    ((version,),) = connection.execute("SELECT schema FROM written_by").fetchall()
    if version > VERSION:
        raise StoreUnavailable(
            f"The database was written by folder-sync {_writer(connection)}, which is newer than this one"
            f" ({program_version()}).",
            "Use that version.",
        )
    return int(version)


def _writer(connection: psycopg.Connection[Row]) -> str:
    ((program,),) = connection.execute("SELECT program FROM written_by").fetchall()
    return str(program)
