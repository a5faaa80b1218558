"""The engines that hold the store's tests: each a new, empty store in a folder, and what runs on both."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from folder_sync.store.opening import store_at
from folder_sync.store.ports import Database, Store
from folder_sync.store.sqlite.database import Database as File
from tests.support.postgres import emptied_schema, new_schema, place_of
from tests.support.studio import Place


@contextmanager
def _file(folder: Path) -> Iterator[Store]:
    yield store_at(folder / "photos.db")


ENGINES: Final[dict[str, Callable[[Path], AbstractContextManager[Store]]]] = {
    "sqlite": _file,
    "postgres": lambda _: emptied_schema(),
}
"""What the store's tests and the state machine run on."""

MISSING: Final = ENGINES | {"postgres": lambda _: new_schema()}
"""The same, with nothing made yet."""

ON_SQLITE: Final = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""What is about SQLite alone: its plans, its file, its costs."""

THOROUGH: Final = os.environ.get("ENGINES") == "all"
"""Whether the matrices are to run on PostgreSQL as a whole (`make test-engines`), or the heart of them."""


@contextmanager
def _no_place() -> Iterator[None]:
    yield None


@contextmanager
def _on_the_server() -> Iterator[Place]:
    with emptied_schema() as store:
        yield place_of(store)


PLACES: Final[dict[str, Callable[[], AbstractContextManager[Place | None]]]] = {
    "sqlite": _no_place,
    "postgres": _on_the_server,
}
"""Where a studio's records are, as ``Studio`` takes it."""


def file_of(database: Database) -> File:
    """As SQLite has it."""
    assert isinstance(database, File)
    return database
