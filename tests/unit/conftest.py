"""What many of these tests need."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from folder_sync.store.ports import Store
from folder_sync.store.postgres.store import PostgresStore
from tests.support.engines import ENGINES
from tests.support.postgres import emptied_schema
from tests.support.shelf import Shelf

ON_EVERY_ENGINE: Final = frozenset(
    {
        "audit_records",
        "changes_in_order",
        "details",
        "held",
        "incoming",
        "notification_log",
        "old_versions",
        "photo_list",
        "photo_pages",
        "photo_queries",
        "places",
        "ports",
        "products",
        "queue",
        "retrying",
        "reuse",
        "service_state",
        "tables",
        "web_events",
    }
)
"""What is about the store itself: whoever else needs one has SQLite's, which takes half the time."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    says = any("store" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "store" in metafunc.fixturenames and not says and _about(metafunc) in ON_EVERY_ENGINE:
        metafunc.parametrize("store", ENGINES, indirect=True)


def _about(metafunc: pytest.Metafunc) -> str:
    return str(metafunc.module.__name__).rpartition(".")[2].removeprefix("test_")


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with ENGINES[getattr(request, "param", "sqlite")](tmp_path) as store:
        yield store


@pytest.fixture
def shelf(store: Store) -> Iterator[Shelf]:
    shelf = Shelf(store)
    yield shelf
    shelf.db.close()


@pytest.fixture
def place() -> Iterator[PostgresStore]:
    """For what only PostgreSQL does."""
    with emptied_schema() as store:
        yield store


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the tester's own configuration."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
