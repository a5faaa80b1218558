"""The first start makes the database while somebody asks for its state all the time."""

from __future__ import annotations

import threading
from pathlib import Path

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import State
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.sqlite.database import Database


def test_readers_do_not_keep_a_database_from_being_made(tmp_path: Path) -> None:
    """A reader that found the new, empty file made the tables in it just as its journal was being set up: SQLite took
    the two for a deadlock, and refused the service at once, which then ended."""
    for number in range(20):
        path = tmp_path / str(number) / "folder-sync.db"
        made = threading.Event()
        said: set[str] = set()

        def read(path: Path = path, made: threading.Event = made, said: set[str] = said) -> None:
            while not made.is_set():
                try:
                    Database(path, create=False, read_only=True).close()
                except StoreUnavailable as error:
                    said.add(error.title)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        try:
            database = Database(path, create=True)
            assert PhotoQueries(database).counts()[State.QUEUED] == 0
            database.close()
        finally:
            made.set()
            for reader in readers:
                reader.join()
        assert said <= {f"There is no database at {path}."}, "half of one was seen"
