"""The way to the records: the one place that knows which engines there are."""

from __future__ import annotations

from pathlib import Path

from folder_sync.store.ports import Store


def store_at(path: Path) -> Store:
    """An SQLite database, there or not. Nothing is opened yet."""
    from folder_sync.store.sqlite.store import SqliteStore  # noqa: PLC0415 -- only the engine that is used is imported

    return SqliteStore(path)


def engine_version() -> str:
    """Of the engine that is used where nothing else is said."""
    from folder_sync.store.sqlite import opening  # noqa: PLC0415

    return opening.engine_version()
