"""The way to the records: the one place that knows which engines there are."""

from __future__ import annotations

from pathlib import Path

from folder_sync.errors import ConfigInvalid
from folder_sync.store.ports import Store
from folder_sync.store.whose import Whose


def store_at(path: Path) -> Store:
    """An SQLite database, there or not. Nothing is opened yet."""
    from folder_sync.store.sqlite.store import SqliteStore  # noqa: PLC0415 -- only the engine that is used is imported

    return SqliteStore(path)


def store_on_server(url: str, beside: Path, password: str | None, whose: Whose) -> Store:
    """A schema of PostgreSQL, there or not. ``beside``: as ``ports.Store.path``. ``whose``: the paths here are.

    Nothing is connected to yet. Raises ConfigInvalid where what it takes is not installed, and StoreUnavailable where
    the address is none.
    """
    try:
        from folder_sync.store.postgres.store import PostgresStore  # noqa: PLC0415 -- of an extra
    except ImportError as error:
        raise ConfigInvalid(
            "The records are in PostgreSQL, which needs the postgres extra.",
            "Install it: pip install 'folder-sync[postgres]'",
        ) from error
    return PostgresStore.at(url, beside, password, whose)


def expect_engine() -> None:
    """Raises StoreUnavailable where this Python's SQLite is too old."""
    from folder_sync.store.sqlite import opening  # noqa: PLC0415 -- only where records are files

    opening.expect_engine()


def engine_version() -> str:
    """The version of the engine that is used where nothing else is said."""
    from folder_sync.store.sqlite import opening  # noqa: PLC0415 -- only where it is a file

    return opening.engine_version()
