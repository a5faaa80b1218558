"""Bringing the tables up to date."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from folder_sync.store.sqlite.schema import STEPS


def migrate(connection: sqlite3.Connection) -> None:
    """Take the steps that this database has not taken yet, in its caller's transaction."""
    migrations = Migrations("folder_sync")
    for name, statements in STEPS.items():

        @migrations(name=name)
        def take(db: Database, statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                db.execute(statement)

    migrations.apply(Database(connection, execute_plugins=False))
