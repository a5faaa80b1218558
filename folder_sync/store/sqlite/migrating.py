"""Bringing the tables up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from sqlite_utils import Database, Migrations


def migrate(connection: sqlite3.Connection, steps: Mapping[str, Sequence[str]]) -> None:
    """Take those of the steps that this database has not taken yet, in its caller's transaction."""
    migrations = Migrations("folder_sync")
    for name, statements in steps.items():

        @migrations(name=name)
        def take(db: Database, statements: Sequence[str] = statements) -> None:
            for statement in statements:
                db.execute(statement)

    migrations.apply(Database(connection, execute_plugins=False))
